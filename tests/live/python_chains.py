#!/usr/bin/env python3
"""Whole chains of Python's calls, against the interpreter's own word, in every CPython there is."""
import json

import article
import live

FRAMES_KEPT = 64  # WIRE_PYTHON_FRAMES
NAPS = {"clock_nanosleep", "select", "pselect6"}  # what time.sleep() makes of itself


def rows(table):
  return [dict(zip(table[0], row)) for row in table[1:]]


def chains_recorded(path):
  """The Python frames of each chain that slept, innermost first."""
  with open(path, encoding="utf-8") as file:
    recording = json.load(file)
  frames, stacks = rows(recording["frames"]), rows(recording["stacks"])
  for site in rows(recording["sites"]):
    if recording["waits"][site["wait"]]["syscall"] in NAPS:
      chain = [frames[n] for n in stacks[site["stack"]]["frames"]]
      yield tuple((f["function"], f["file"], f["line"]) for f in chain if f["language"] == "python")


def chains_once(python):
  """What it told, and what was seen of it."""
  path = live.path_new("recording.json")
  run = live.launch(python, live.PROGRAMS / "chains.py", options=["--record", path])
  told = {tuple(map(tuple, json.loads(line)))[:FRAMES_KEPT] for line in run.stdout.splitlines()}
  seen = set(chains_recorded(path))
  wrong = sorted(seen - told, key=str)
  assert not wrong, "%s: %d of %d chains are wrong: %s" % (python, len(wrong), len(seen), wrong[0])
  return told, seen


def chains_check(python):
  told, seen = chains_once(python)
  # By chance a wait may not have its chain taken; on a slow machine, several: not the same again.
  if len(seen) < 0.95 * len(told):
    seen |= chains_once(python)[1]
  assert len(seen) >= 0.95 * len(told), "%s: %d of %d chains" % (python, len(seen), len(told))
  print("  %s: %d of %d chains, all of them right" % (python, len(seen), len(told)))


@live.case
def chains_of_every_version():
  for python, _ in article.interpreters(oldest=(3, 7)):
    chains_check(python)


if __name__ == "__main__":
  live.main()
