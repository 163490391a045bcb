#!/usr/bin/env python3
"""Times under load agree with the kernel's own: getrusage, thread clocks, /proc/TID/schedstat.

Every thread's states add up to its wall time (live.report_check holds each report to that); here
each thread's CPU, run-queue and blocked time is compared with what that thread itself measured.
"""
import json
import math

import live
from live import cpu_of

BLOCKED = [s for s in live.STATES if s not in ("cpu_user", "cpu_kernel", "run_queue")]
SHARE = 0.02
THREAD_SLACK_S = 0.002  # what a thread does around the span of which it tells, besides its exit
QUEUE_SLACK_S = 0.03  # it may lose its CPU there, for some slices (3 ms) of others
SWITCH_SLACK_S = 3e-7  # the way through the scheduler, which the kernel books to nobody
CHILD_SLACK_S = 0.00005  # the end of a child's exit, after its parent took its times
# Some kernels hide a few switches in a thousand. A thread of which its last ones were hidden, what it
# waited for before it ended nobody can tell: one in so many.
CROWD = 500
PROCESS_SLACK_S = 0.006  # what a process does before its first: exec and the dynamic linker


def truths_of(run, what):
  return [t for t in map(json.loads, run.stdout.decode().splitlines()) if t["what"] == what]


def spent_by(thread, turn):
  """The report's row as the thread itself tells it; `turn` is the state in which it waits to end."""
  time = thread["time"]
  left_out = time[turn] if turn else 0
  return {
      "wall_s": thread["wall_s"] - left_out,
      "cpu_s": cpu_of(time),
      "run_queue_s": time["run_queue"],
      "blocked_s": sum(time[s] for s in BLOCKED) - left_out
  }


def thread_check(run, truth, slack, turn=None):
  rows = run.threads(truth["pid"], truth["tid"])
  assert len(rows) == 1, "thread %d has %d rows" % (truth["tid"], len(rows))
  told = spent_by(rows[0], turn)
  switches = rows[0]["switches_voluntary"] + rows[0]["switches_involuntary"]
  for part, seconds in told.items():
    queued = QUEUE_SLACK_S if part in ("wall_s", "run_queue_s") else 0
    queued += switches * SWITCH_SLACK_S if part == "blocked_s" else 0
    live.close("thread %d: %s of %s" % (truth["tid"], part, rows[0]["time"]), seconds, truth[part],
               SHARE, slack + truth["exit_s"] + queued)
  return told


def workers_check(run, threads, turn="ipc"):
  """Each worker by itself, then all of them, then the process by getrusage."""
  workers = truths_of(run, "worker")
  assert len(workers) == threads, "%d of %d workers told" % (len(workers), threads)
  told, misfits = [], []
  for truth in list(workers):
    try:
      told.append(thread_check(run, truth, THREAD_SLACK_S, turn))
    except AssertionError as error:
      misfits.append(error)
      workers.remove(truth)
  if len(misfits) > threads / CROWD:
    raise misfits[0]
  for part in told[0]:
    slack = (THREAD_SLACK_S + QUEUE_SLACK_S) * math.sqrt(threads)
    live.close("all workers: " + part, sum(t[part] for t in told), sum(t[part] for t in workers),
               SHARE, slack + sum(t["exit_s"] for t in workers))
  process_check(run, "process")


def process_check(run, what):
  used = truths_of(run, what)[0]
  told = run.report["time"]["thread_s"]
  live.close(what + ": CPU by getrusage", cpu_of(told), used["user_s"] + used["kernel_s"], SHARE,
             PROCESS_SLACK_S)
  assert run.report["window"]["lost"] == 0, "lost %d" % run.report["window"]["lost"]


@live.case
def thread_pool():
  workers_check(live.launch(live.program("thread_pool")), 7)


@live.case
def mutex_fight():
  run = live.launch(live.program("mutex_fight"))
  workers_check(run, 4)
  blocked = sum(t["blocked_s"] for t in truths_of(run, "worker"))
  live.close("all blocking is for the lock", run.report["time"]["thread_s"]["lock"], blocked, 0.05)


@live.case
def more_threads_than_processors():
  run = live.launch(live.program("crowd"), 8, 1, 0.3, 0.01)
  workers_check(run, 8)


@live.case
def two_thousand_threads():
  run = live.launch(live.program("crowd"), 2000, 3, 0.0007, 0.2)
  workers_check(run, 2000)
  assert run.report["window"]["threads_seen"] == 2001, run.report["window"]
  assert run.report["concurrency"]["threads_peak"] > 200, run.report["concurrency"]


@live.case
def ping_pong_of_short_waits():
  """Tens of thousands of waits, each a few microseconds long; switches as getrusage counts them."""
  run = live.launch(live.program("ping_pong"), 20000)
  workers_check(run, 2, turn=None)  # in ipc it waits for the other, and hardly for its turn
  used = truths_of(run, "process")[0]
  for name in ("voluntary", "involuntary"):
    told = sum(t["switches_" + name] for t in run.report["threads"])
    live.close("switches_" + name, told, used[name], 0.02, 20)


def storm_check(*command):
  run = live.launch(live.program("fork_storm"), *command)
  used = sum(
      u["user_s"] + u["kernel_s"] for what in ("process", "children") for u in truths_of(run, what))
  live.close("CPU of all processes", cpu_of(run.report["time"]["thread_s"]), used, SHARE,
             int(command[0]) * CHILD_SLACK_S)
  assert run.report["window"]["processes_seen"] == int(command[0]) + 1, run.report["window"]
  assert run.report["window"]["lost"] == 0, run.report["window"]


@live.case
def fork_storm():
  storm_check("300", "0.002")


@live.case
def fork_storm_with_exec():
  storm_check("200", "0", "/bin/true")


@live.case
def no_follow_leaves_children_out():
  run = live.launch(live.program("fork_storm"), 50, 0.002, options=["--no-follow"])
  assert run.report["window"]["processes_seen"] == 1, run.report["window"]
  process_check(run, "process")
  thread_check(run, truths_of(run, "parent")[0], PROCESS_SLACK_S)


@live.case
def exec_from_a_thread():
  """The executing thread takes over the pid; its time goes on under the first thread's number."""
  run = live.launch(live.program("family"), "exec-from-thread")
  truth = truths_of(run, "executed")[0]
  thread = max(run.threads(truth["pid"], truth["pid"]), key=lambda t: cpu_of(t["time"]))
  assert cpu_of(thread["time"]) >= truth["cpu_s"] * (1 - SHARE), thread
  process_check(run, "process")
  slept = sum(t["time"]["sleep"] for t in run.report["threads"])
  live.close("sleep before and after", slept, 0.2 + 0.3, 0.03, THREAD_SLACK_S)


def launcher_of(script):
  run = live.launch("sh", "-c", script)
  return run.report, run.report["target"]["launcher"]


@live.case
def a_launcher_is_not_the_program():
  """What only finds the program and becomes it, as pyenv's scripts do, is told by its time alone."""
  report, launcher = launcher_of(
      "for i in 1 2 3; do sleep 0.1; done; exec sh -c 'sleep 0.05; exec sleep 0.4'")
  assert launcher["processes"] == 1 + 3 + 1 + 1, launcher
  assert 0.35 <= launcher["wall_s"] < 1.5, launcher
  assert report["window"]["processes_seen"] == 1, report["window"]
  assert 0.4 <= report["window"]["wall_s"] < 0.4 + 0.3, report["window"]
  live.close("sleep", report["time"]["thread_s"]["sleep"], 0.4, 0.03, THREAD_SLACK_S)


@live.case
def what_goes_on_beside_it_or_for_long_is_no_launcher():
  for script, processes in (("sleep 0.4 & exec sleep 0.2", 2), ("sleep 3.1; exec sleep 0.1", 2)):
    report, launcher = launcher_of(script)
    assert launcher is None, (script, launcher)
    assert report["window"]["processes_seen"] == processes, (script, report["window"])


@live.case
def double_fork():
  run = live.launch(live.program("family"), "double-fork")
  truth = truths_of(run, "grandchild")[0]
  thread_check(run, truth, PROCESS_SLACK_S)
  assert run.report["window"]["processes_seen"] == 3, run.report["window"]


@live.case
def threads_that_never_wake_up():
  """Ten sleepers die with the process: their unfinished waits count until then."""
  run = live.launch(live.program("family"), "killed-threads")
  truth = truths_of(run, "first")[0]
  sleepers = [t for t in run.report["threads"] if t["tid"] != truth["tid"]]
  assert len(sleepers) == 10, "%d sleepers" % len(sleepers)
  for thread in sleepers:
    live.close("sleep", thread["time"]["sleep"], truth["wall_s"], SHARE, PROCESS_SLACK_S)


@live.case
def computing_is_user_time():
  """The split of CPU time, as getrusage gives it."""
  run = live.launch(live.program("crowd"), 1, 1, 1.0, 0)
  used = truths_of(run, "process")[0]
  live.close("cpu_user", run.report["time"]["thread_s"]["cpu_user"], used["user_s"], 0.05)


@live.case
def a_window_that_is_shorter_than_the_program():
  """-d ends the measuring, not the program; what is measured is what fits into the window."""
  run = live.launch(live.program("crowd"), 2, 1, 0.1, 1.5, options=["-d", "0.7"])
  live.close("window", run.report["window"]["wall_s"], 0.7, 0.05)
  assert len(truths_of(run, "worker")) == 2, "the program did not run to its end"
  for thread in run.report["threads"]:
    assert thread["wall_s"] <= 0.75, thread


if __name__ == "__main__":
  live.main()
