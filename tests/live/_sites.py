"""What tests of call sites share: programs as they are compiled, and what a recording tells."""
import collections
import json
import re
import shutil
import subprocess

import live

LEAST_S = 0.02  # shorter ones are too short to judge by samples
# Two busy CPUs of a virtual machine, and 499 samples a second of 70 ms and more.
SLACK_SHARE, SLACK_S = 0.35, 0.005


def line_of(callsite):
  """The frame of a reported chain that stands out."""
  return next((f for f in callsite if f["stands_out"]), None)


class Place:
  """What a recording tells of one stack: how long it was waited and computed there."""
  def __init__(self, frames, callsite):
    self.frames, self.callsite = frames, callsite  # as recorded; as reported
    self.line = line_of(callsite)
    self.seconds = {"waits": 0.0, "computes": 0.0}


def rows(table):
  """A list of a recording, which is one of objects or one of rows under their names."""
  if table and isinstance(table[0], list):
    return [dict(zip(table[0], row)) for row in table[1:]]
  return table


def callsites_of(recording):
  """How the report shows each stack: of a recording with one wait for every stack, kinds apart."""
  count = len(rows(recording["stacks"]))
  wait = dict(recording["waits"][0], thread=0, file=None, count=1, open=0, asked=0, continued=0,
              total_ns=1000, max_ns=1000, durations=[], futex_address=0)
  site = dict(taken=1, count=1, total_ns=1000, max_ns=1000, lock_held=None, lock_wanted=False,
              holds=0)
  names = recording["sites"][0]
  asked = dict(recording, samples=[], threads=recording["threads"][:1])
  for key in ("segments", "exchanges", "stalls"):
    asked[key] = recording[key][:1]  # the columns' names
  asked["waits"] = [dict(wait, syscall="stack-%d" % number) for number in range(count)]
  asked["sites"] = [names]
  for number in range(count):
    row = dict(site, wait=number, stack=number)
    asked["sites"].append([row[name] for name in names])
  path = live.path_new("recording")
  with open(path, "w", encoding="utf-8") as file:
    json.dump(asked, file)
  told = subprocess.run([live.TOOL, "report", "--json", "-o", "-", path], check=True,
                        capture_output=True).stdout
  waits = json.loads(told)["waits"]
  return {int(row["syscall"][len("stack-"):]): row["callsite"] for row in waits}


def places_of(recording):
  """By stack."""
  frames, stacks = rows(recording["frames"]), rows(recording["stacks"])
  callsites = callsites_of(recording)
  places = [
      Place([frames[i] for i in stack["frames"]], callsites.get(number, []))
      for number, stack in enumerate(stacks)
  ]
  sites, taken_ns = rows(recording["sites"]), collections.Counter()
  for site in sites:
    taken_ns[site["wait"]] += site["total_ns"]
  for site in sites:  # sums of waits are exact, of their places estimated
    by = recording["waits"][site["wait"]]["total_ns"] / max(taken_ns[site["wait"]], 1)
    places[site["stack"]].seconds["waits"] += site["total_ns"] * by / 1e9
  sampled, placed = collections.Counter(), collections.Counter()
  samples = rows(recording["samples"])
  for sample in samples:
    sampled[sample["thread"]] += sample["count"]
    placed[sample["thread"]] += sample["count"] * (sample["stack"] is not None)
  for sample in samples:
    if sample["stack"] is not None:
      by = sampled[sample["thread"]] / placed[sample["thread"]]
      places[sample["stack"]].seconds["computes"] += sample["count"] * by / recording["sample_hz"]
  return places


def recorded(*command, options=(), **how):
  """Runs it under the tool, at a rate that tells 70 ms; its truths, its recording, its report."""
  path = live.path_new("recording")
  run = live.launch(*command, options=["--record", path, "-F", "499", *options], **how)
  with open(path, encoding="utf-8") as file:
    recording = json.load(file)
  return [json.loads(line) for line in run.stdout.splitlines()], recording, run.report


def compiled(name, *words, source="sites.c", libraries=("-pthread", "-lm")):
  """COMPILER FLAGS..., in a folder of its own."""
  if not shutil.which(words[0]):
    raise live.Skip(words[0] + " is not installed")
  made = live.path_new(name)
  subprocess.run([*words, "-o", made, str(live.PROGRAMS / source), *libraries], check=True)
  return made


def stripped(path, *flags):
  """What was stripped is kept beside, to tell what is where."""
  shutil.copy(path, path + ".whole")
  subprocess.run(["strip", *flags, path], check=True)
  return path


def site_of(truth):
  return tuple(truth[key] for key in ("kind", "what", "function", "line"))


class Tally:
  """How often function and line were right, of how many."""
  def __init__(self):
    self.of_functions = self.of_lines = 0
    self.functions_missed, self.lines_missed = [], []

  @property
  def functions(self):
    return self.of_functions - len(self.functions_missed)

  @property
  def lines(self):
    return self.of_lines - len(self.lines_missed)

  @property
  def missed(self):
    return self.functions_missed + [t for t in self.lines_missed if t not in self.functions_missed]

  def add(self, truth, function_right, line_right):
    self.of_functions += 1
    self.of_lines += line_right is not None
    if not function_right:
      self.functions_missed.append(truth)
    if line_right is False:
      self.lines_missed.append(truth)

  def missed_again(self, other):
    """Of two runs of the same sites: those count as missed that both missed."""
    for name in ("functions_missed", "lines_missed"):
      again = {site_of(truth) for truth in getattr(other, name)}
      setattr(self, name, [t for t in getattr(self, name) if site_of(t) in again])

  def sum(self, other):
    for name in ("of_functions", "of_lines", "functions_missed", "lines_missed"):
      setattr(self, name, getattr(self, name) + getattr(other, name))

  def told(self):
    return "function %d/%d, line %d/%d" % (self.functions, self.of_functions, self.lines,
                                           self.of_lines)


class Language:
  """How a language's names are compared, and which line is the truth's."""
  def function_is(self, told, truth):
    return told == truth


class Native(Language):
  """A told name has parameters, generics and what the compiler hung on it around the truth's."""
  def function_is(self, told, truth):
    return bool(told and re.search(r"(^|::|\s|[<>{])" + re.escape(truth) + r"($|[^\w])", told))


def is_enough(told_s, truth_s):
  return told_s >= truth_s * (1 - SLACK_SHARE) - SLACK_S


def judge(truths, places, language, has_lines=True, function="function"):
  """Of every site: is most of its time at its function, and at its line?"""
  tally = Tally()
  lines = [(p.line, p.seconds) for p in places if p.line]
  for truth in (t for t in truths if t["seconds"] >= LEAST_S):
    same = lambda a, b: language.function_is(a["function"], b[function])  # pylint: disable=all
    at = [(line, s[truth["kind"]]) for line, s in lines if same(line, truth)]
    if has_lines:
      at = [(line, s) for line, s in at if line["file"] == truth["file"]]
    # Functions of one name are one here.
    whole = sum(t["seconds"] for t in truths if t["kind"] == truth["kind"] and
                t[function] == truth[function] and (not has_lines or t["file"] == truth["file"]))
    function_right = is_enough(sum(s for _, s in at), whole)
    line_right = None
    if has_lines:
      exact = sum(s for line, s in at if line["line"] == truth["line"])
      line_right = is_enough(exact, truth["seconds"])
    else:
      assert not any(line["line"] for line, _ in at), "a line without line information: %s" % at
    tally.add(truth, function_right, line_right)
  return tally


def missed_words(missed):
  return "missed: " + ", ".join("%(function)s:%(line)d (%(what)s)" % t for t in missed)
