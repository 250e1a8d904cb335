#!/usr/bin/env python3
"""tensorboard_test.py INPUTS: the events that train writes, read by a reader of this file's own, hold what metrics.csv holds."""

import csv
import os
import struct
import sys
import time

from bad_case import USAGE
from launch import Job, checks_in_own_folder, must, run

NET = "--hidden 16 --batch 64 --micro-batch 16 --schedule constant --quiet".split()
STEPS_PER_EPOCH = 6
TAGS = {"train_loss": "loss/train", "validation_loss": "loss/validation", "learning_rate": "learning_rate",
        "columns_per_second": "columns_per_second", "epoch": "epoch",
        **{f"{name}_s": f"time/{name}_s" for name in
           ["input", "compute", "sum", "communication", "optimiser", "hash", "validation"]}}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    """The records of a TFRecord file, each checked."""
    at = 0
    while at < len(data):
        (size,), (of_size,) = struct.unpack_from("<Q", data, at), struct.unpack_from("<I", data, at + 8)
        record = data[at + 12:at + 12 + size]
        assert of_size == masked(data[at:at + 8]), "the checksum of a length"
        assert struct.unpack_from("<I", data, at + 12 + size)[0] == masked(record), "the checksum of a record"
        yield record
        at += 16 + size


def fields(message):
    """Pairs of field number and value of a protobuf message."""
    def varint(at):
        value = shift = 0
        while True:
            value |= (message[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if message[at - 1] < 128:
                return value, at

    at = 0
    while at < len(message):
        key, at = varint(at)
        kind = key & 7
        if kind == 0:
            value, at = varint(at)
        elif kind == 2:
            size, at = varint(at)
            value, at = message[at:at + size], at + size
        else:
            (value,) = struct.unpack_from("<d" if kind == 1 else "<f", message, at)
            at += 8 if kind == 1 else 4
        yield key >> 3, value


def events(run_folder):
    """What stands before the scalars, then wall time, step and scalars of each event."""
    names = os.listdir(f"{run_folder}/tensorboard")
    assert len(names) == 1 and names[0].startswith("events.out.tfevents."), names
    with open(f"{run_folder}/tensorboard/{names[0]}", "rb") as file:
        all_events = [dict(fields(record)) for record in records(file.read())]
    found = []
    for event in all_events[2:]:
        pairs = [dict(fields(value)) for number, value in fields(event[5]) if number == 1]
        found.append((event[1], event[2], {pair[1].decode(): pair[2] for pair in pairs}))
    return all_events[:2], found


def metrics(run_folder):
    with open(f"{run_folder}/metrics.csv") as file:
        return list(csv.DictReader(file))


def check_events(check, name, epochs):
    """The events of a run are its metrics, of so many epochs."""
    (version, session), found = events(name)
    rows = metrics(name)
    check(f"{name}: version and start of a session", version[3] == b"brain.Event:2" and dict(fields(session[7])) == {1: 1})
    check(f"{name}: {len(found)} events of {len(rows)} epochs", len(found) == len(rows) == epochs)
    for (wall_time, step, scalars), row in zip(found, rows):
        check(f"{name}: step {step}", step == int(row["step"]))
        check(f"{name}: tags {sorted(scalars)}", sorted(scalars) == sorted(TAGS.values()))
        for column, tag in TAGS.items():
            expected = struct.unpack("<f", struct.pack("<f", float(row[column])))[0]
            check(f"{name}: {tag} {scalars[tag]}, {expected}", scalars[tag] == expected)
        check(f"{name}: time {wall_time}", abs(wall_time - found[0][0] - float(row["seconds"]) + float(rows[0]["seconds"])) < 1e-3)
        check(f"{name}: time {wall_time} is of now", abs(wall_time - time.time()) < 300)


def show_resumed(check, inputs):
    """The rows beyond the checkpoint are cut, in the events as in the metrics."""
    words = ["train", f"{inputs}/small.h5", "--out", "run", "--epochs", "4", *NET]
    (old,) = os.listdir("run/tensorboard")
    must(2, [*words, "--resume", f"run/checkpoints/step_{2 * STEPS_PER_EPOCH + 1:08}.ckpt"])
    check_events(check, "run", 4)
    check("the file is a new one, behind the old", os.listdir("run/tensorboard")[0] > old)
    with open("run/tensorboard/notes.txt", "w") as file:
        file.write("foreign")
    ended = run(1, [*words, "--force"])
    check(f"what is foreign is not removed: {ended.err}", ended.code == USAGE and "tensorboard/notes.txt" in ended.errors[0])
    os.remove("run/tensorboard/notes.txt")
    must(1, ["train", f"{inputs}/small.h5", "--out", "run", "--epochs", "1", "--force", *NET])
    check_events(check, "run", 1)


def show_killed(check, inputs):
    """What a killed run has said so far stands in both."""
    job = Job(2, ["train", f"{inputs}/small.h5", "--out", "killed", "--epochs", "100000", *NET])
    limit = time.monotonic() + 40
    while time.monotonic() < limit and not (os.path.exists("killed/metrics.csv") and len(metrics("killed")) > 20):
        time.sleep(0.05)
    job.kill_all()
    job.wait()
    _, found = events("killed")
    rows = metrics("killed")
    check(f"{len(rows)} epochs, {len(found)} events", len(rows) > 20 and 0 <= len(rows) - len(found) <= 1)
    check("their steps", [step for _, step, _ in found] == [int(row["step"]) for row in rows[:len(found)]])


def main(inputs):
    with checks_in_own_folder(inputs, 150) as check:
        check("CRC-32C of the standard's example", crc32c(b"123456789") == 0xE3069283)
        must(3, ["train", f"{inputs}/small.h5", "--out", "run", "--epochs", "4", "--checkpoint-every", "1steps",
                 "--keep-checkpoints", "100", *NET])
        check_events(check, "run", 4)
        show_resumed(check, inputs)
        show_killed(check, inputs)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
