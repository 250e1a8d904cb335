"""Descriptions of sources, classes and searches that fit nothing: each ends with one message, and changes nothing."""

from bad_case import DATA, USAGE, Case

FIELDS = "--name-fields product,year,day,hour,minute"
FIRE = f"prepare IN/fire/*.nc --out out.h5 {FIELDS} --inputs CMI_C07 --targets Mask"
PIXELS = f"{FIRE} --sample-dims time,y,x"
CHIPS = "prepare IN/chips/*.nc --out out.h5 --sample-dims sample --inputs chip --targets labels"
SCENES = "select IN/landcover/scene_*.nc --out chosen.csv --name-fields kind,place,date"
SEARCH = "search IN/small.h5 --out search"

SOURCES = {
    "unknown_dimension": Case(f"{FIRE} --sample-dims time,y,lat", USAGE, ("lat", "x, y")),
    "unknown_mean_dimension": Case(f"{FIRE} --sample-dims time --mean-over y,lon", USAGE, ("lon", "x, y")),
    "window_too_long": Case(f"{PIXELS} --group-by year,day --window 4", DATA, ("window", "3")),
    "window_of_none": Case(f"{PIXELS} --window 0", USAGE, ("--window",)),
    "stride_of_none": Case(f"{PIXELS} --window 2 --stride 0", USAGE, ("--stride",)),
    "where_matches_no_file": Case(f"{PIXELS} --where year=2021", USAGE, ("--where", "year=2021")),
    "where_of_unknown_field": Case(f"{PIXELS} --where month=3", USAGE, ("--where", "month", "year")),
    "group_by_unknown_field": Case(f"{PIXELS} --group-by month", USAGE, ("--group-by", "month")),
    "label_of_no_file": Case(f"prepare IN/fire/*.nc --out out.h5 {FIELDS} --inputs CMI_C07 --targets label "
                             "--sample-dims time,y,x --group-by year,day --label '2018: 1, 2019: 0, 2020/12: 1'",
                             USAGE, ("label", "2020/12")),
    "file_without_label": Case(f"prepare IN/fire/*.nc --out out.h5 {FIELDS} --inputs CMI_C07 --targets label "
                               "--sample-dims time,y,x --group-by year,day --label '2018: 1'",
                               USAGE, ("label", "2019/197")),
    "fields_do_not_match": Case(f"{PIXELS} --name-fields '{{product}}-{{date}}.nc'".replace(FIELDS + " ", ""), USAGE,
                                ("FDCC_2018", "{product}-{date}.nc")),
    "source_of_unknown_value": Case(f"{PIXELS} --group-by year,day --inputs CMI_C07@C99".replace("--inputs CMI_C07 ", ""),
                                    DATA, ("CMI_C07@C99", "2018/314")),
    "mask_of_unknown_variable": Case(f"{PIXELS} --mask QA=0", DATA, ("QA",)),
    "mask_backwards": Case(f"{PIXELS} --mask DQF=3..1", USAGE, ("--mask", "DQF=3..1")),
    "file_of_nothing": Case(f"{PIXELS} IN/landcover/*.nc --name-fields product".replace(FIELDS + " ", ""), DATA,
                            ("holds none of the variables", "landcover")),
    "label_beside_targets": Case(f"{PIXELS} --group-by year,day --label '2018: 1, 2019: 0'", USAGE, ("--label", "Mask")),
    "column_and_sample_dims": Case(f"{PIXELS} --column-dim y", USAGE, ("--sample-dims", "--column-dim")),
    "windows_over_tiles": Case(f"{PIXELS} --window 2 --split-by tile --tile time=2", USAGE, ("windows", "--tile time=2")),
    "derived_twice": Case(f"{PIXELS} --derive 'a=CMI_C07-CMI_C14 a=CMI_C14-CMI_C07'", USAGE, ("--derive", "twice")),
    "derived_from_one": Case(f"{PIXELS} --derive warmer=CMI_C07", USAGE, ("--derive", "warmer=CMI_C07")),
}

CLASSES = {
    "class_out_of_range": Case(f"{PIXELS} --classes 'clear: 100, cloud: 200..245'", DATA, ("Mask", "15")),
    "label_out_of_range": Case(f"{CHIPS} --labels 5 --missing drop-any", DATA, ("labels", "chips_00", "--labels has values from 0 to 4")),
    "class_is_not_filled": Case(f"{PIXELS} --classes 'cool: 400..700, hot: *' --missing fill=0".replace("targets Mask", "targets Temp"),
                                DATA, ("class is missing", "Temp", "drop-any")),
    "classes_and_labels": Case(f"{CHIPS} --labels 13 --classes 13", USAGE, ("--classes", "--labels")),
    "class_twice": Case(f"{PIXELS} --classes 'a: 1..100, b: 50..245'", USAGE, ("--classes", "two classes")),
    "class_without_value": Case(f"{PIXELS} --classes 'a: 100, b'", USAGE, ("--classes", "b")),
}

SEARCHES = {
    "grid_unknown_key": Case(f"{SEARCH} --grid 'hiden=[8,16]'", USAGE, ("hiden", "hidden")),
    "grid_bad_value": Case(f"{SEARCH} --grid 'lr=[fast,slow]'", USAGE, ("lr", "fast")),
    "grid_of_nothing": Case(f"{SEARCH} --grid 'lr=[]'", USAGE, ("lr",)),
    "folds_of_none": Case(f"{SEARCH} --grid 'hidden=[8]' --folds 0", USAGE, ("--folds",)),
    "no_split_to_compare_by": Case(f"{SEARCH} --grid 'hidden=[8]' --folds 1".replace("small", "all_train"), USAGE,
                                   ("--folds 1", "no validation split", "--folds 2")),
}

SELECTIONS = {
    "periods_of_none": Case(f"{SCENES} --rank-by cloud_cover --period 0", USAGE, ("--period",)),
    "rank_by_unknown": Case(f"{SCENES} --rank-by clouds --period 2", DATA, ("scene_p000", "clouds")),
    "date_of_unknown_field": Case(f"{SCENES} --rank-by cloud_cover --date day", USAGE, ("--date", "day", "kind, place, date")),
}

CASES = {**SOURCES, **CLASSES, **SEARCHES, **SELECTIONS}
