#!/usr/bin/python3
"""What is made for other tools says what the JSON report says, and is what those tools read."""
import collections
import json
import math
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

from cli import SECOND, SOURCE, expect, expect_status, folder, main, run, sleeps, write

RECORDINGS = [SOURCE / "tests" / "golden" / name
              for name in ("blocking_loop.json", "fetch.json", "mutex_convoy.json", "nginx.json")]
# Debian has it in libdevel-nytprof-perl.
FLAMEGRAPH = shutil.which("flamegraph.pl") or "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"


def export(recording, name):
  result = run("report", "-f", name, recording)
  expect_status(result, 0)
  return result.stdout.decode()


def report(recording):
  return json.loads(export(recording, "json"))


def kind_of(row):
  return "idle" if row["idle"] and row["kind"] == "waiting" else row["kind"]


def seconds_by_kind(recording):
  sums = collections.Counter()
  for row in report(recording)["stacks"]:
    sums[kind_of(row)] += row["weight_s"]
  return sums


def hostile(directory):
  """A program whose names would break each format, if they were not escaped."""
  recording = json.loads(RECORDINGS[0].read_text())
  for frame in recording["frames"][1:]:
    if frame[0]:
      frame[0] = 'a;b 12\n\x1b[31m<b>"&' + frame[0]
  for thread in recording["threads"]:
    thread["name"] = 't\n\x1b]0;x\x07"<&'
  return write(directory, "hostile.json", recording)


def stalling(directory):
  """The blocked loop, with a stall in its second second."""
  recording = json.loads(RECORDINGS[0].read_text())
  nap = [wait["syscall"] for wait in recording["waits"]].index("clock_nanosleep")
  stall = {"thread": 0, "start_ns": SECOND, "length_ns": SECOND, "stretch_ns": SECOND,
           "waits_ns": SECOND - 10**6, "run_queue_ns": 0, "wait": nap, "wait_stack": 0,
           "wait_ns": SECOND - 10**6, "stack": None, "stack_samples": 0, "samples": 0}
  recording["stalls"].append([stall.get(key, 0) for key in recording["stalls"][0]])
  return write(directory, "stalling.json", recording)


def folded_lines(text):
  lines = [re.fullmatch(r"([^\x00-\x1f]+) ([1-9][0-9]*)", line)
           for line in text.removesuffix("\n").split("\n")]
  expect(all(lines), "not folded:", text[:1000])
  return [(line[1].split(";"), int(line[2])) for line in lines]


def folded_stacks_are_those_of_the_report():
  for recording in RECORDINGS:
    rows = [r for r in report(recording)["stacks"] if round(r["weight_s"] * 1e6) > 0]
    lines = folded_lines(export(recording, "folded"))
    expect(len(lines) == len(rows) > 0, recording, len(lines), len(rows))
    for row, (frames, weight) in zip(rows, lines):
      expect(frames[0] == kind_of(row), frames, row)
      expect(abs(weight - row["weight_s"] * 1e6) <= 1, weight, row)
      names = [f["function"] for f in reversed(row["frames"])]
      skipped = 1 + (row["kind"] == "waiting")
      for name, frame in zip(names, frames[skipped:]):
        expect(row["omitted"] or name is None or frame.startswith(name), name, frames)


def flamegraph_draws_them():
  if not os.path.exists(FLAMEGRAPH):
    print("flamegraph.pl is not installed (libdevel-nytprof-perl): not drawn")
    return
  with folder() as here:
    for recording in [*RECORDINGS, hostile(here)]:
      text = export(recording, "folded")
      made = subprocess.run(["perl", FLAMEGRAPH, "--countname=us"], input=text.encode(),
                            capture_output=True, check=True)
      expect(b"gnored" not in made.stderr, "flamegraph.pl left lines out:", made.stderr)
      svg = xml.etree.ElementTree.fromstring(made.stdout)
      titles = [t.text for t in svg.iter("{http://www.w3.org/2000/svg}title")]
      total = sum(weight for _, weight in folded_lines(text))
      expect("all (%s us, 100%%)" % format(total, ",") in titles, titles[:5])
      for kind, seconds in seconds_by_kind(recording).items():
        told = [t for t in titles if t.startswith(kind + " (")]
        expect(seconds < 0.01 * total / 1e6 or len(told) == 1, kind, told)


def speedscope_profiles_are_those_of_the_report():
  for recording in RECORDINGS:
    made = json.loads(export(recording, "speedscope"))
    rows = report(recording)["stacks"]
    names = {"computing": "computing", "waiting": "waiting", "waiting for work": "idle"}
    seen = 0
    for profile in made["profiles"]:
      own = [r for r in rows if kind_of(r) == names[profile["name"]]]
      expect(profile["type"] == "sampled" and profile["unit"] == "seconds", profile["type"])
      expect(profile["weights"] == [r["weight_s"] for r in own], profile["weights"][:5])
      expect(math.isclose(profile["endValue"], sum(profile["weights"]), rel_tol=1e-6), "end")
      for row, sample in zip(own, profile["samples"]):
        frames = [made["shared"]["frames"][i] for i in sample]
        last = row["frames"][0] if row["frames"] else None
        expect(not last or not last["function"] or (frames[-1]["name"], frames[-1].get("file"))
               == (last["function"], last["file"]), frames[-1], last)
      seen += len(own)
    expect(seen == len(rows), "profiles have", seen, "of", len(rows), "rows")
    frames = [json.dumps(f, sort_keys=True) for f in made["shared"]["frames"]]
    expect(len(set(frames)) == len(frames), "a frame is kept twice")


PHASES = {"M": {"name", "pid", "tid", "args"},
          "X": {"name", "cat", "ts", "dur", "pid", "tid", "args", "cname"},
          "b": {"name", "cat", "id", "ts", "pid", "tid"},
          "e": {"name", "cat", "id", "ts", "pid", "tid"}}


def chrome_trace_is_the_timeline():
  with folder() as here:
    trace_is_the_timeline([*RECORDINGS, stalling(here)])


def trace_is_the_timeline(recordings):
  stalls = 0
  for recording in recordings:
    told = report(recording)
    made = json.loads(export(recording, "chrome"))
    events = made["traceEvents"]
    for event in events:
      expect(set(event) - {"ph"} == PHASES[event["ph"]], event)
      expect(event["ph"] == "M" or event["ts"] > 0, event)
    slices = [e for e in events if e["ph"] == "X"]
    intervals = [(t, i) for t in told["timeline"]["threads"] for i in t["intervals"]]
    expect(len(slices) == len(intervals) > 0, len(slices), len(intervals))
    for event, (thread, interval) in zip(slices, intervals):
      expect((event["pid"], event["tid"], event["cat"])
             == (thread["pid"], thread["tid"], interval["state"]), event, interval)
      expect(math.isclose(event["ts"], 1 + interval["start_s"] * 1e6, abs_tol=0.1), event,
             interval)
      expect(math.isclose(event["ts"] + event["dur"], 1 + interval["end_s"] * 1e6, abs_tol=0.1),
             event, interval)
      if "wait" in interval:
        expect(event["args"]["object"] == told["waits"][interval["wait"]]["object"], event)
    # In nanoseconds: whoever reads them nests slices, and none may reach into the next one.
    ends = {}
    for event in slices:
      begin, length = (round(event[key] * 1000) for key in ("ts", "dur"))
      expect(begin >= ends.get((event["pid"], event["tid"]), 0), "overlaps:", event)
      ends[event["pid"], event["tid"]] = begin + length
    named = {(e["pid"], e["tid"]): e["args"]["name"] for e in events
             if e["name"] == "thread_name"}
    for thread in told["threads"]:
      expect(named[thread["pid"], thread["tid"]] == thread["name"], thread, named)
    begun = [e["id"] for e in events if e["ph"] == "b"]
    expect(len(set(begun)) == len(begun) == sum(len(t["stalls"]) for t in
                                                told["timeline"]["threads"]), begun)
    stalls += len(begun)
  expect(stalls > 0, "no stall in any recording: nothing was tested")


def nothing_of_the_target_breaks_them():
  with folder() as here:
    path = hostile(here)
    for name in ("folded", "speedscope", "chrome"):
      text = export(path, name)
      expect("\x1b" not in text and "\x07" not in text, name, "has a control")
      if name != "folded":
        json.loads(text)
    expect(len(folded_lines(export(path, "folded")))
           == len(folded_lines(export(RECORDINGS[0], "folded"))), "a name made a line")


def a_program_without_call_sites_has_all_three():
  with folder() as here:
    path = write(here, "sleeps.json", sleeps())
    for name in ("folded", "speedscope", "chrome"):
      expect(export(path, name).strip(), name, "is empty")
    expect(json.loads(export(path, "speedscope"))["profiles"], "no profile")


main(folded_stacks_are_those_of_the_report, flamegraph_draws_them,
     speedscope_profiles_are_those_of_the_report, chrome_trace_is_the_timeline,
     nothing_of_the_target_breaks_them, a_program_without_call_sites_has_all_three)
