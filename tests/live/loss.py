#!/usr/bin/env python3
"""More than the tool keeps, and faults: the totals hold, what was lost is counted, nothing remains.

With --full the sizes of docs/bounds.md: 10,000 threads, 20,000 processes, as many switches a second
as the machine makes. Without, smaller ones that overrun the same bounds where that takes no minutes.
"""
import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import live
from live import cpu_of

FULL = "--full" in sys.argv
CPU_SHARE = 0.05
CPU_SLACK_S = 0.03


def truths_of(stdout, what):
  return [t for t in map(json.loads, stdout.decode().splitlines()) if t["what"] == what]


def totals_hold(run, whose=("process", "children")):
  """CPU as getrusage has it; that states add up to the wall time is true of every report."""
  used = sum(t["user_s"] + t["kernel_s"] for what in whose for t in truths_of(run.stdout, what))
  live.close("CPU by getrusage", cpu_of(run.report["time"]["thread_s"]), used, CPU_SHARE, CPU_SLACK_S)


def loss_is_told(run):
  assert run.report["window"]["lost"] > 0, "nothing is said to be lost"
  check = next(c for c in run.report["quality"]["checks"] if c["id"] == "loss")
  assert not check["passed"], check
  assert run.report["quality"]["grade"] != "good", run.report["quality"]


def overrun(*words, options=(), **how):
  return live.launch(live.program("overrun"), *words, options=options, **how)


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


# Bounds.


@live.case
def more_futex_words_than_have_rows():
  run = overrun("futexes", 400)
  totals_hold(run)
  loss_is_told(run)
  waits = [w for w in run.report["waits"] if w["syscall"] == "futex"]
  assert sum(w["count"] for w in waits) >= 400, waits


@live.case
def more_files_than_have_names():
  folder = os.path.dirname(live.path_new("fifos"))
  run = overrun("fifos", 5000, cwd=folder)
  totals_hold(run)
  loss_is_told(run)
  assert sum(w["count"] for w in run.report["waits"]) >= 5000, "waits were lost, not names alone"


@live.case
def more_threads_come_and_go_than_have_rows():
  count = 6000
  run = overrun("threads", count, 1e9)
  totals_hold(run)
  rows = run.report["threads"]
  assert run.report["window"]["threads_seen"] == count + 1, run.report["window"]
  assert sum(r.get("threads", 1) for r in rows) == count + 1, "a thread is in no row"
  assert len(rows) <= 4096 + 100, "%d rows" % len(rows)
  assert run.report["window"]["lost"] == 0, run.report["window"]


def more_stacks_than_are_kept():
  run = overrun("chains", 40000, timeout=600)
  totals_hold(run)
  assert run.report["window"]["lost"] > 0, run.report["window"]


if FULL:  # a minute, since only so many stacks are taken in a second
  live.case(more_stacks_than_are_kept)


def frozen(child, seconds):
  """The tool sees nothing for so long: what comes meanwhile has to fit into the ring."""
  os.kill(child.pid, signal.SIGSTOP)
  time.sleep(seconds)
  os.kill(child.pid, signal.SIGCONT)


@live.case
def more_events_than_the_ring_holds():
  path = live.path_new("report.json")
  command = [live.program("overrun"), "waits", "200", "6"]
  child = subprocess.Popen([live.TOOL, "--json", "-o", path, "--", *command], stdout=subprocess.PIPE)
  time.sleep(2)
  frozen(child, 3)
  stdout, _ = child.communicate(timeout=live.TIMEOUT_S)
  run = live.Run(child.returncode, stdout, b"", live.report_read(path))
  assert run.status == 0 and run.report["window"]["threads_seen"] == 201, run.report["window"]
  totals_hold(run, ["process"])
  loss_is_told(run)


@live.case
def many_threads():
  count = 10000 if FULL else 3000
  run = live.launch(live.program("crowd"), count, 2, 0.0003, 0.3, timeout=600)
  assert run.report["window"]["threads_seen"] == count + 1, run.report["window"]
  totals_hold(run, ["process"])
  print("  %d threads: lost %d, grade %s" % (count, run.report["window"]["lost"],
                                             run.report["quality"]["grade"]))


@live.case
def many_processes():
  count = 20000 if FULL else 1500
  run = live.launch(live.program("fork_storm"), count, 0, timeout=600)
  assert run.report["window"]["processes_seen"] == count + 1, run.report["window"]
  used = sum(t["user_s"] + t["kernel_s"] for what in ("process", "children")
             for t in truths_of(run.stdout, what))
  live.close("CPU by getrusage", cpu_of(run.report["time"]["thread_s"]), used, CPU_SHARE,
             count * 0.0001)
  print("  %d processes: lost %d, grade %s" % (count, run.report["window"]["lost"],
                                               run.report["quality"]["grade"]))


@live.case
def many_switches():
  """As fast as they come: nothing of them is sent one by one, so nothing can be lost."""
  run = live.launch(live.program("ping_pong"), 500000 if FULL else 20000, timeout=600)
  used = truths_of(run.stdout, "process")[0]
  switches = sum(t["switches_voluntary"] + t["switches_involuntary"] for t in run.report["threads"])
  live.close("switches", switches, used["voluntary"] + used["involuntary"], 0.02, 30)
  assert run.report["window"]["lost"] == 0, run.report["window"]
  print("  %d switches, %.0f a second" % (switches, switches / run.report["window"]["wall_s"]))


@live.case
def deeper_in_the_tree_than_is_looked():
  """At 40 generations the target is out of sight: the youngest is left out, and that is said."""
  with live.background(live.program("overrun"), "nest", 40, settle_s=1) as child:
    run = live.attach([child.pid], 0.5)
  assert run.report["window"]["processes_seen"] >= 30, run.report["window"]
  assert run.report["window"]["lost"] > 0, run.report["window"]


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
