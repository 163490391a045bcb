"""trial: what concadvise says about one program from each of its variants, and what is true.

Gives plain data, the `result` that is kept as JSON; it is judged in score.py. A variant that
fails, or whose checksum is not that of the first one, is left out and told in `problems`.

    { "program", "set", "models": [..], "problems": [..],
      "recordings": { VARIANT: { "wall_s", "recommendation", "rows": [..],
                                 "sized": { WORKERS: [row..] } } },
      "truth": { VARIANT: [ { "wall_s", "others_cpus" } ] } }

Runs that others disturbed are made again a few times; the least disturbed one counts.
"""
import contextlib
import json
import math
import os
import shutil
import sys
import time
from typing import NamedTuple

from machine import Others
from program import Failure, run, servers
from variant import SEQUENTIAL, WORKERS, variant_of, variant_parse, variants_start

ROW = "model workers wall_s speedup_low speedup_high limited_by".split()
RECOMMENDATION = "model action workers".split()
# A tenth of a CPU in other hands may make a run take a tenth longer: the accuracy asked for.
DISTURBED_CPUS = 0.1
PAUSE_S = 1  # before another try, for what disturbed it to pass


class How(NamedTuple):
  """The tool, how often each variant runs and is tried, and whether ahead of other programs."""
  tool: str
  repeat: int
  tries: int
  ahead: bool


class Trial:
  def __init__(self, program, set_name, recordings, how):
    self.program, self.recordings = program, recordings
    self.how = how
    self.checksum = None
    self.recorded = {}  # by start: the window of each recording, and its file
    self.result = {"program": program.name, "set": set_name, "models": [], "problems": [],
                   "recordings": {}, "truth": {}}

  def run(self):
    with self.telling(), servers(self.how.ahead) as site:
      self.program.make()
      self.result["models"] = self.program.models(site)
      starts = variants_start(self.result["models"])
      self.record_all(starts, site)
      self.truth_add(site, starts)
      self.truth_add(site)  # what the recordings chosen recommend otherwise
    self.sizes_read()
    return self.result

  def again(self, result):
    """Asks concadvise anew about kept recordings; measures only what has no truth yet."""
    self.result = {**result, "problems": [], "recordings": {}}
    with self.telling(), servers(self.how.ahead) as site:
      self.program.make()
      for start in map(variant_parse, result["recordings"]):
        with self.telling(start):
          self.result["recordings"][start.key] = self.recording_read(start)
      self.truth_add(site)
    self.sizes_read()
    return self.result

  @contextlib.contextmanager
  def telling(self, *what):
    """What fails inside is told in the result, and aloud; the rest goes on."""
    try:
      yield
    except (Failure, OSError, ValueError) as failure:
      who = " ".join(map(str, (self.program.name, *what)))
      words = " ".join(("%s: %s" % (who, failure)).split())
      if words not in self.result["problems"]:
        self.result["problems"].append(words)
      print("FAILED  " + words, file=sys.stderr, flush=True)

  def recording_path(self, start):
    return os.path.join(self.recordings, "%s.%s.json" % (self.program.name, start.key))

  def record_all(self, starts, site):
    """Once more; of those that there are of each start, the one in the middle counts."""
    for start in starts:
      with self.telling(start):
        self.record(start, site)
        self.result["recordings"][start.key] = self.recording_read(start)

  def record(self, start, site):
    kept = self.recording_path(start)
    made = "%s.%d" % (kept, len(self.recorded.setdefault(start.key, [])))
    tool = [self.how.tool, "-q", "-o", os.devnull, "--record", kept + ".new", "--"]
    least = math.inf
    for others_cpus, _ in self.runs(start, site, tool):
      if others_cpus < least:
        os.replace(kept + ".new", made)
        least = others_cpus
    with contextlib.suppress(FileNotFoundError):
      os.unlink(kept + ".new")
    with open(made, encoding="utf-8") as file:
      self.recorded[start.key].append((json.load(file)["wall_ns"], made))
    walls = sorted(self.recorded[start.key])
    shutil.copyfile(walls[(len(walls) - 1) // 2][1], kept)

  def runs(self, variant, site, wrapper=()):
    """Runs it until nothing disturbs it; gives CPUs that others used, and the time, of each."""
    for _ in range(self.how.tries):
      others = Others(site.servers_pid)
      done = self.program.run(variant, site, wrapper)
      others_cpus = others.cpus(done.wall_s)
      self.checksum_check(done)
      yield others_cpus, done.wall_s
      if others_cpus <= DISTURBED_CPUS:
        break
      time.sleep(PAUSE_S)

  def checksum_check(self, done):
    if self.checksum is None:
      self.checksum = done.output
    if done.output != self.checksum:
      raise Failure("CHECKSUM %r, the first variant's is %r" % (done.output, self.checksum))

  def report(self, start, *options):
    command = [self.how.tool, "report", self.recording_path(start), "--json", *options]
    return json.loads(run(command, os.environ).output)

  def recording_read(self, start):
    report = self.report(start)
    told = report["recommendation"]
    return {"wall_s": report["window"]["wall_s"], "rows": rows_of(report), "sized": {},
            "recommendation": {name: told[name] for name in RECOMMENDATION}}

  def variants(self):
    """What is to be measured: starts, what the sequential one predicts, what each recommends."""
    recordings, models = self.result["recordings"], self.result["models"]
    wanted = variants_start(models)
    if SEQUENTIAL.key in recordings:
      rows = recordings[SEQUENTIAL.key]["rows"]
      wanted += [variant_of(row["model"], row["workers"]) for row in rows]
    wanted += [variant_recommended(start, recording, models)
               for start, recording in recordings.items()]
    return [one for one in dict.fromkeys(wanted) if one and one.model in models]

  def truth_add(self, site, starts=()):
    """Round after round, so that a machine that gets slower does so to all variants alike, and to
    the recordings of the starts."""
    truth = self.result["truth"]
    missing = [one for one in self.variants() if one.key not in truth]
    failed = set()
    for turn in range(self.how.repeat):
      self.record_all(starts if turn > 0 else (), site)
      for one in missing:
        if one not in failed:
          failed.add(one)  # until it has run well
          with self.telling(one):
            others_cpus, wall_s = min(self.runs(one, site))
            truth.setdefault(one.key, []).append({"wall_s": wall_s, "others_cpus": others_cpus})
            failed.discard(one)
    for one in failed:
      truth.pop(one.key, None)

  def sizes_read(self):
    """The rows of each recording at every size that was measured."""
    measured = [variant_parse(key) for key in self.result["truth"]]
    sizes = sorted({one.workers for one in measured if one.sized} | {WORKERS})
    for key, recording in self.result["recordings"].items():
      start = variant_parse(key)
      with self.telling(start):
        recording["sized"] = {str(size): rows_of(self.report(start, "--workers", str(size)))
                              for size in sizes if tool_sizes(self.how.tool)}


def rows_of(report):
  return [{name: row[name] for name in ROW} for row in report["predictions"]]


def row_of(recording, target):
  """The row that speaks of the target, or None."""
  rows = recording["rows"]
  if target.sized:
    rows = recording["sized"].get(str(target.workers), rows)
  return next((row for row in rows if variant_of(row["model"], row["workers"]) == target), None)


def variant_recommended(start_key, recording, models):
  """The variant that the advice leads to; None when it gives none ("measure", or no size)."""
  told = recording["recommendation"]
  if told["action"] == "measure":
    return None
  if told["action"] in ("keep", "fix"):
    return variant_parse(start_key)
  model = told["model"]
  if model == "hybrid" and model not in models:
    model = "processes"  # its CPU side, at that size
  return variant_of(model, told["workers"])


def tool_sizes(tool):
  """Whether the tool can predict for a given number of workers."""
  if not hasattr(tool_sizes, "known"):
    tool_sizes.known = b"--workers" in run([tool, "--help=all"], os.environ).output
  return tool_sizes.known
