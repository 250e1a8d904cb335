"""What train, evaluate and predict cannot work with."""

from bad_case import DATA, NUMERIC, STORAGE, USAGE, Case

KIB = 1 << 10
NET = "--hidden 8 --batch 64 --micro-batch 16 --epochs 2"


def train(data, *rest):
    return f"train {data} --out run {NET} {' '.join(rest)}"


def predict(model, raw, *rest):
    return f"predict {model} {raw} --out out.nc {' '.join(rest)}"


def scale(data, *rest, batch=64):
    return f"scale {data} --hidden 8 --batch {batch} --micro-batch 16 {' '.join(rest)}"


def stream(data, memory):
    """Of columns large enough that a stream takes less memory than they."""
    return f"train {data} --out run --hidden 8 --batch 24 --micro-batch 4 --epochs 2 --memory {memory}"


TRAIN = {
    "batch_beyond_data": Case("train IN/small.h5 --out run --hidden 8 --batch 512 --micro-batch 16",
                              USAGE, ("--batch", "512", "384")),
    "batch_not_in_micro_batches": Case("train IN/small.h5 --out run --batch 64 --micro-batch 24",
                                       USAGE, ("--batch", "64", "24")),
    "train_on_levels": Case(train("IN/levels.h5"), USAGE, ("levels", "flat")),
    "train_on_raw": Case(train("IN/a.nc"), DATA, ("a.nc", "not a prepared file")),
    "train_on_prose": Case(train("IN/prose.nc"), DATA, ("prose.nc",)),
    "train_on_nothing": Case(train("absent.h5"), STORAGE, ("absent.h5",)),
    "train_on_half": Case(train("IN/cut_prepared_half.h5"), DATA, ("cut_prepared_half.h5",)),
    "train_on_all_but_one": Case(train("IN/cut_prepared_one.h5"), DATA, ("cut_prepared_one.h5",)),
    "train_in_too_little_memory": Case(stream("IN/flat.h5", "1M"), USAGE, ("1.0 MiB", "1.9 MiB", "--memory 2M")),
    "run_exists": Case(train("IN/small.h5"), USAGE, ("run", "exists", "--force"), given={"run": "run"}),
    "run_folder_absent": Case(train("IN/small.h5").replace("run", "absent/run"), STORAGE, ("absent",)),
    "forced_over_no_run": Case(train("IN/small.h5", "--force"), USAGE, ("run", "--force"),
                               given={"run": "raw"}),
    "forced_but_batch": Case("train IN/small.h5 --out run --batch 512 --micro-batch 16 --force",
                             USAGE, ("--batch",), given={"run": "run"}),
    "no_learning_rate": Case(train("absent.h5", "--lr 0"), USAGE, ("--lr", "1e-30 or more")),
    "weighed_twice": Case(train("IN/small.h5", "--target-weights dt=2,dt=3"), USAGE, ("--target-weights", "dt=3")),
    "explosion": Case(train("IN/small.h5", "--lr 1e30"), NUMERIC, ("loss", "--lr"),
                      leaves=("run", "run/config.ini", "run/hashes.csv", "run/log.txt", "run/metrics.csv", "run/tensorboard*")),
    "full_disc_train": Case("train IN/small.h5 --out disc/run --hidden 256,256 --batch 64 --micro-batch 16",
                            STORAGE, ("disc/run/model.h5",), disc_bytes=256 * KIB,
                            leaves=("disc/run", "disc/run/config.ini", "disc/run/hashes.csv", "disc/run/log.txt",
                                    "disc/run/metrics.csv", "disc/run/tensorboard*")),
}

USE = {
    "evaluate_nothing": Case("evaluate absent", STORAGE, ("absent",)),
    "evaluate_half": Case("evaluate IN/cut_run_half --data IN/small.h5 --out .", DATA, ("cut_run_half",)),
    "evaluate_all_but_one": Case("evaluate IN/cut_run_one --data IN/small.h5 --out .", DATA,
                                 ("cut_run_one",)),
    "evaluate_no_model": Case("evaluate IN/small.h5 --out .", DATA, ("small.h5", "not a model")),
    "evaluate_other_features": Case("evaluate IN/run --data IN/without_q.h5 --out .", DATA,
                                    ("without_q.h5", "q[0]")),
    "evaluate_other_data": Case("evaluate IN/run --data IN/flat.h5 --out .", DATA, ("flat.h5", "t[0]")),
    "evaluate_lost_data": Case("evaluate IN/run --data absent.h5 --out .", STORAGE, ("absent.h5",)),
    "predict_nothing": Case(predict("absent", "IN/a.nc"), STORAGE, ("absent",)),
    "predict_half": Case(predict("IN/cut_run_half", "IN/a.nc"), DATA, ("cut_run_half",)),
    "predict_other_shape": Case(predict("IN/run", "IN/six_levels.nc"), DATA, ("six_levels.nc", "t")),
    "predict_units_differ": Case(predict("IN/run", "IN/a.nc IN/celsius.nc"), DATA, ("celsius.nc", "variable t", "degC and K")),
    "predict_other_column_dim": Case(predict("IN/run", "IN/a.nc --column-dim ncol"), DATA, ("a.nc", "variable t", "ncol")),
    "predict_other_variables": Case(predict("IN/run", "IN/text.nc"), DATA, ("text.nc", "variable t")),
    "predict_nan": Case(predict("IN/run", "IN/a.nc IN/nan.nc"), DATA, ("nan.nc", "variable q", "column 7", "--missing fill")),
    "predict_prepared": Case(predict("IN/run", "IN/small.h5"), DATA, ("small.h5", "a prepared file")),
    "predict_cut": Case(predict("IN/run", "IN/cut_half.nc"), DATA, ("cut_half.nc",)),
    "predict_exists": Case(predict("IN/run", "IN/a.nc"), USAGE, ("out.nc", "exists", "--force"),
                           given={"out.nc": "a.nc"}),
    "predict_forced_but_nan": Case(predict("IN/run", "IN/nan.nc", "--force"), DATA, ("nan.nc",),
                                   given={"out.nc": "a.nc"}),
    "predict_over_input": Case("predict IN/run a.nc --out ./a.nc --force", USAGE,
                               ("a.nc", "replace an input"), given={"a.nc": "a.nc"}),
    "predict_folder_absent": Case("predict IN/run IN/a.nc --out absent/out.nc", STORAGE, ("absent",)),
    "full_disc_predict": Case("predict IN/run IN/a.nc IN/b.nc --out disc/out.nc", STORAGE,
                              ("disc/out.nc",), disc_bytes=12 * KIB),
}

CHANGED = "changed since it was written"
DAMAGE = {
    "train_on_flipped_header": Case(train("IN/flipped_header.h5"), DATA,
                                    ("flipped_header.h5", CHANGED, "bytes 0 to")),
    "train_on_flipped_row": Case(train("IN/flipped_row.h5"), DATA,
                                 ("flipped_row.h5", CHANGED, "variable x", "column 64", "shard 2")),
    "stream_flipped_row": Case(stream("IN/flipped_flat.h5", "2500K"), DATA,
                               ("flipped_flat.h5", CHANGED, "variable x", "column 320", "shard 2"),
                               leaves=("run", "run/config.ini", "run/hashes.csv", "run/log.txt", "run/metrics.csv",
                                       "run/checkpoints", "run/tensorboard*", "run/model.h5", "run/summary.json")),
    "train_on_flipped_seal": Case(train("IN/flipped_seal.h5"), DATA,
                                  ("flipped_seal.h5", CHANGED, "seal")),
    "train_on_edited": Case(train("IN/edited.h5"), DATA, ("edited.h5", CHANGED)),
    "train_from_flipped": Case(train("IN/small.h5", "--resume IN/flipped.ckpt"), DATA,
                               ("flipped.ckpt", "not whole")),
    "inspect_flipped_header": Case("inspect IN/flipped_header.h5", DATA, ("flipped_header.h5", CHANGED)),
    "evaluate_flipped_row": Case("evaluate IN/run --data IN/flipped_row.h5 --split train --out .", DATA,
                                 ("flipped_row.h5", CHANGED, "column 64")),
    "predict_flipped_model": Case(predict("IN/flipped_run", "IN/a.nc"), DATA,
                                  ("flipped_run/model.h5", CHANGED)),
}

SCALE = {
    "scale_beyond_job": Case(scale("IN/small.h5", "--ranks 1,2,4"), USAGE, ("--ranks", "4 ranks", "job has 3")),
    "scale_on_no_ranks": Case(scale("IN/small.h5", "--ranks 0"), USAGE, ("--ranks",)),
    "scale_not_in_micro_batches": Case(scale("IN/small.h5", batch=72), USAGE, ("--batch 72", "--micro-batch 16")),
    "scale_not_in_ranks": Case(scale("IN/small.h5", "--ranks 3"), USAGE, ("--batch 64", "3 ranks", "multiple of 48")),
    "scale_beyond_data": Case(scale("IN/small.h5", batch=144), USAGE, ("3 ranks", "432", "384 columns")),
    "scale_to_no_machine": Case(scale("IN/small.h5", "--predict 1048577"), USAGE, ("--predict", "1048577")),
    "scale_on_nothing": Case(scale("absent.h5"), STORAGE, ("absent.h5",)),
    "scale_on_raw": Case(scale("IN/a.nc"), DATA, ("a.nc", "not a prepared file")),
    "scale_on_flipped": Case(scale("IN/flipped_row.h5"), DATA, ("flipped_row.h5",)),
    "scale_table_exists": Case(scale("IN/small.h5", "--out old.csv"), USAGE, ("old.csv", "exists", "--force"),
                               texts={"old.csv": "mine"}),
}

OUTPUTS = {
    "out_is_pipe": Case("predict IN/run IN/a.nc --out out.nc --force", USAGE, ("out.nc", "not a regular file"),
                        fifos=("out.nc",)),
    "out_is_folder": Case("predict IN/run IN/a.nc --out out.nc --force", USAGE, ("out.nc", "is a folder"),
                          given={"out.nc": "run"}),
    "out_ends_with_slash": Case("predict IN/run IN/a.nc --out out.nc/", USAGE, ("out.nc/", "folder")),
    "out_is_long": Case(f"predict IN/run IN/a.nc --out {'x' * 5000}", STORAGE, ("xxx", "too long")),
    "run_in_a_long_folder": Case(f"train IN/small.h5 --out {'x' * 5000}/run", STORAGE, ("xxx",)),
    "run_is_long": Case(f"train IN/small.h5 --out {'x' * 5000}", STORAGE, ("xxx", "too long")),
    "run_holds_data": Case("train run/small.h5 --out run --force", USAGE, ("run", "replace an input"),
                           given={"run": "run", "run/small.h5": "small.h5"}),
    "run_holds_config": Case("train IN/small.h5 --out run --config run/config.ini --force", USAGE,
                             ("run", "replace an input"), given={"run": "run"}),
    "run_holds_foreign": Case(train("IN/small.h5", "--force"), USAGE, ("run/thesis.tex", "not of the run"),
                              given={"run": "run"}, texts={"run/thesis.tex": "years"}),
    "predict_over_model": Case("predict run/model.h5 IN/a.nc --out run/model.h5 --force", USAGE,
                               ("run/model.h5", "replace an input"), given={"run": "run"}),
    "predict_over_config": Case("predict run IN/a.nc --out run/config.ini --force", USAGE,
                                ("run/config.ini", "a file of a training run"), given={"run": "run"}),
    "predict_over_last_model": Case("predict run/model.h5 IN/a.nc --out ./run/../run/final.h5 --force", USAGE,
                                    ("final.h5", "a file of a training run"), given={"run": "run"}),
    "predict_over_another_run": Case("predict IN/run IN/a.nc --out run/model.h5 --force", USAGE,
                                     ("run/model.h5", "a file of a training run"), given={"run": "run"}),
    "export_over_summary": Case("export run --onnx run/summary.json --force", USAGE,
                                ("run/summary.json", "a file of a training run"), given={"run": "run"}),
    "evaluate_over_hashes": Case("evaluate run --data IN/small.h5 --json run/hashes.csv --force", USAGE,
                                 ("run/hashes.csv", "a file of a training run"), given={"run": "run"}),
    "runs_over_model": Case("runs . --csv run/model.h5 --force", USAGE, ("run/model.h5", "a file of a training run"),
                            given={"run": "run"}),
    "scale_over_metrics": Case(scale("IN/small.h5", "--mode strong --out run/metrics.csv --force"), USAGE,
                               ("run/metrics.csv", "a file of a training run"), given={"run": "run"}),
    "inspect_over_events": Case("inspect IN/a.nc --json run/tensorboard/events.json --force", USAGE,
                                ("events.json", "a file of a training run"),
                                given={"run": "run", "run/tensorboard/events.json": "a.nc"}),
    "prepare_over_model": Case("prepare IN/a.nc --inputs t --targets dt --out run/model.h5 --force", USAGE,
                               ("run/model.h5", "a file of a training run"), given={"run": "run"}),
    "evaluate_over_data": Case("evaluate IN/run --data small.h5 --out . --json small.h5 --force", USAGE,
                               ("small.h5", "replace an input"), given={"small.h5": "small.h5"}),
    "evaluate_exists": Case("evaluate IN/run --data IN/small.h5 --out . --json out.json", USAGE,
                            ("out.json", "exists", "--force"), texts={"out.json": "{}"}),
    "inspect_over_input": Case("inspect a.nc --json a.nc --force", USAGE, ("a.nc", "replace an input"),
                               given={"a.nc": "a.nc"}),
    "inspect_exists": Case("inspect IN/a.nc --json out.json", USAGE, ("out.json", "exists", "--force"),
                           texts={"out.json": "{}"}),
    "scale_over_input": Case("scale small.h5 --hidden 8 --batch 64 --micro-batch 16 --mode strong --out small.h5 --force",
                             USAGE, ("small.h5", "replace an input"), given={"small.h5": "small.h5"}),
    "train_on_pipe": Case(train("pipe.h5"), DATA, ("pipe.h5", "not a regular file"), fifos=("pipe.h5",)),
    "prepare_pipe": Case("prepare pipe.nc --out out.h5", DATA, ("pipe.nc", "not a regular file"), fifos=("pipe.nc",)),
    "inspect_pipe": Case("inspect pipe.nc", DATA, ("pipe.nc", "not a regular file"), fifos=("pipe.nc",)),
    "config_is_pipe": Case(train("IN/small.h5", "--config pipe.ini"), DATA, ("pipe.ini", "not a regular file"),
                           fifos=("pipe.ini",)),
    "resume_from_pipe": Case(train("IN/small.h5", "--resume pipe.ckpt"), DATA, ("pipe.ckpt", "not a regular file"),
                             fifos=("pipe.ckpt",)),
    "model_is_pipe": Case(predict("pipe.h5", "IN/a.nc"), DATA, ("pipe.h5", "not a regular file"), fifos=("pipe.h5",)),
    "model_is_folder": Case("export run --onnx out.onnx", DATA, ("run/model.h5", "not a regular file"),
                            given={"run/model.h5": "run"}),
    "too_many_threads": Case(train("IN/small.h5", "--threads 4294967296"), USAGE, ("--threads", "at most 4096")),
    "too_wide": Case("train IN/small.h5 --out run --hidden 9223372036854775807", USAGE, ("--hidden", "at most")),
    "too_many_parameters": Case("train IN/small.h5 --out run --hidden 100000,100000", USAGE, ("--hidden", "1e+10")),
    "too_many_synth_files": Case("synth --columns 1000000000000 --files 1000000000000 --out raw", USAGE,
                                 ("1000000000000", "100000")),
    "prepare_over_config": Case("prepare IN/a.nc --inputs t --targets dt --config my.ini --out my.ini --force", USAGE,
                                ("my.ini", "replace an input"), texts={"my.ini": "[prepare]\nshard = 32\n"}),
}

CASES = {**SCALE, **TRAIN, **USE, **DAMAGE, **OUTPUTS}
