"""Calls that contradict themselves, or name what there is not."""

from bad_case import STORAGE, USAGE, Case

PREPARE = "prepare IN/a.nc --inputs t,q,ps --targets dt --out out.h5"
TRAIN = "train IN/small.h5 --out run --hidden 8 --batch 64 --micro-batch 16"

COMMANDS = {
    "unknown_command": Case("prepaer IN/a.nc --out out.h5", USAGE, ("prepaer", "prepare?")),
    "unknown_option": Case(f"{PREPARE} --shrad 32", USAGE, ("--shrad", "--shard?")),
    "unknown_option_of_train": Case(f"{TRAIN} --epoch 3", USAGE, ("--epoch", "--epochs?")),
    "value_is_no_number": Case(f"{PREPARE} --shard many", USAGE, ("--shard", "many")),
    "value_is_no_choice": Case(f"{PREPARE} --normalize zscor", USAGE, ("zscor", "zscore")),
    "out_is_missing": Case("prepare IN/a.nc", USAGE, ("--out",)),
    "no_files": Case("prepare --out out.h5", USAGE, ("FILE",)),
    "pattern_without_files": Case("prepare nothing/*.nc --out out.h5", USAGE, ("nothing/*.nc",)),
}

CONFIGS = {
    "unknown_key": Case(f"{PREPARE} --config my.ini", USAGE, ("my.ini", "shrad", "shard?"),
                        texts={"my.ini": "[prepare]\nshrad = 32\n"}),
    "unknown_key_elsewhere": Case(f"{PREPARE} --config my.ini", USAGE, ("my.ini", "epoch", "epochs?"),
                                  texts={"my.ini": "[prepare]\nshard = 32\n[train]\nepoch = 3\n"}),
    "unknown_section": Case(f"{PREPARE} --config my.ini", USAGE, ("my.ini", "perpare", "prepare?"),
                            texts={"my.ini": "[perpare]\nshard = 32\n"}),
    "no_section": Case(f"{PREPARE} --config my.ini", USAGE, ("my.ini", "shard"),
                       texts={"my.ini": "shard = 32\n"}),
    "bad_value_in_config": Case(f"{PREPARE} --config my.ini", USAGE, ("shard", "many"),
                                texts={"my.ini": "[prepare]\nshard = many\n"}),
    "empty_list_in_config": Case("prepare --config my.ini", USAGE, ("FILE",),
                                 texts={"my.ini": "[prepare]\nfiles =\nout = out.h5\n"}),
    "missing_config": Case(f"{PREPARE} --config absent.ini", STORAGE, ("absent.ini",)),
}

CONTRADICTIONS = {
    "no_shuffle_but_seed": Case(f"{PREPARE} --no-shuffle --shuffle-seed 3", USAGE,
                                ("--no-shuffle", "--shuffle-seed")),
    "split_sum": Case(f"{PREPARE} --split 0.8,0.1,0.2", USAGE, ("--split", "1")),
    "split_negative": Case(f"{PREPARE} --split 1.2,-0.1,-0.1", USAGE, ("split",)),
    "split_of_two": Case(f"{PREPARE} --split 0.8,0.2", USAGE, ("--split", "0.8,0.2")),
    "split_without_training": Case(f"{PREPARE} --split 0,0.5,0.5", USAGE, ("training split", "empty")),
    "shard_of_none": Case(f"{PREPARE} --shard 0", USAGE, ("--shard",)),
    "select_unknown": Case(f"{PREPARE} --select t,humidity", USAGE, ("humidity", "ps, q, t")),
    "select_beyond_levels": Case(f"{PREPARE} --select t[9]", USAGE, ("t[9]",)),
    "select_and_drop_all": Case(f"{PREPARE} --select t --drop t", USAGE, ("no feature",)),
    "transform_unknown": Case(f"{PREPARE} --transform t=root3", USAGE, ("root3", "root4")),
    "transform_of_unknown": Case(f"{PREPARE} --transform w=root4", USAGE, ("--transform", "w")),
    "missing_policy": Case(f"{PREPARE} --missing ignore", USAGE, ("ignore", "drop")),
    "missing_fill": Case(f"{PREPARE} --missing fill=lots", USAGE, ("fill=lots",)),
    "npy_beyond_memory": Case(f"{PREPARE} --format npy --memory 1K", USAGE, ("npy", "--memory")),
    "select_in_levels": Case("prepare IN/raw/3dcorrection_000.nc --layout levels --drop q --out out.h5",
                             USAGE, ("--drop", "flat")),
    "residual_without_equal_layers": Case(f"{TRAIN} --residual", USAGE, ("--residual", "equal width")),
    "batch_norm_without_hidden_layers": Case("train IN/small.h5 --out run --hidden 0 --batch-norm", USAGE,
                                             ("--batch-norm", "hidden layer")),
    "batch_norm_of_one_column": Case("train IN/small.h5 --out run --batch 64 --micro-batch 1 --batch-norm", USAGE,
                                     ("--batch-norm", "several columns")),
    "dropout_of_all": Case(f"{TRAIN} --dropout 1", USAGE, ("--dropout", "at most 0.99")),
    "dropout_below_none": Case(f"{TRAIN} --dropout -0.1", USAGE, ("--dropout", "0")),
    "class_loss_of_numbers": Case(f"{TRAIN} --loss bce", USAGE, ("--loss bce", "numbers", "huber")),
    "class_weights_of_numbers": Case(f"{TRAIN} --class-weights balanced", USAGE,
                                     ("--class-weights", "--target-weights")),
    "loss_unknown": Case(f"{TRAIN} --loss crossentropy", USAGE, ("crossentropy", "cross-entropy")),
    "same_option_twice": Case(f"{PREPARE} --inputs t,q,t", USAGE, ("--inputs", "twice")),
    "more_files_than_columns": Case("synth --columns 3 --files 5 --out raw", USAGE, ("3", "5")),
    "too_many_pixels": Case("synth --kind fire --columns 3000000000 --out raw", USAGE,
                            ("3000000000", "at most 1000000")),
}

CASES = {**COMMANDS, **CONFIGS, **CONTRADICTIONS}
