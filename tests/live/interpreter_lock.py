#!/usr/bin/env python3
"""Who holds the interpreter's lock, who waits for it, and how much computing does without it.

A loop of pure Python holds it all the time; zlib.compress and a large hash give it back while they
compute. Two threads of the first therefore run no faster than one, two of the second nearly twice
as fast; and one thread alone shows already which of them a program is.

On every CPython at hand: Debian's, those of pyenv, and python3.14, from PATH or $PYTHON314. A
version that should be tested and is not there is listed as absent.
"""
import json
import os
import re
import shutil
import subprocess

import article
import live

SPIN = """
import hashlib, json, resource, sys, threading, time, zlib
def spin(end):
  while time.monotonic() < end:
    sum(range(20000))
def squeeze(end, data=bytes(range(256)) * 20000):
  while time.monotonic() < end:
    zlib.compress(data)
def digest(end, data=bytes(range(256)) * 20000):
  while time.monotonic() < end:
    hashlib.sha256(data).digest()
end = time.monotonic() + 1
work, count = globals()[sys.argv[1]], int(sys.argv[2])
threads = [threading.Thread(target=work, args=(end,)) for _ in range(count)]
[t.start() for t in threads]
[t.join() for t in threads]
count or work(end)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"cpu_s": used.ru_utime + used.ru_stime}))
"""

IDLE = """
import queue, threading, time
q, lock = queue.Queue(), threading.Lock()
lock.acquire()
for wait in (q.get, lock.acquire):
  threading.Thread(target=wait, daemon=True).start()
time.sleep(1.5)
"""


# The versions that the tool is to know; before 3.7 it does not, which its report then says.
MINORS = range(8, 15)
KNOWN_FROM = (3, 7)


def is_known(lock, version):
  known = lock["held_share"] is not None
  assert known == (version >= KNOWN_FROM), "held_share %s" % lock["held_share"]
  return known


def pure_python_check(python, version):
  run = live.launch(python, "-c", SPIN, "spin", 2)
  lock = run.report["interpreter_lock"]
  spinning = sorted(run.report["threads"], key=lambda t: -t["wall_s"])[1:3]
  for thread in spinning:
    waited, ran = thread["time"]["interpreter_lock"], live.cpu_of(thread["time"])
    # Two equal threads under one lock: one waits while the other runs, whatever else the CPUs do.
    share = waited / (waited + ran)
    assert 0.35 < share < 0.65, "waited %g s for the lock, ran %g s" % (waited, ran)
  live.close("wait_s", lock["wait_s"], run.report["time"]["thread_s"]["interpreter_lock"], 0.01)
  if is_known(lock, version):
    # Not quite all: at every hand-over a thread is in futex() without it, the more so on a busy
    # machine.
    assert lock["held_share"] > 0.8, "held_share %s" % lock["held_share"]
  assert any(l["kind"] == "interpreter" for l in run.report["locks"]), run.report["locks"]


def zlib_check(python, version):
  run = live.launch(python, "-c", SPIN, "squeeze", 2)
  used = json.loads(run.stdout)["cpu_s"]
  lock = run.report["interpreter_lock"]
  assert run.report["time"]["thread_s"]["interpreter_lock"] < 0.1 * used, lock
  if is_known(lock, version):
    assert lock["held_share"] < 0.15, "held_share %s" % lock["held_share"]
    live.close("free_cpu_share", lock["free_cpu_share"], 1 - lock["held_share"], 0.1)
  assert run.verdict()[:2] != ("adopt", "processes"), run.report["recommendation"]["summary"]


def idle_check(python, version):
  """Neither queue.get() nor a Lock of the program's own is the interpreter's."""
  run = live.launch(python, "-c", IDLE)
  waited = run.report["time"]["thread_s"]["interpreter_lock"]
  assert waited < 0.02, "%.3f s for the interpreter's lock" % waited


def alone_check(work, key, least):
  """A program of one thread, which nobody waits for: only samples can tell."""
  def check(python, version):
    run = live.launch(python, "-c", SPIN, work, 0)
    lock = run.report["interpreter_lock"]
    if is_known(lock, version):
      assert lock[key] > least, "%s %s" % (key, lock[key])

  check.__name__ = "alone_%s_check" % work
  return check


def free_threaded_check(python, version):
  run = live.launch(python, "-c", SPIN, "spin", 2)
  runtimes = [r for r in run.report["target"]["runtimes"] if r["name"] == "cpython"]
  assert [r["global_lock"] for r in runtimes] == [False], runtimes
  assert runtimes[0]["version"] == "%d.%d.%dt" % version, runtimes
  assert run.report["interpreter_lock"] is None, run.report["interpreter_lock"]


# Of what gives the lock back more than half is computed without it: making the result is not, and
# takes the longer the dearer its pages are.
# On each version; what is the same for all of them, on the first and the last.
CHECKS = [pure_python_check, alone_check("squeeze", "free_cpu_share", 0.5)]
FURTHER_CHECKS = [
    zlib_check,
    idle_check,
    alone_check("spin", "held_share", 0.9),
    alone_check("digest", "free_cpu_share", 0.5)
]


def is_free_threaded(python):
  ask = "import sysconfig; print(sysconfig.get_config_var('Py_GIL_DISABLED') or 0)"
  return subprocess.run([python, "-c", ask], capture_output=True, check=True).stdout == b"1\n"


def newest():
  """What $PYTHON314 names has to run; python3.14 on PATH may be a shim with nothing behind it."""
  python = os.environ.get("PYTHON314")
  if not python:
    python = shutil.which("python3.14")
    if python and subprocess.run([python, "-c", ""], stderr=subprocess.DEVNULL).returncode != 0:
      python = None
  return python


def interpreters():
  found, python = article.interpreters(oldest=(3, 6)), newest()
  if python:
    version = tuple(map(int, re.findall(r"\d+", article.version_of(python))[:3]))
    if version not in [known for _, known in found]:
      found.append((python, version))
  return found


def absent_print(found):
  for minor in MINORS:
    if not any(version[:2] == (3, minor) for _, version in found):
      print("absent   CPython 3.%d is not on this machine: not tested" % minor, flush=True)


def case_add(check, python, version):
  def run_case():
    check(python, version)

  label = article.label(python, version).replace(" ", "_")
  run_case.__name__ = check.__name__.replace("_check", "_") + label
  live.case(run_case)


def cases_add():
  found = interpreters()
  absent_print(found)
  free_threaded = {python for python, _ in found if is_free_threaded(python)}
  for check in CHECKS + FURTHER_CHECKS:
    for python, version in found if check in CHECKS else (found[0], found[-1]):
      if python not in free_threaded:
        case_add(check, python, version)
  for python, version in found:
    if python in free_threaded:
      case_add(free_threaded_check, python, version)


@live.case
def found_in_a_program_that_comes_from_disk():
  """Its file is mapped long before the exec is done, so that records of both are read apart."""
  python = live.path_new("python3")
  shutil.copy("/usr/bin/python3", python)
  for _ in range(8):
    with open(python, "rb") as file:
      os.fsync(file.fileno())
      os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    run = live.launch("env", python, "-S", "-c", "sum(range(3000000))")
    assert run.report["interpreter_lock"], run.report["target"]["runtimes"]


@live.case
def a_native_program_has_no_interpreter_lock():
  run = live.launch(live.program("mutex_fight"))
  assert run.report["interpreter_lock"] is None, run.report["interpreter_lock"]


if __name__ == "__main__":
  cases_add()
  live.main()
