"""Small raw files, good ones and bad ones: 5 levels, t, q, ps in, dt out, values made from indices."""

import os

import h5py
import netCDF4
import numpy as np

LEVELS = 5
COLUMNS = {"a.nc": 300, "b.nc": 180}


def values(first, count, levels=LEVELS):
    """Variables of `count` columns from `first` on; the last level of q never changes."""
    column = np.arange(first, first + count, dtype="f8")[:, None]
    level = np.arange(levels, dtype="f8")[None, :]
    q = 0.01 * (1 + 0.2 * np.cos(0.11 * column) * (level + 1))
    q[:, -1] = 0.003
    t = 220 + 10 * level + 7 * np.sin(0.37 * column + level)
    ps = 1e5 + 900 * np.sin(0.05 * column[:, 0])
    dt = 0.1 * (t - 240) * (ps[:, None] / 1e5) + np.sin(300 * q)
    return {name: v.astype("f4") for name, v in {"t": t, "q": q, "ps": ps, "dt": dt}.items()}


UNITS = {"t": "K", "q": "kg kg-1", "ps": "Pa", "dt": "K d-1"}


def write(path, columns, format="NETCDF4", dims=("column", "level"), fill={}, leave_out=()):
    """One raw file of `columns` (a dictionary as values() makes it)."""
    with netCDF4.Dataset(path, "w", format=format) as file:
        file.createDimension("column", len(columns["ps"]))
        file.createDimension("level", columns["t"].shape[1])
        for name, array in columns.items():
            if name in leave_out:
                continue
            own = dims if array.ndim == 2 else ("column",)
            variable = file.createVariable(name, "f4", own, fill_value=fill.get(name), zlib=name == "ps")
            variable.units = UNITS[name]
            variable[:] = array if own[0] == "column" else array.T
    return path


def truncated(source, path, part):
    """The first bytes of a file: `part` of them, counted from the end when negative."""
    with open(source, "rb") as file:
        data = file.read()
    count = int(part * len(data)) if isinstance(part, float) else part
    with open(path, "wb") as file:
        file.write(data[:count])


def flipped(source, path, place):
    """A copy with one bit of the byte at `place` flipped, counted from the end when negative."""
    with open(source, "rb") as file:
        data = bytearray(file.read())
    data[place] ^= 4
    with open(path, "wb") as file:
        file.write(data)


def write_good():
    first = 0
    for name, count in COLUMNS.items():
        write(name, values(first, count), "NETCDF4" if name == "a.nc" else "NETCDF3_CLASSIC")
        first += count


def write_damaged():
    """Files that are no files of columns, or not whole."""
    for name, part in [("cut_head.nc", 100), ("cut_half.nc", 0.5), ("cut_most.nc", 0.9),
                       ("cut_one.nc", -1)]:
        truncated("a.nc", name, part)
    for name, part in [("cut_classic_head.nc", 40), ("cut_classic_half.nc", 0.5),
                       ("cut_classic_row.nc", -24)]:
        truncated("b.nc", name, part)
    with open("prose.nc", "w") as file:
        file.write("These are words, and no columns.\n" * 100)
    open("empty.nc", "w").close()
    os.mkdir("folder.nc")


def write_misfits():
    """Whole files whose variables are not what is asked for."""
    good = values(300, 180)
    write("no_dt.nc", good, leave_out=("dt",))
    write("six_levels.nc", values(300, 180, levels=6))
    with netCDF4.Dataset(write("celsius.nc", good), "a") as file:
        file["t"].units = "degC"
    write("column_last.nc", good, dims=("level", "column"))
    write("no_columns.nc", values(0, 0))
    with h5py.File("no_levels.nc", "w") as file:
        for name, array in good.items():
            file[name] = array[:, :0] if name == "t" else array
    write("text.nc", good, leave_out=("t",))
    with netCDF4.Dataset("text.nc", "a") as file:
        file.createVariable("t", str, ("column",))[:] = np.array(["warm"] * 180, dtype=object)
    write("lengths.nc", good, leave_out=("ps",))
    with netCDF4.Dataset("lengths.nc", "a") as file:
        file.createDimension("other", 170)
        file.createVariable("ps", "f4", ("other",))[:] = 1e5
    with h5py.File("lengths.h5", "w") as file:
        for name, array in good.items():
            file[name] = array[:170] if name == "ps" else array


def write_holes():
    """One missing value each, in column 7 of the file."""
    holed = values(300, 180)
    holed["q"][7, 2] = np.nan
    write("nan.nc", holed)
    holed = values(300, 180)
    holed["ps"][7] = -999
    write("fill.nc", holed, fill={"ps": -999.0})
    write("fill_classic.nc", holed, "NETCDF3_CLASSIC", fill={"ps": -999.0})
    write("marked.nc", holed)
    with netCDF4.Dataset("marked.nc", "a") as file:
        file["ps"].missing_value = np.float32(-999)
    huge = values(0, 300)
    huge["t"][:] = np.inf
    write("infinite.nc", huge)
