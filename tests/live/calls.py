#!/usr/bin/env python3
"""System calls around which CPython gives its lock up: estimated from looks, and what they do to
the forecast for threads.

The program counts its own calls; the estimate comes from a few milliseconds of every hundred.
"""
import json
import shutil
import sys

import live

LOOP = """
import os, sys, time
end, calls, file = time.monotonic() + 1.5, 0, os.open("/dev/null", os.O_RDONLY)
while time.monotonic() < end:
  for _ in range(100):
    os.lseek(file, 0, os.SEEK_SET)
    sum(range(int(sys.argv[1])))
  calls += 100
print(calls)
"""


def recorded(*command):
  path = live.path_new("recording")
  run = live.launch(*command, options=["--record", path])
  with open(path, encoding="utf-8") as file:
    return run, json.load(file)


def threads_speedup(run):
  return next(row["speedup"] for row in run.report["predictions"] if row["model"] == "threads")


@live.case
def calls_are_estimated():
  run, measured = recorded(sys.executable, "-c", LOOP, "10")
  truth, told = int(run.stdout), sum(thread["calls"] for thread in measured["threads"])
  assert measured["calls_looks"] >= 5, "%d looks" % measured["calls_looks"]
  # Some twelve looks, of a loop that a busy machine makes faster and slower.
  live.close("calls", told, truth, 0.5)


@live.case
def many_calls_leave_threads_nothing_to_gain():
  run, _ = recorded(sys.executable, "-c", LOOP, "1")
  assert threads_speedup(run) < 1.2, "threads are told %.2fx" % threads_speedup(run)


@live.case
def native_programs_are_not_looked_at():
  _, measured = recorded(shutil.which("dd"), "if=/dev/zero", "of=/dev/null", "bs=1", "count=100000")
  assert measured["calls_looks"] == 0
  assert all(thread["calls"] == 0 for thread in measured["threads"])


if __name__ == "__main__":
  live.main()
