#!/usr/bin/env python3
"""More than the tool keeps: the totals hold, and what was lost is counted.

With --full the sizes of docs/bounds.md: 10,000 threads, 20,000 processes, as many switches a second
as the machine makes. Without, smaller ones that overrun the same bounds where that takes no minutes.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

import live
from _overrun import CPU_SHARE, overrun, totals_hold, truths_of
from _sites import rows
from live import cpu_of

FULL = "--full" in sys.argv


def loss_is_told(run):
  assert run.report["window"]["lost"] > 0, "nothing is said to be lost"
  check = next(c for c in run.report["quality"]["checks"] if c["id"] == "loss")
  assert not check["passed"], check
  assert run.report["quality"]["grade"] != "good", run.report["quality"]


@live.case
def more_futex_words_than_have_rows():
  run = overrun("futexes", 400)
  totals_hold(run)
  loss_is_told(run)
  waits = [w for w in run.report["waits"] if w["syscall"] == "futex"]
  # One whose time is up before the thread has left its CPU was no wait.
  assert sum(w["count"] for w in waits) >= 0.95 * 400, waits


@live.case
def more_files_than_have_names():
  folder = os.path.dirname(live.path_new("fifos"))
  run = overrun("fifos", 5000, cwd=folder)
  totals_hold(run)
  loss_is_told(run)
  # One whose time is up before the thread has left its CPU is none.
  waits = sum(w["count"] for w in run.report["waits"])
  assert waits >= 0.95 * 5000, "%d waits: they were lost, not names alone" % waits


@live.case
def more_threads_come_and_go_than_have_rows():
  count = 6000
  run = overrun("threads", count, 1e9)
  totals_hold(run)
  rows = run.report["threads"]
  assert run.report["window"]["threads_seen"] == count + 1, run.report["window"]
  assert sum(r.get("threads", 1) for r in rows) == count + 1, "a thread is in no row"
  assert len(rows) <= 512 + 100, "%d rows" % len(rows)
  assert run.report["window"]["lost"] == 0, run.report["window"]


# From 4 s on one process ends every 10 ms, and its parent does not have to wait for it.
LEAVING = """import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
begin = time.monotonic()
for i in range(200):
  if os.fork() == 0:
    time.sleep(max(0, begin + 4 + i / 100 - time.monotonic()))
    os._exit(0)
time.sleep(60)
"""


@live.case
def some_end_just_when_measuring_does():
  with live.background(sys.executable, "-c", LEAVING) as child:
    time.sleep(1)
    run = live.attach([child.pid], 3.5)
  assert run.report["window"]["processes_seen"] == 201, run.report["window"]
  ended = [t for t in run.report["threads"] if t["wall_s"] < run.report["window"]["wall_s"] - 0.1]
  assert 0 < len(ended) < 200, "%d have ended: this tests nothing" % len(ended)
  assert run.report["window"]["lost"] == 0, run.report["window"]


@live.case
def more_processes_come_and_go_than_have_rows():
  count = 4500
  run = overrun("commands", count)
  totals_hold(run)
  rows = run.report["threads"]
  assert run.report["window"]["processes_seen"] == count + 1, run.report["window"]
  assert sum(r.get("threads", 1) for r in rows) == count + 1, "a process is in no row"
  assert len(rows) <= 512 + 100, "%d rows" % len(rows)
  for name in ("true", "false"):
    share = sum(r.get("threads", 1) for r in rows if r["name"] == name)
    assert share == count // 2, "%d of %s" % (share, name)
  assert run.report["window"]["lost"] == 0, run.report["window"]


def memory_mb(*words):
  """The most that the tool held while it ran this command, and told it as text."""
  tool = subprocess.Popen([live.TOOL, "-q", "-o", os.devnull, "--", *map(str, words)],
                          stdout=subprocess.DEVNULL)
  _, status, used = os.wait4(tool.pid, 0)
  tool.returncode = os.waitstatus_to_exitcode(status)
  assert tool.returncode == 0, "exit status %d" % tool.returncode
  return used.ru_maxrss / 1024


@live.case
def memory_of_many_commands_is_that_of_few():
  """A minute with ten commands a second, and more of them than would have had rows of their own."""
  few, many = (memory_mb(live.program("overrun"), "commands", n) for n in (600, 10000))
  print("  %.0f MB for 600 commands, %.0f MB for 10,000" % (few, many))
  assert many <= 1.1 * few + 1, "%.1f MB for 600 commands, %.1f MB for 10,000" % (few, many)


def memory_of_an_hour_is_bounded():
  """Of commands, threads, files and ports as many as in an hour, within two minutes."""
  program = [live.required("python3"), live.PROGRAMS / "turnover.py"]
  minute, hour = memory_mb(*program, 60, 10), memory_mb(*program, 120, 300)
  print("  %.0f MB for a minute's, %.0f MB for an hour's" % (minute, hour))
  assert hour <= 52, "%.1f MB for a minute's, %.1f MB for an hour's" % (minute, hour)


if FULL:
  live.case(memory_of_an_hour_is_bounded)


def bound(header, name):
  """As the tool was built with it."""
  text = (live.SOURCE / header).read_text()
  return int(re.search(r"^#define %s (\d+)" % name, text, re.M).group(1))


def more_stacks_than_are_kept():
  """Stacks are taken by chance and at a bounded rate, the fewer the dearer one is on this machine:
  the program goes new ways for longer and longer, until more have been taken than are kept."""
  most, path = bound("probe/stack.h", "STACKS_MAX"), live.path_new("recording")
  for seconds in (30, 60, 120, 240):
    run = overrun("chains", 8, seconds, options=["--record", path], timeout=600)
    totals_hold(run, ["process"])
    with open(path, encoding="utf-8") as file:
      recording = json.load(file)
    kept = len(rows(recording["stacks"]))
    print("  %d of %d stacks after %d s, lost %d" % (kept, most, seconds,
                                                     run.report["window"]["lost"]))
    if kept >= most:
      break
  assert kept == most, "%d stacks, at most %d are kept" % (kept, most)
  lost = {row["what"]: row["count"] for row in rows(recording["losses"])}
  assert lost.get("call sites beyond the %s that are kept" % format(most, ","), 0) > 0, lost
  assert run.report["window"]["lost"] >= sum(lost.values()), run.report["window"]


if FULL:  # minutes, since only so many stacks are taken in a second
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
def switches_of_threads_that_yield():
  """Several hundred thousand a second, on each CPU as many as it can do."""
  run = live.launch(live.program("yields"), 5 if FULL else 1, timeout=600)
  totals_hold(run, ["process"])
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


if __name__ == "__main__":
  live.main()
