"""Raw files that cannot be prepared, and outputs that cannot be written."""

from bad_case import DATA, STORAGE, USAGE, Case

SMALL = "--inputs t,q,ps --targets dt"


def prepare(second, *rest):
    """Good columns first, then the file that the case is about."""
    return f"prepare IN/a.nc {second} {SMALL} --out out.h5 {' '.join(rest)}"


FILES = {
    "missing_file": Case(prepare("absent.nc"), STORAGE, ("absent.nc", "no such file")),
    "folder_as_file": Case(prepare("IN/folder.nc"), DATA, ("folder.nc", "folder")),
    "empty_file": Case(prepare("IN/empty.nc"), DATA, ("empty.nc", "empty")),
    "not_hdf5": Case(prepare("IN/prose.nc"), DATA, ("prose.nc", "HDF5")),
    "not_hdf5_inspected": Case("inspect IN/prose.nc", DATA, ("prose.nc", "HDF5")),
    "missing_file_inspected": Case("inspect IN/a.nc absent.nc", STORAGE, ("absent.nc",)),
    **{name: Case(prepare(f"IN/{name}.nc"), DATA, (f"{name}.nc",))
       for name in ("cut_head", "cut_half", "cut_most", "cut_one",
                    "cut_classic_head", "cut_classic_half", "cut_classic_row")},
}

VARIABLES = {
    "missing_variable": Case(prepare("IN/no_dt.nc"), DATA, ("no_dt.nc", "dt", "t, q, ps")),
    "missing_in_all": Case("prepare IN/a.nc --inputs w --targets dt --out out.h5", DATA,
                           ("a.nc", "variable w", "t, q, ps, dt")),
    "shapes_differ": Case(prepare("IN/six_levels.nc"), DATA, ("six_levels.nc", "a.nc", "5", "6")),
    "units_differ": Case(prepare("IN/celsius.nc"), DATA, ("celsius.nc", "variable t", "degC and K", "a.nc")),
    "prepared_and_raw_inspected": Case("inspect IN/small.h5 IN/a.nc", USAGE, ("one prepared file", "a.nc")),
    "lengths_differ": Case(prepare("IN/lengths.h5"), DATA, ("lengths.h5", "ps", "170", "180")),
    "other_dimension": Case(prepare("IN/lengths.nc"), DATA, ("lengths.nc", "ps", "column")),
    "column_not_first": Case(prepare("IN/column_last.nc"), DATA,
                             ("column_last.nc", "variable t", "column", "first", "level")),
    "unknown_column_dim": Case(prepare("IN/b.nc", "--column-dim", "ncol"), DATA, ("a.nc", "t", "ncol")),
    "text_variable": Case(prepare("IN/text.nc"), DATA, ("text.nc", "variable t", "numeric")),
    "zero_levels": Case(prepare("IN/no_levels.nc").replace("IN/a.nc ", ""), DATA,
                        ("no_levels.nc", "variable t", "no values")),
    "named_twice": Case(prepare("IN/a.nc"), USAGE, ("a.nc", "named twice")),
    "prepared_as_raw": Case(prepare("IN/small.h5"), DATA, ("small.h5", "a prepared file", "prepared from")),
    "levels_beyond": Case(prepare("IN/b.nc", "--select t[2:6]"), USAGE, ("t[2:6]", "t has levels 0 to 4")),
    "clip_beyond_floats": Case(prepare("IN/b.nc", "--transform t=clip:1e39:1e40"), USAGE, ("clip:1e39:1e40",)),
    "two_transforms": Case(prepare("IN/b.nc", '--transform "t=root2 t=root4"'), USAGE, ("two transforms", "variable t")),
    "zero_columns": Case(f"prepare IN/no_columns.nc {SMALL} --out out.h5", DATA,
                         ("no_columns.nc", "no columns")),
    "nan": Case(prepare("IN/nan.nc"), DATA, ("nan.nc", "variable q", "column 7", "--missing")),
    "fill_value": Case(prepare("IN/fill.nc"), DATA, ("fill.nc", "variable ps", "column 7", "--missing")),
    "fill_value_classic": Case(prepare("IN/fill_classic.nc"), DATA,
                               ("fill_classic.nc", "variable ps", "column 7")),
    "nan_in_two_passes": Case(prepare("IN/nan.nc", "--memory 1K"), DATA, ("nan.nc", "variable q", "column 7")),
    "missing_value": Case(prepare("IN/marked.nc"), DATA, ("marked.nc", "variable ps", "column 7")),
    "nothing_without_missing": Case(f"prepare IN/infinite.nc {SMALL} --missing drop --out out.h5",
                                    DATA, ("every column has missing values", "--missing fill")),
}

CLASSES = {
    "class_outside": Case("prepare IN/a.nc --inputs t,q --targets ps --classes 'low: 0..99000, high: 100000..200000' "
                          "--out out.h5", DATA, ("a.nc", "variable ps", "belongs to no class", "rest: *")),
    "classes_of_two_targets": Case("prepare IN/a.nc --inputs t,q --targets ps,dt --classes 3 --out out.h5", USAGE,
                                   ("--classes wants one target", "ps, dt")),
    "classes_and_labels": Case("prepare IN/a.nc --inputs t,q --targets ps --classes 3 --labels 3 --out out.h5", USAGE,
                               ("--classes and --labels",)),
    "classes_overlap": Case("prepare IN/a.nc --inputs t,q --targets ps --classes 'a: 1..5, b: 3' --out out.h5", USAGE,
                            ("a value to two classes", "3 in a and b")),
    "classes_transformed": Case("prepare IN/a.nc --inputs t,q --targets ps --classes 'a: 1, b: *' "
                                "--transform ps=log1p --out out.h5", USAGE, ("variable ps", "no transform")),
    "classes_no_form": Case("prepare IN/a.nc --inputs q --targets t --classes 3 --out out.h5", DATA,
                            ("variable t", "5 values, 3 classes", "--labels")),
}

NAMED = "--name-fields name"
SPLITS = {
    "groups_without_fields": Case(prepare("IN/b.nc", "--split-by group"), USAGE, ("--split-by group", "--group-by")),
    "groups_without_names": Case(prepare("IN/b.nc", "--split-by group --group-by name"), USAGE,
                                 ("--group-by", "--name-fields")),
    "groups_of_no_field": Case(prepare("IN/b.nc", f"{NAMED} --split-by group --group-by nam"), USAGE,
                               ("nam", "did you mean name")),
    "few_groups": Case(prepare("IN/b.nc", "--split-by file"), USAGE, ("fewer groups", "2 of 3")),
    "tile_alone": Case(prepare("IN/b.nc", "--tile column=10"), USAGE, ("--tile", "--split-by tile")),
    "split_by_no_tile": Case(prepare("IN/b.nc", "--split-by tile"), USAGE, ("--split-by tile", "--tile")),
    "tile_of_no_dimension": Case(prepare("IN/b.nc", "--split-by tile --tile y=10"), USAGE, ("y", "column")),
    "tile_is_no_length": Case(prepare("IN/b.nc", "--split-by tile --tile column=ten"), USAGE, ("column=ten",)),
    "where_and_split": Case(prepare("IN/b.nc", f"{NAMED} --test-where name=b --split 0.8,0.1,0.1"), USAGE,
                            ("test-where", "--split")),
    "where_of_no_field": Case(prepare("IN/b.nc", f"{NAMED} --test-where nam=b"), USAGE, ("--test-where", "nam", "name")),
    "where_without_names": Case(prepare("IN/b.nc", "--test-where name=b"), USAGE, ("test-where", "--name-fields")),
    "where_of_no_file": Case(prepare("IN/b.nc", f"{NAMED} --test-where name=c"), USAGE,
                             ("--test-where leaves no file", "name=c", "a, b")),
    "where_of_two_splits": Case(prepare("IN/b.nc", f"{NAMED} --test-where name=b --validation-where name=b"), USAGE,
                                ("b.nc", "--validation-where and --test-where")),
    "template_of_no_file": Case(prepare("IN/b.nc", '--name-fields "{name}_{day}.nc" --test-where day=3'), USAGE,
                                ("a.nc", "{name}_{day}.nc")),
    "list_is_absent": Case(prepare("--files-from absent.txt"), STORAGE, ("absent.txt", "list of files")),
    "list_is_empty": Case(prepare("--files-from list.csv"), USAGE, ("list.csv", "names no files"),
                          texts={"list.csv": "file,place\n"}),
}

NUMBERS = {
    "unknown_transform": Case(prepare("IN/b.nc", "--transform 't=root2|rot'"), USAGE, ("not a transform (root2|rot)", "scale:S")),
    "log_of_nothing": Case(prepare("IN/b.nc", "--transform 't=offset:-300|log'"), DATA,
                           ("a.nc", "variable t[0], column 0", "clip first")),
    "drop_all_leaves_some": Case(prepare("IN/nan.nc", "--missing drop-all"), DATA,
                                 ("nan.nc", "variable q, column 7", "drop-all,fill=")),
    "unknown_policy": Case(prepare("IN/b.nc", "--missing drop-some"), USAGE, ("drop-some", "drop-any")),
    "norm_of_nothing": Case(prepare("IN/b.nc", "--input-norm mean=IN/a.nc"), USAGE, ("--input-norm takes files", "std=FILE")),
    "norm_lacks_variable": Case(prepare("IN/b.nc", "--target-norm scale=IN/no_dt.nc"), DATA,
                                ("no_dt.nc", "variable dt", "lacks the variable")),
    "norm_has_columns": Case(prepare("IN/b.nc", "--target-norm scale=IN/a.nc"), DATA, ("a.nc", "variable dt", "1500 and 5")),
    "norm_and_scale": Case(prepare("IN/b.nc", "--target-norm scale=IN/a.nc --target-scale variable"), USAGE,
                           ("--target-norm and --target-scale",)),
    "index_of_prepared": Case("inspect IN/small.h5 --missing index.json", USAGE, ("small.h5", "raw files")),
    "index_exists": Case("inspect IN/a.nc --missing index.json", USAGE, ("index.json", "exists", "--force"),
                         given={"index.json": "small.h5"}),
    "targets_without_index": Case("inspect IN/a.nc --targets dt", USAGE, ("--targets goes with --missing",)),
}

OUTPUTS = {
    "output_folder_absent": Case(prepare("IN/b.nc").replace("out.h5", "absent/out.h5"), STORAGE,
                                 ("absent", "folder")),
    "output_exists": Case(prepare("IN/b.nc"), USAGE, ("out.h5", "exists", "--force"),
                          given={"out.h5": "small.h5"}),
    "npy_exists": Case(prepare("IN/b.nc", "--format npy"), USAGE, ("out.h5", "exists", "--force"),
                       given={"out.h5": "raw"}),
    "synth_exists": Case("synth --columns 20 --files 2 --out raw", USAGE, ("raw/", "exists", "--force"),
                         given={"raw": "raw"}),
    "forced_but_missing": Case(prepare("absent.nc", "--force"), STORAGE, ("absent.nc",),
                               given={"out.h5": "small.h5"}),
    "forced_but_nan": Case(prepare("IN/nan.nc", "--force"), DATA, ("nan.nc", "column 7"),
                           given={"out.h5": "small.h5"}),
    "forced_npy_but_nan": Case(prepare("IN/nan.nc", "--force --format npy"), DATA, ("nan.nc",),
                               given={"out.h5": "stack"}),
    "forced_npy_over_others": Case(prepare("IN/b.nc", "--force --format npy"), USAGE,
                                   ("out.h5", "no npy stack"), given={"out.h5": "raw"}),
    "output_is_input": Case("prepare a.nc --inputs t --targets dt --out a.nc --force", USAGE,
                            ("a.nc", "replace an input"), given={"a.nc": "a.nc"}),
    "output_holds_input": Case("prepare raw/3dcorrection_000.nc --format npy --out raw --force", USAGE,
                               ("raw", "replace an input"), given={"raw": "raw"}),
}

KIB, MIB = 1 << 10, 1 << 20
RAW = "prepare IN/raw/3dcorrection_000.nc IN/raw/3dcorrection_001.nc"
DISC = {
    **{f"full_disc_{size // KIB}k": Case(prepare("IN/b.nc").replace("out.h5", "disc/out.h5"), STORAGE,
                                         ("disc/out.h5", "are free"), disc_bytes=size)
       for size in (16 * KIB, 256 * KIB, MIB)},
    **{f"full_disc_{size // MIB}m": Case(f"{RAW} --out disc/out.h5", STORAGE,
                                         ("disc/out.h5", "are free"), disc_bytes=size)
       for size in (4 * MIB, 12 * MIB)},
    "full_disc_npy": Case(f"{RAW} --format npy --out disc/out", STORAGE, ("disc/out",),
                          disc_bytes=4 * MIB),
    "full_disc_synth": Case("synth --columns 600 --files 1 --out disc", STORAGE, ("disc/", "are free"),
                            disc_bytes=4 * MIB),
    **{f"full_disc_{kind}": Case(f"synth --kind {kind} --columns 40000 --files 1 --out disc", STORAGE,
                                 ("disc/", "No space left"), disc_bytes=64 * KIB)
       for kind in ("fire", "landcover")},
    "full_disc_in_passes": Case(f"{RAW} --memory 1M --out disc/out.h5", STORAGE,
                                ("disc/out.h5", "are free"), disc_bytes=4 * MIB),
    "full_disc_forced": Case(f"{RAW} --out disc/out.h5 --force", STORAGE, ("disc/out.h5",),
                             given={"disc/out.h5": "small.h5"}, disc_bytes=4 * MIB),
}

CASES = {**FILES, **VARIABLES, **CLASSES, **NUMBERS, **SPLITS, **OUTPUTS, **DISC}
