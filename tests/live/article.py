#!/usr/bin/env python3
"""The article's programs get the article's answers, on every CPython that is installed.

Each is launched under the tool, and attached to while it goes on and on. That takes long for every
interpreter: without --all Debian's alone has all programs launched and attached to, and what was
predicted compared with what it then takes; the oldest and the newest other one run what rests on
the interpreter (how each keeps its lock, interpreter_lock.py tries on all).

Usage: article.py [--all] [--write] [WORD...]; --write writes docs/article.md instead.
"""
import glob
import os
import platform
import re
import subprocess
import sys

import live

ENDLESS = "100000"  # rounds
ATTACHED_S = 2
EXAMPLES = live.EXAMPLES


class Program:
  """One program of the article, what it is to be told, and how it is kept running for an attach."""
  def __init__(self, path, action, model, klass, attached_arguments, becomes=None):
    self.path, self.name = path, path.stem
    self.verdict = (action, model, klass)
    self.attached_arguments = attached_arguments
    self.becomes = becomes  # the program that does the same work as advised


SLEEPS = ["5", "0.2", ENDLESS]
COUNTS = ["3000000", ENDLESS]
PROGRAMS = [
    Program(EXAMPLES / "sleeps_sequential.py", "adopt", "threads", "io-bound", SLEEPS,
            "sleeps_threads.py"),
    Program(EXAMPLES / "sleeps_threads.py", "keep", "threads", "io-bound", SLEEPS),
    Program(EXAMPLES / "countdown_sequential.py", "adopt", "processes", "cpu-bound", COUNTS,
            "countdown_processes.py"),
    Program(EXAMPLES / "countdown_threads.py", "adopt", "processes", "gil-bound", COUNTS,
            "countdown_processes.py"),
    Program(EXAMPLES / "countdown_processes.py", "keep", "processes", "cpu-bound", COUNTS),
    Program(EXAMPLES / "gather.py", "keep", "event-loop", "io-bound", SLEEPS),
    Program(EXAMPLES / "blocking_loop.py", "fix", "event-loop", "loop-blocked", SLEEPS),
    Program(live.PROGRAMS / "blocking_at_once.py", "fix", "event-loop", "loop-blocked", SLEEPS),
]


def version_of(python):
  ask = [python, "-c", "import platform; print(platform.python_version())"]
  return subprocess.run(ask, capture_output=True, check=True).stdout.decode().strip()


def interpreters(oldest=(3, 7)):
  """Debian's first, then those of pyenv by version; before 3.7 there was no asyncio.run."""
  found = []
  of_pyenv = glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python"))
  for python in ["/usr/bin/python3", *of_pyenv]:
    if os.access(python, os.X_OK):
      version = tuple(map(int, re.findall(r"\d+", version_of(python))[:3]))
      if version >= oldest:
        found.append((python, version))
  return found[:1] + sorted(found[1:], key=lambda pair: pair[1])


def label(python, version):
  return "%s%d.%d.%d" % (("Debian " if python.startswith("/usr") else ""), *version)


def processes_of(pid):
  """The process and its children: what a person would list after -p."""
  with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
    return [pid, *map(int, file.read().split())]


def launched(program, python, *arguments):
  return live.launch(python, program.path, *arguments)


def attached(program, python):
  with live.background(python, program.path, *program.attached_arguments) as child:
    return live.attach(processes_of(child.pid), ATTACHED_S)


def forecast(run):
  told = ["%s x%s %.2f s" % (p["model"], p["workers"], p["wall_s"])
          for p in run.report["predictions"] if p["wall_s"] is not None]
  return "%.2f s; %s" % (run.report["window"]["wall_s"], ", ".join(told))


def verdict_check(run, program):
  assert run.verdict() == program.verdict, "%s; expected %s; %s" % (
      run.told(), " ".join(program.verdict), forecast(run))


def runtime_check(run, version):
  runtimes = [r for r in run.report["target"]["runtimes"] if r["name"] == "cpython"]
  assert runtimes, "no cpython in %s" % run.report["target"]["runtimes"]
  told = runtimes[0]["version"]
  expected = "%d.%d.%d" % version
  assert told in (expected, expected.rsplit(".", 1)[0]), "version %s, it is %s" % (told, expected)


def takes_s(python, path):
  """How long the program takes where no other one wants the CPUs: the longest queueing left out."""
  report = live.launch(python, path).report
  return report["window"]["wall_s"] - max(t["time"]["run_queue"] for t in report["threads"])


def prediction_check(run, program, python):
  """What was predicted for the model advised, against the program that is built like that.

  The range is that which DESIGN's bounds were found to have, 0.71 to 1.44, and a tenth of a second
  for what starting an interpreter may take.
  """
  predicted = {p["model"]: p["wall_s"] for p in run.report["predictions"]}[program.verdict[1]]
  actual = takes_s(python, EXAMPLES / program.becomes)
  assert 0.71 * actual - 0.1 <= predicted <= 1.44 * actual + 0.1, \
      "predicted %.2f s, %s takes %.2f s" % (predicted, program.becomes, actual)


def case_add(name, program, python, version, how, arguments=(), predicts=False):
  def run_case():
    run = how(program, python, *arguments)
    runtime_check(run, version)
    verdict_check(run, program)
    if program.becomes and predicts:
      prediction_check(run, program, python)

  run_case.__name__ = "%s_%s_%s" % (program.name, name, label(python, version).replace(" ", "_"))
  live.case(run_case)


# One for each verdict that rests on what is read out of the interpreter, with the arguments of a run
# of a second or two; the others are the kernel's to tell, and the same for every version.
OF_THE_INTERPRETER = {"countdown_threads": [], "blocking_loop": ["5", "0.3"]}


def cases_add(all_of_them):
  found = interpreters()
  for python, version in found:
    thorough = all_of_them or (python, version) == found[0]
    for program in PROGRAMS:
      if thorough:
        case_add("launched", program, python, version, launched, predicts=True)
        case_add("attached", program, python, version, attached)
      elif program.name in OF_THE_INTERPRETER and (python, version) in (found[1], found[-1]):
        arguments = OF_THE_INTERPRETER[program.name]
        case_add("launched", program, python, version, launched, arguments)


def cell(run, program):
  mark = "" if run.verdict() == program.verdict else " (wrong)"
  speedup = run.report["recommendation"]["expected_speedup"]
  gain = "" if speedup is None or run.verdict()[0] == "keep" else ", %.1fx" % speedup
  return "%s %s, %s%s%s" % (*run.verdict(), gain, mark)


HEADER = """# The article's programs and what they are told

Every program runs under every CPython at hand, launched and attached to. Made by
`tests/live/article.py --write` on Linux %s with %d CPUs.
A verdict that is not the article's is marked as wrong.

| program | CPython | launched | attached |
| --- | --- | --- | --- |
"""


def table_write(path):
  with open(path + ".new", "w", encoding="utf-8") as file:
    file.write(HEADER % (platform.release(), os.cpu_count()))
    for program in PROGRAMS:
      for python, version in interpreters():
        cells = [cell(how(program, python), program) for how in (launched, attached)]
        row = "| `%s` | %s | %s | %s |" % (program.path.name, label(python, version), *cells)
        print(row, flush=True)
        file.write(row + "\n")
  os.rename(path + ".new", path)


if __name__ == "__main__":
  if "--write" in sys.argv:
    table_write(str(live.SOURCE / "docs" / "article.md"))
    sys.exit(0)
  cases_add("--all" in sys.argv)
  live.main()
