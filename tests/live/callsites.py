#!/usr/bin/env python3
"""Call sites against programs that know at which of their lines they wait, compute and lock.

Each program tells function, file, line and seconds of every one of its sites. Its recording tells
the same from outside: of every stack that was taken, the line that the report makes stand out. Over
all interpreters and all ways of compiling, the function has to be right 99 times of 100 and the
line 95 times; where there is no line information it has to be absent, not invented.

Usage: callsites.py [-v] [WORD...]; -v tells every site that was missed
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys

import article
import interpreter_lock
import live
from _sites import (SLACK_S, SLACK_SHARE, Language, Native, Tally, compiled, judge, line_of,
                    missed_words,
                    places_of, recorded, rows, stripped)

FUNCTIONS_RIGHT, LINES_RIGHT = 0.99, 0.95
VERBOSE = "-v" in sys.argv


everything = Tally()


def tally_check(what, tally, places):
  print("         %-44s %s" % (what, tally.told()), flush=True)
  if VERBOSE and tally.missed:
    missed_print(tally.missed, places)
  everything.sum(tally)
  assert tally.of_functions >= 8, "only %d sites" % tally.of_functions
  # One of them alone may have had bad luck; over all, the bounds are narrower.
  assert tally.functions >= 0.95 * tally.of_functions, missed_words(tally.missed)
  assert tally.lines >= 0.9 * tally.of_lines, missed_words(tally.missed)


def missed_print(missed, places):
  """Beside each, what was told of stacks that it is in."""
  for truth in missed:
    print("  missed %(kind)s %(function)s:%(line)d %(seconds).3f" % truth)
    for place in places:
      chain = ["%s:%s" % (f["function"], f["line"]) for f in place.frames]
      if place.line and any(truth["function"] in f for f in chain):
        print("    %.3f at %s:%s of %s" % (place.seconds[truth["kind"]], place.line["function"],
                                           place.line["line"], chain[:8]))


def place_of(callsite):
  line = line_of(callsite)
  return [line["function"], line["line"]] if line else None


def report_agrees(report, truths, language):
  """What the report shows is among the truths, and in all with no more time than is true.

  One wait by itself may stand for others that were not taken.
  """
  for kind, sites in (("waits", [site for wait in report["waits"] for site in wait["sites"]]),
                      ("computes", report["cpu_sites"])):
    told_s, true_s, lines = 0, 0, set()
    for site in sites:
      line = line_of(site["callsite"])
      true = [t for t in truths if t["kind"] == kind and line and t["line"] == line["line"] and
              t["file"] == line["file"] and language.function_is(line["function"], t["function"])]
      if true:
        told_s += site["total_s"]
        lines.add((line["file"], line["line"]))
    true_s = sum(t["seconds"] for t in truths if t["kind"] == kind and
                 (t["file"], t["line"]) in lines)
    assert told_s <= true_s * (1 + SLACK_SHARE) + SLACK_S, \
        "%s for %.3f s, the truth is %.3f s" % (kind, told_s, true_s)


def judged(what, measure, *how):
  """Runs it and judges its sites; where one is missed, by a second run too.

  A site has some 35 samples, of which only some stacks are taken, by chance, the fewer the slower
  the machine. What is named wrong is wrong in both runs; what had bad luck in one is not.
  """
  truths, places = measure()
  tally = judge(truths, places, *how)
  if tally.missed:
    tally.missed_again(judge(*measure(), *how))
  tally_check(what, tally, places)


# CPython.


def python_case_add(python, version):
  def measure():
    truths, recording, report = recorded(python, live.PROGRAMS / "sites.py")
    report_agrees(report, truths, Language())
    return truths, places_of(recording)

  def run_case():
    judged("CPython " + article.label(python, version), measure, Language())

  run_case.__name__ = "python_" + article.label(python, version).replace(" ", "_")
  live.case(run_case)


def blocked_case_add(python, version):
  """Found blocked when the tool attaches: those were not seen to begin."""
  def run_case():
    path = live.path_new("recording")
    with live.background(python, live.PROGRAMS / "sites_blocked.py", settle_s=0,
                         stdout=subprocess.PIPE) as child:
      truths = [json.loads(line) for line in iter(child.stdout.readline, b"{}\n")]
      live.attach([child.pid], 0.3, options=["--record", path])
    with open(path, encoding="utf-8") as file:
      lines = [place.line for place in places_of(json.load(file)) if place.line]
    seen = {(line["function"], line["line"]) for line in lines}
    missed = [t for t in truths if (t["function"], t["line"]) not in seen]
    assert len(truths) == 9 and not missed, "%s; seen: %s" % (missed, sorted(seen, key=str))

  run_case.__name__ = "found_blocked_" + article.label(python, version).replace(" ", "_")
  live.case(run_case)


# Native programs: how they are compiled, and what is left in them.


class Variant:
  def __init__(self, name, build, has_lines=True, function="function", has_names=True):
    self.name, self.build = name, build
    self.has_lines, self.function, self.has_names = has_lines, function, has_names


def debug_beside(path):
  folder = os.path.join(os.path.dirname(path), ".debug")
  os.mkdir(folder)
  debug = os.path.join(folder, os.path.basename(path) + ".debug")
  subprocess.run(["objcopy", "--only-keep-debug", path, debug], check=True)
  subprocess.run(["objcopy", "--strip-all", "--add-gnu-debuglink=" + debug, path], check=True)
  return path


def debug_small(path):
  """Names of functions alone, packed into the program itself, as Fedora does."""
  names = subprocess.run(["nm", "--defined-only", "--format=posix", path], check=True,
                         capture_output=True).stdout.decode().splitlines()
  keep, debug, small = (path + end for end in (".keep", ".all", ".small"))
  with open(keep, "w", encoding="ascii") as file:
    file.writelines(line.split()[0] + "\n" for line in names if line.split()[1] in "tTdD")
  subprocess.run(["objcopy", "--only-keep-debug", path, debug], check=True)
  subprocess.run(["objcopy", "-S", "--keep-symbols=" + keep, debug, small], check=True)
  subprocess.run(["xz", small], check=True)
  subprocess.run(["strip", path], check=True)
  subprocess.run(["objcopy", "--add-section", ".gnu_debugdata=" + small + ".xz", path], check=True)
  return path


def shared():
  """All of it in a library, which is stripped; the program just calls it."""
  library = compiled("libsites.so", "gcc", "-O2", "-g", "-fPIC", "-shared", "-Dmain=sites_main")
  main = live.path_new("sites")
  source = main + ".c"
  with open(source, "w", encoding="ascii") as file:
    file.write("int sites_main(void);\nint main(void) { return sites_main(); }\n")
  rpath = "-Wl,-rpath," + os.path.dirname(library)
  subprocess.run(["gcc", "-O2", "-o", main, source, library, rpath], check=True)
  stripped(library, "--strip-unneeded")
  return main


OUTER = dict(has_lines=False, function="outer")
VARIANTS = [
    Variant("gcc -O0", lambda: compiled("sites", "gcc", "-O0", "-g")),
    Variant("gcc -O2", lambda: compiled("sites", "gcc", "-O2", "-g")),
    Variant(
        "gcc -O3 -gz -no-pie, frame pointers", lambda: compiled(
            "sites", "gcc", "-O3", "-g", "-gz", "-no-pie", "-fno-pie", "-fno-omit-frame-pointer")),
    Variant("gcc -O2 static", lambda: compiled("sites", "gcc", "-O2", "-g", "-static")),
    Variant("gcc -O2 -g0", lambda: compiled("sites", "gcc", "-O2", "-g0"), **OUTER),
    Variant("gcc -O2 stripped", lambda: stripped(compiled("sites", "gcc", "-O2", "-g")),
            has_names=False),
    Variant("gcc -O2, debug file beside", lambda: debug_beside(
        compiled("sites", "gcc", "-O2", "-g"))),
    Variant("gcc -O2 .gnu_debugdata", lambda: debug_small(compiled("sites", "gcc", "-O2", "-g")),
            **OUTER),
    Variant("gcc -O2 shared, stripped", shared, has_names=False),
    Variant("clang -O2", lambda: compiled("sites", "clang", "-O2", "-g")),
    Variant("g++ -O2", lambda: compiled("sites", "g++", "-O2", "-g", source="sites.cpp")),
    Variant("clang++ -O1", lambda: compiled("sites", "clang++", "-O1", "-g", source="sites.cpp")),
    Variant("rustc -O",
            lambda: compiled("sites", "rustc", "-O", "-g", source="sites.rs", libraries=())),
]


def names_add(places):
  """Of frames with module and offset alone: what the file from before the strip has there."""
  asked = collections.defaultdict(set)
  for place in places:
    for frame in place.callsite:
      if not frame["function"] and frame["module"] and os.path.exists(frame["module"] + ".whole"):
        asked[frame["module"]].add(frame["offset"])
  found = {}
  for module, offsets in asked.items():
    offsets = sorted(offsets)
    told = subprocess.run(["addr2line", "-f", "-e", module + ".whole", *offsets], check=True,
                          capture_output=True).stdout.decode().splitlines()
    for offset, function, place in zip(offsets, told[::2], told[1::2]):
      file, _, line = place.split(" ")[0].partition(":")
      if line.isdigit():
        found[module, offset] = dict(function=function, file=file, line=int(line))
  for place in places:
    named = [f for f in place.callsite if (f["module"], f["offset"]) in found]
    for frame in named:
      frame.update(found[frame["module"], frame["offset"]])
    if named:
      place.line = named[0]


# What was not stripped: the program around the library, with what the compiler begins and ends it by.
OF_THE_PROGRAM = (None, "sites_main", "__do_global_dtors_aux")


def unnamed_check(places, recording, report):
  """Never a wrong name: what was stripped has none at all, and the report counts that."""
  for place in places:
    for frame in place.callsite:
      if (frame["module"] or "").endswith(("/sites", "/libsites.so")):
        assert frame["function"] in OF_THE_PROGRAM and not frame["line"], frame
  (told,) = [check for check in report["quality"]["checks"] if check["id"] == "names"]
  named, of = map(int, re.search(r"(\d+) of (\d+) frames", told["message"]).groups())
  frames = rows(recording["frames"])
  true = sum(frame["function"] is not None for frame in frames)
  assert (named, of) == (true, len(frames)) and named < of, told


def native_case_add(variant):
  def measure():
    truths, recording, report = recorded(variant.build())
    places = places_of(recording)
    if not variant.has_names:
      unnamed_check(places, recording, report)
      names_add(places)
    report_agrees(report, truths, Native())
    return truths, places

  def run_case():
    judged(variant.name, measure, Native(), variant.has_lines, variant.function)

  run_case.__name__ = "native_" + re.sub(r"\W+", "_", variant.name.replace("++", "xx"))
  live.case(run_case)


# Runtimes of their own: by the symbols that a Go program has, and the map that a JVM writes.


def go_by_its_symbols():
  source = live.PROGRAMS / "sites.go"
  program = live.path_new("sites")
  subprocess.run([live.required("go"), "build", "-o", program, source], check=True)
  report = live.launch(program).report
  with open(source, encoding="utf-8") as file:
    marks = {line.split("// <- ")[1].strip(): number for number, line in enumerate(file, 1)
             if "// <- " in line}
  assert place_of(report["cpu_sites"][0]["callsite"]) == ["main.(*cart).count", marks["computes"]]
  waits = [place_of(wait["callsite"]) for wait in report["waits"] if wait["syscall"] == "read"]
  assert ["main.readsAPipe", marks["waits"]] in waits, waits


def java_by_its_map():
  """Maps tell names alone; without one, the report tells how to get it."""
  options = ["-XX:+UnlockDiagnosticVMOptions", "-XX:+DumpPerfMapAtExit"]
  command = [live.required("java"), "-cp", os.path.dirname(live.path_new("x")), "Sites"]
  subprocess.run([live.required("javac"), "-d", command[2], live.PROGRAMS / "Sites.java"],
                 check=True)
  named = live.launch(command[0], *options, *command[1:]).report
  assert place_of(named["cpu_sites"][0]["callsite"])[0] == "Sites.computes", named["cpu_sites"][0]
  names = [c["message"] for c in live.launch(*command).report["quality"]["checks"]
           if c["id"] == "names"]
  assert options[-1] in names[0], names


# Locks: where they are waited for, by whom they are held meanwhile, and what they are called.


def lock_check(lock, truth):
  waited = [truth["reader"], truth["waited_at"]]
  assert place_of(lock["callsite"]) == waited, "%s: %s" % (truth, place_of(lock["callsite"]))
  chain = [[f["function"], f["line"]] for f in lock["holders"][0]["callsite"]]
  assert [truth["writer"], truth["held_at"]] in chain, "%s: held by %s" % (truth, chain)
  name = lock["name"] and lock["name"].split("+")[0]
  assert name == truth["name"], "%s: is called %s" % (truth, lock["name"])


def locks_by_name_and_line():
  truths, _, report = recorded(compiled("locks", "gcc", "-O2", "-g", source="sites_locks.c"), 1.5)
  for truth in truths:
    found = [l for l in report["locks"] if place_of(l["callsite"]) and
             place_of(l["callsite"])[0] == truth["reader"]]
    assert len(found) == 1, "%s: %s" % (truth, [place_of(l["callsite"]) for l in report["locks"]])
    lock_check(found[0], truth)


def locks_at_once():
  """Eight that are held and waited for at the same time: of each it is seen where it is held."""
  _, _, report = recorded(compiled("locks", "gcc", "-O2", "-g", source="locks_at_once.c"), 8)
  at = [{(place_of(h["callsite"]) or [None])[0] for h in l["holders"]} for l in report["locks"]
        if l["address"]]
  assert at == [{"holds"}] * 8, at


def gil_case_add(python, version):
  def run_case():
    (truth,), _, report = recorded(python, live.PROGRAMS / "sites_gil.py", 1)
    lock = next(l for l in report["locks"] if l["kind"] == "interpreter")
    assert place_of(lock["callsite"]) == truth["waits"], "%s: %s" % (truth, lock["callsite"])
    holder = lock["holders"][0]
    assert place_of(holder["callsite"]) == truth["holds"], "%s: %s" % (truth, holder["callsite"])
    assert holder["share"] is None or holder["share"] > 0.7, holder

  run_case.__name__ = "gil_" + article.label(python, version).replace(" ", "_")
  live.case(run_case)


def over_all():
  """Of all that ran before it."""
  if not everything.of_functions:
    raise live.Skip("nothing was judged")
  print("         %-44s %s" % ("over all", everything.told()), flush=True)
  assert everything.functions >= FUNCTIONS_RIGHT * everything.of_functions, \
      missed_words(everything.missed)
  assert everything.lines >= LINES_RIGHT * everything.of_lines, missed_words(everything.missed)


def cases_add():
  live.cases[:] = [go_by_its_symbols, java_by_its_map, locks_by_name_and_line,
                   locks_at_once]  # none of an imported script
  pythons = [(python, version) for python, version in interpreter_lock.interpreters()
             if version >= (3, 8) and not interpreter_lock.is_free_threaded(python)]
  for python, version in pythons:
    python_case_add(python, version)
  for python, version in pythons[:2] + pythons[-1:]:  # Debian's, the oldest, the newest
    gil_case_add(python, version)
    blocked_case_add(python, version)
  for variant in VARIANTS:
    native_case_add(variant)
  live.case(over_all)


if __name__ == "__main__":
  cases_add()
  live.main()
