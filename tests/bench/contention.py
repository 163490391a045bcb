#!/usr/bin/env python3
"""contention: what giving the interpreter's lock up for each system call takes, where others wait.

Threads of CPython compute and make a brief system call (lseek), over and over; told is how many
times as long it takes as one thread takes for all of it, and what analyzer/simulation.c makes of
it: 1 + w / (g + L / n), with the time g between two calls, w that waking a thread takes who does
it, L until it runs, both timed by concadvise, and n who wait.

Usage: contention.py [ROUNDS]. PYTHON names another CPython; CONCADVISE as for the live tests.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "live"))
import live  # noqa: E402

PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
LOOPS = (30, 200, 500, 1000, 1800, 3500, 7000, 14000)  # of nothing, between two calls
THREADS = (2, 4, 12)
PROGRAM = """
import os, sys, threading, time
threads, loops, calls = map(int, sys.argv[1:])
file = os.open("/etc/passwd", os.O_RDONLY)
def work():
  for _ in range(calls // threads):
    os.lseek(file, 0, 0)
    for _ in range(loops):
      pass
started = [threading.Thread(target=work) for _ in range(threads)]
begun = time.perf_counter()
for thread in started:
  thread.start()
for thread in started:
  thread.join()
print((time.perf_counter() - begun) / calls)
"""


def seconds_each(threads, loops):
  calls = 12 * max(100, 2000000 // (12 * loops + 600))
  run = subprocess.run([PYTHON, "-c", PROGRAM, str(threads), str(loops), str(calls)], check=True,
                       stdout=subprocess.PIPE)
  return float(run.stdout)


def waking():
  path = live.path_new("recording")
  subprocess.run([live.TOOL, "-q", "-o", os.devnull, "--record", path, "--", "sleep", "0.1"],
                 check=True)
  host = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["host"]
  return host["waking_ns"] / 1e9, host["wakeup_ns"] / 1e9


def main():
  rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
  known = [waking() for _ in range(rounds)]
  w, until = (statistics.median(one) for one in zip(*known))
  print("To wake a thread takes %.1f us, until it runs %.1f us.\n" % (w * 1e6, until * 1e6))
  print("| between two calls |" + "".join(" %d threads: measured, told |" % n for n in THREADS))
  print("| --- |" + " --- |" * len(THREADS))
  for loops in LOOPS:
    alone = min(seconds_each(1, loops) for _ in range(rounds))
    cells = []
    for threads in THREADS:
      took = sorted(seconds_each(threads, loops) / alone for _ in range(rounds))
      told = 1 + w / (alone + until / (threads - 1))
      cells.append("%.2f (%.2f to %.2f), %.2f" % (statistics.median(took), took[0], took[-1], told))
    print("| %.1f us | " % (alone * 1e6) + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
  main()
