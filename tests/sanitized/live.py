#!/usr/bin/env python3
"""The sanitized program on real ones: nothing is read or written out of place, nothing leaks.

Times are not judged here; that is what the live tests are for.
"""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "live"))
import live

FOUND = (b"Sanitizer", b"runtime error:")

CROWD = """
import threading
gate = threading.Event()
threads = [threading.Thread(target=gate.wait) for _ in range(500)]
for t in threads: t.start()
gate.set()
for t in threads: t.join()
"""
GIL = """
import threading
def count():
  n = 300000
  while n: n -= 1
threads = [threading.Thread(target=count) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
"""
NODE = """
const {readFileSync} = require('fs');
let n = 0;
const timer = setInterval(() => {
  for (let i = 0; i < 1e6; i++) n += i % 7;
  readFileSync('/proc/self/stat');
  if (n > 5e7) clearInterval(timer);
}, 5);
"""


def watched(*arguments, status=0):
  """The tool, which must have nothing to say but its report."""
  done = subprocess.run([live.TOOL, *map(str, arguments)], stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, timeout=live.TIMEOUT_S,
                        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1"})
  for word in FOUND:
    assert word not in done.stderr, done.stderr.decode(errors="replace")[-6000:]
  assert done.returncode == status, "status %d: %s" % (done.returncode, done.stderr[-2000:])
  return done


def measured(*command, options=()):
  """Launched, recorded, told; and told again from the recording."""
  recording, report = live.path_new("recording"), live.path_new("report")
  watched("--json", "-o", report, "--record", recording, *options, "--", *command)
  made = live.report_read(report)
  assert made and made["window"]["threads_seen"] > 0, made
  watched("report", "-v", "--explain", recording)
  return made


@live.case
def python_threads():
  made = measured(sys.executable, "-c", GIL)
  assert any(r["name"] == "cpython" for r in made["target"]["runtimes"]), made["target"]


@live.case
def five_hundred_threads():
  assert measured(sys.executable, "-c", CROWD)["concurrency"]["threads_peak"] > 400


@live.case
def a_launcher_with_more_processes_than_its_program():
  """What was kept of them is forgotten, wherever it was kept, while they are looked at now and then."""
  helpers = "for i in 1 2 3 4 5; do sleep 0.05; %s -c 'sum(range(300000))'; done; "
  made = measured("sh", "-c", helpers % sys.executable + 'exec "$0" -c "$1"', sys.executable, GIL)
  assert made["target"]["launcher"]["processes"] >= 1 + 10, made["target"]
  assert made["window"]["processes_seen"] == 1, made["window"]


@live.case
def node():
  if not shutil.which("node"):
    raise live.Skip("node is not installed")
  measured("node", "--perf-basic-prof", "--interpreted-frames-native-stack",
           "--logfile=" + live.path_new("v8.log"), "-e", NODE)


@live.case
def native_with_debug_information():
  program = live.path_new("sites")
  subprocess.run(["g++", "-g", "-O1", "-pthread", "-o", program,
                  live.SOURCE / "tests/unit/specimen/symbol.cpp"], check=True)
  measured(program)
  program = live.path_new("convoy")
  subprocess.run(["cc", "-g", "-O1", "-pthread", "-o", program,
                  live.EXAMPLES / "mutex_convoy.c"], check=True)
  measured(program)


@live.case
def attached():
  child = subprocess.Popen([sys.executable, "-c", "import time\nwhile True: time.sleep(0.01)"])
  try:
    time.sleep(0.5)
    watched("-p", child.pid, "-d", 1, "-v")
  finally:
    child.kill()
    child.wait()


@live.case
def children_and_failures():
  measured("sh", "-c", "for i in 1 2 3 4 5; do ls / | sort | tail -1; done")
  watched("no-such-command", status=127)
  watched("-p", 2 ** 22 - 1, "-d", 1, status=125)


live.main()
