#!/usr/bin/env python3
"""Faults, of targets and of the tool: the totals hold, nobody is hurt, and nothing remains."""
import contextlib
import json
import os
import signal
import subprocess
import time

import live
from _overrun import overrun, totals_hold
from live import cpu_of


def loaded_by(pid):
  """The programs, maps and links that a process holds, as bpftool names them: ("prog", 17)."""
  found = set()
  for name in os.listdir("/proc/%d/fdinfo" % pid):
    with contextlib.suppress(OSError), open("/proc/%d/fdinfo/%s" % (pid, name), "rb") as file:
      for line in file.read().decode().splitlines():
        if line.startswith(("prog_id:", "map_id:", "link_id:")):
          key, number = line.split()
          found.add((key[:-len("_id:")], int(number)))
  return found


def attached(pid, *options):
  """The tool, measuring a process, and where its report will be."""
  path = live.path_new("report.json")
  tool = subprocess.Popen([live.TOOL, "--json", "-o", path, "-p", str(pid), *options])
  end = time.monotonic() + 30
  while "link" not in {kind for kind, _ in loaded_by(tool.pid)} and time.monotonic() < end:
    time.sleep(0.05)
  time.sleep(0.5)
  return tool, path


# What happens to targets.


@live.case
def target_that_becomes_a_daemon():
  run = overrun("daemon")
  assert run.status == 0
  rows = [t for t in run.report["threads"] if cpu_of(t["time"]) > 0.05]
  # The command ends at once; what it left behind is no part of it, and is not waited for.
  assert run.report["window"]["processes_seen"] >= 1 and len(rows) <= 1, rows


@live.case
def daemon_is_followed_while_its_parent_lives():
  run = live.launch("sh", "-c", "%s daemon >/dev/null; sleep 2" % live.program("overrun"))
  slept = [t["time"]["sleep"] for t in run.report["threads"] if t["name"] == "overrun"]
  live.close("sleep of the daemon", max(slept), 0.5, 0.2)


@live.case
def target_that_changes_its_namespaces():
  run = overrun("namespaces")
  totals_hold(run)
  assert run.report["window"]["processes_seen"] == 2, run.report["window"]
  assert run.report["window"]["lost"] == 0, run.report["window"]


@live.case
def target_that_is_stopped_and_continued():
  with live.background(live.program("overrun"), "stay", 30) as child:
    tool, path = attached(child.pid, "-d", "3")
    os.kill(child.pid, signal.SIGSTOP)
    time.sleep(0.6)
    os.kill(child.pid, signal.SIGCONT)
    assert tool.wait(live.TIMEOUT_S) == 0
  stopped = live.report_read(path)["time"]["thread_s"]["stopped"]
  assert 0.2 <= stopped <= 0.75, "stopped for %g s" % stopped


@live.case
def target_that_gdb_traces():
  with live.background(live.program("overrun"), "stay", 40) as child:
    gdb = subprocess.Popen([live.required("gdb"), "-nx", "-batch", "-p", str(child.pid), "-ex",
                            "shell sleep 2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.2)
    run = live.attach([child.pid], 3)
    gdb.wait(live.TIMEOUT_S)
    assert child.poll() is None, "the target did not survive"
  assert run.report["time"]["thread_s"]["stopped"] > 0, run.report["time"]["thread_s"]


@live.case
def target_that_is_killed():
  """Its threads end where they are; their times go on until then."""
  with live.background(live.program("crowd"), 20, 100, 0.001, 0.1) as child:
    tool, path = attached(child.pid, "-d", "20")
    child.kill()
    assert tool.wait(live.TIMEOUT_S) == 0
  report = live.report_read(path)
  assert report["window"]["threads_seen"] == 21 and report["window"]["lost"] == 0, report["window"]
  assert report["window"]["wall_s"] < 10, report["window"]


@live.case
def target_that_is_met_in_the_middle_of_a_switch():
  """Its two threads switch 100,000 times a second: the tool comes to each while it leaves its CPU,
  or arrives there. Who then counted as running for good was found by live.report_check."""
  pinned = lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
  with live.background(live.program("ping_pong"), 1 << 30, preexec_fn=pinned) as child:
    for _ in range(24):
      live.attach([child.pid], 0.1)


# What happens to the tool.


def in_kernel():
  told = {}
  for kind in ("prog", "map", "link"):
    told[kind] = subprocess.run([live.required("bpftool"), "-j", kind, "show"], capture_output=True,
                                check=True).stdout
  return {(kind, row["id"]) for kind, rows in told.items() for row in json.loads(rows or b"[]")}


@live.case
def tool_that_is_killed_leaves_nothing():
  with live.background(live.program("overrun"), "stay", 30) as child:
    tool, _ = attached(child.pid)
    during = loaded_by(tool.pid) & in_kernel()
    assert {kind for kind, _ in during} >= {"prog", "map"}, "nothing was loaded: %s" % during
    tool.kill()
    tool.wait()
    end = time.monotonic() + 10
    while during & in_kernel() and time.monotonic() < end:
      time.sleep(0.1)
    assert not during & in_kernel(), "remained: %s" % (during & in_kernel())
    assert child.poll() is None, "the target did not survive"


@live.case
def tool_that_is_killed_does_not_end_its_command():
  mark = live.path_new("mark")
  tool = subprocess.Popen([live.TOOL, "-o", "/dev/null", "--", "sh", "-c",
                           ": >%s.begun; sleep 1.5; echo done >%s" % (mark, mark)])
  end = time.monotonic() + 20
  while not os.path.exists(mark + ".begun") and time.monotonic() < end:
    time.sleep(0.02)
  tool.kill()
  tool.wait()
  end = time.monotonic() + 15
  while not os.path.exists(mark) and time.monotonic() < end:
    time.sleep(0.05)
  assert os.path.exists(mark), "the command did not come to its end"


if __name__ == "__main__":
  live.main()
