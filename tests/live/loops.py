#!/usr/bin/env python3
"""Event loops: what stalls each of them is named with its line, and one that is fine is left alone.

The programs of sites_loop do one thing to their loop now and then, for over 100 ms, and tell how
often and for how long. Which interpreter's frames are read how is the subject of callsites.py, and
that services are fine that of realworld.py.
"""
import json
import os
import subprocess

import live
from _sites import line_of
from _stalls import fine_check, own_stalls

PYTHON = "/usr/bin/python3"
SECONDS = 2
# What is told is of the longest stalls, the last one may not have come to its end, and a busy
# machine makes its own.
LEAST_SHARE = 0.6
NODE_NAMES = ["--perf-basic-prof", "--interpreted-frames-native-stack"]


def launched(*command, options=()):
  """In a folder of its own: Node leaves files there."""
  run = live.launch(*command, options=options, cwd=os.path.dirname(live.path_new("x")))
  return json.loads(run.stdout), run


def is_at(callsite, truth):
  line = line_of(callsite)
  return bool(line and line["line"] == truth["line"] and
              line["function"].split(".")[0] == truth["function"])


def stalled_check(truth, run, kinds):
  """Most of what it was stalled is told at the line that did it, for about as long as is true."""
  own = [s for s in own_stalls(run) if s["kind"] in kinds]
  at = [s for s in own if is_at(s["callsite"], truth)]
  told_s, lines = sum(s["total_s"] for s in at), [line_of(s["callsite"]) for s in own]
  assert told_s >= LEAST_SHARE * (truth["seconds"] - truth["longest"]), \
      "%.3f s, the truth is %s: %s" % (
          told_s, truth, [(l["function"], l["line"]) if l else None for l in lines])
  # A stretch holds what else the loop does in it.
  assert told_s <= 1.5 * truth["seconds"] + 0.1, "%.3f s, the truth is %s" % (told_s, truth)
  for loop in run.report["event_loops"]:
    seen = loop["stalls_seen"]  # null: what came after its last wait is not known
    least = int(LEAST_SHARE * (truth["count"] - 1))
    assert seen is None or seen >= least, "%d stalls, the truth is %s" % (seen, truth)


def blocking_check(truth, run, state):
  rows = [b for l in run.report["event_loops"] for b in l["blocking"] if b["state"] == state]
  assert any(is_at(row["callsite"], truth) for row in rows), "%s: %s" % (truth, rows)


def mended_check(run):
  assert run.verdict() == ("fix", "event-loop", "loop-blocked"), run.told()


def asyncio_case_add(work, kinds, state=None, python=PYTHON, *words):
  def run_case():
    if words and not os.path.exists("/usr/lib/python3/dist-packages/uvloop"):
      raise live.Skip("python3-uvloop is not installed")
    truth, run = launched(python, live.PROGRAMS / "sites_loop.py", work, SECONDS, *words)
    if not kinds:
      fine_check(run)
      return
    if state:
      blocking_check(truth, run, state)
    if work != "commits":  # most of them are too short to stall it
      stalled_check(truth, run, kinds)
      mended_check(run)

  run_case.__name__ = "_".join((words[0] if words else "asyncio", work))
  live.case(run_case)


asyncio_case_add("fetches", ["blocking"], "network")
asyncio_case_add("sleeps", ["blocking"], "sleep")
asyncio_case_add("parses", ["computing"])
asyncio_case_add("computes", ["computing"])
asyncio_case_add("commits", ["blocking", "computing"], "disk")
asyncio_case_add("keeps_off", [])
asyncio_case_add("sleeps", ["blocking"], "sleep", PYTHON, "uvloop")
asyncio_case_add("keeps_off", [], None, PYTHON, "uvloop")


def node_launched(work, *options):
  return launched(live.required("node"), *options, live.PROGRAMS / "sites_loop.js", work, SECONDS)


@live.case
def node_hashes():
  truth, run = node_launched("hashes", *NODE_NAMES)
  stalled_check(truth, run, ["computing"])
  mended_check(run)


@live.case
def node_reads():
  """Of a FIFO, it waits when it opens it and when it reads."""
  truth, run = node_launched("reads", *NODE_NAMES)
  stalled_check(truth, run, ["blocking"])
  blocking_check(truth, run, "ipc")
  mended_check(run)


@live.case
def node_keeps_off():
  fine_check(node_launched("keepsOff", *NODE_NAMES)[1])


@live.case
def node_without_names():
  """The native function that it calls, and one line on how to get the names."""
  _, run = node_launched("hashes")
  assert any("PBKDF2" in line_of(s["callsite"])["function"] for s in own_stalls(run)
             if line_of(s["callsite"])), own_stalls(run)
  told = [check["message"] for check in run.report["quality"]["checks"] if check["id"] == "names"]
  assert all(option in told[0] for option in NODE_NAMES), told
  mended_check(run)


ROUNDS = """
import asyncio, json, sys, time
truth = {"rounds": 0, "longest": 0}

def compute(seconds):
  begun = time.monotonic()
  while time.monotonic() < begun + seconds:
    sum(range(1000))
    if truth["rounds"] % 2:
      time.sleep(0.001)
  truth["longest"] = max(truth["longest"], time.monotonic() - begun)
  truth["rounds"] += 1

async def main():
  end = time.monotonic() + float(sys.argv[1])
  while time.monotonic() < end:
    compute(0.2 if truth["rounds"] % 10 == 9 else 0.02)
    await asyncio.sleep(0)

asyncio.run(main())
print(json.dumps(truth))
"""


@live.case
def rounds_of_a_loop_that_never_sleeps():
  """Few, and so each is seen, but for those at first: from when it is known not to sleep."""
  recording = live.path_new("recording")
  truth, run = launched(PYTHON, "-c", ROUNDS, 3, options=["--record", recording])
  (loop,) = run.report["event_loops"]
  assert loop["lag_max_s"] is not None, loop
  assert 0.9 * 0.2 <= loop["lag_max_s"] <= truth["longest"] + 0.1, "%s, %s" % (truth, loop)
  if loop["iterations"] is not None:
    assert 0.5 * truth["rounds"] <= loop["iterations"] <= truth["rounds"] + 10, \
        "%s, %s" % (truth, loop)
  at = {line["function"] for line in (line_of(s["callsite"]) for s in own_stalls(run)) if line}
  assert "compute" in at, own_stalls(run)
  # What was told of a round before its last wait was settled fits with what was told after.
  subprocess.run([live.TOOL, "report", "-o", os.devnull, recording], check=True)


@live.case
def a_loop_that_never_sleeps():
  """It is seen by what its samples are in; what only its sleeping would tell is not known."""
  run = live.launch(live.program("sites_busy_loop"), SECONDS)
  (loop,) = run.report["event_loops"]
  assert loop["saturated"] and loop["iterations"] is None, loop
  assert loop["stalls_seen"] is None and not own_stalls(run), loop
  at = {line_of(site["callsite"])["function"] for site in run.report["cpu_sites"]}
  assert "answer" in at, at


ONE_FILE = """
import select, socket, time
a, b = socket.socketpair()
poll, end = select.poll(), time.monotonic() + 1.5
poll.register(a)
while time.monotonic() < end:
  a.setblocking(False)
  poll.poll(20)
  select.select([a], [], [], 0.02)
  sum(range(2000000))
"""


@live.case
def who_polls_one_file_is_no_loop():
  run = live.launch(PYTHON, "-c", ONE_FILE)
  assert not run.report["event_loops"], run.report["event_loops"]


if __name__ == "__main__":
  live.main()
