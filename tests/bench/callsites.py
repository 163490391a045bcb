#!/usr/bin/env python3
"""callsites: what it costs the measured program that its call sites are taken.

Programs for which that weighs most run unmeasured, measured without call sites and with them, in
turn, so that what else the machine does meets all three alike. Told of each: what CPU time a unit
of its work takes by its own clock, which the kernel side's is part of (the median, and the best),
and the share of a CPU that the kernel side took, by the kernel's own account. Then round by round
the ratios of those CPU times: the median, and between which two half of them lie; on a machine
that does other things as well they vary by more than what is looked for, so that the limits are
held against the kernel's account. Two limits: the computing loop's call sites take less than 1 %
of its CPU, and the ping-pong's measuring costs at most 1.5 times what it does without them.

Usage: callsites.py [ROUNDS], with CONCADVISE as for the live tests; needs root.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "live"))
import live  # noqa: E402

LOOP = """
import time
begun = time.process_time()
x = 0
for i in range(%d):
  x += i * i %% 7
print(time.process_time() - begun)
"""
DEEP = "def deep(n):\n  return deep(n - 1) if n else work()\ndef work():\n  " + \
    LOOP.strip().replace("\n", "\n  ") + "\ndeep(60)\n"
WAITS = """
import threading, time
def work():
  for _ in range(%d):
    time.sleep(0.005)
begun = time.process_time()
threads = [threading.Thread(target=work) for _ in range(500)]
for t in threads: t.start()
for t in threads: t.join()
print(time.process_time() - begun)
"""
TURNS, TRIPS, SLEEPS = 10_000_000, 150_000, 100
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
MODES = {"unmeasured": None, "without": ["--no-callsites"], "with": []}


def one_cpu(*command):
  """On the last CPU, where least else happens."""
  return ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]


def ping_pong_s(output):
  return sum(row["cpu_s"] for row in map(json.loads, output.splitlines())
             if row["what"] == "worker")


# Name, command, units of work in a run, how its output tells the seconds.
SUBJECTS = [
    ("a computing loop", one_cpu(PYTHON, "-c", LOOP % TURNS), TURNS, float),
    ("the same, 60 calls deep", one_cpu(PYTHON, "-c", DEEP % TURNS), TURNS, float),
    ("ping-pong", one_cpu(str(live.program("ping_pong")), str(TRIPS)), TRIPS, ping_pong_s),
    ("500 threads wait 5 ms", [PYTHON, "-c", WAITS % SLEEPS], 500 * SLEEPS, float),
]


def run_once(command, options):
  """What the program printed, and the share of a CPU that the kernel side took."""
  if options is None:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout, 0.0
  path = live.path_new("recording")
  run = subprocess.run([live.TOOL, *options, "--record", path, "-o", os.devnull, "--", *command],
                       check=True, capture_output=True, text=True)
  with open(path, encoding="utf-8") as file:
    recording = json.load(file)
  return run.stdout, recording["cost"]["probe_cpu_s"] / (recording["wall_ns"] / 1e9)


def ratio_words(taken, to):
  ratios = sorted(a / b for a, b in zip(taken, to))
  quarter = len(ratios) // 4
  return "%.3f times (%.3f to %.3f)" % (statistics.median(ratios), ratios[quarter],
                                        ratios[-1 - quarter])


def subject_run(name, command, units, seconds, rounds):
  taken = {mode: [] for mode in MODES}
  shares = {mode: [] for mode in MODES}
  for _ in range(rounds):
    for mode, options in MODES.items():
      output, share = run_once(command, options)
      taken[mode].append(seconds(output) / units * 1e9)
      shares[mode].append(share)
  print(name)
  for mode in MODES:
    print("  %-12s %9.1f ns of CPU (best %9.1f)  kernel side %6.3f %% of a CPU" %
          (mode, statistics.median(taken[mode]), min(taken[mode]),
           100 * statistics.median(shares[mode])))
  for mode, to in (("without", "unmeasured"), ("with", "unmeasured"), ("with", "without")):
    print("  %-12s %s %s" % (mode, ratio_words(taken[mode], taken[to]), to))
  return {mode: statistics.median(shares[mode]) for mode in MODES}


def main():
  rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
  shares = {row[0]: subject_run(*row, rounds) for row in SUBJECTS}
  more = shares["a computing loop"]["with"] - shares["a computing loop"]["without"]
  times = shares["ping-pong"]["with"] / shares["ping-pong"]["without"]
  print("call sites take %.3f %% of the computing loop's CPU (limit 1 %%), and the ping-pong's"
        " measuring %.2f times as much (limit 1.5)" % (100 * more, times))
  return 0 if more < 0.01 and times < 1.5 else 1


if __name__ == "__main__":
  sys.exit(main())
