#!/usr/bin/env python3
"""Every way to block is reported in the state that the contract gives it, for as long as it was.

The truth is told by the program itself: wall time less CPU time less run-queue time of the waiting
thread, by clocks that have nothing to do with the tool.
"""
import contextlib
import json
import signal
import socket
import subprocess
import threading
import time
import types

import live
from _sites import rows

SECONDS = 0.4
SLACK_S = 0.004  # a wait that is interrupted falls into two: stopped, forked


def truth_of(run):
  return [json.loads(line) for line in run.stdout.decode().splitlines()]


def longest_waits(path):
  """Of a recording, by pid and tid."""
  with open(path, encoding="utf-8") as file:
    recording = json.load(file)
  threads = rows(recording["threads"])
  longest = {}
  for wait in rows(recording["waits"]):
    thread = threads[wait["thread"]]
    who = recording["processes"][thread["process"]]["pid"], thread["tid"]
    longest[who] = max(longest.get(who, 0), wait["max_ns"] / 1e9)
  return longest


def wait_check(run, longest_s, truth, state):
  """Its one long wait is as long as it was, and so long the thread was in that state."""
  thread = run.threads(truth["pid"], truth["tid"])[0]
  told = {s: round(t, 4) for s, t in thread["time"].items() if t > 0.001}
  what = "%s: %s, reported %s" % (truth["what"], state, told)
  live.close(what + ": longest wait", longest_s, truth["blocked_s"], 0.02, SLACK_S)
  # Before and after the span of which it tells, the thread may have waited in this state too.
  assert thread["time"][state] >= 0.98 * truth["blocked_s"] - SLACK_S, what


def kinds_of(program):
  listed = subprocess.run([program, "list"], capture_output=True, check=True).stdout.decode()
  return [line.split() for line in listed.splitlines()]


def kinds_check(name):
  """All kinds are looked at before the first that is wrong is told, so that one run shows them all."""
  program, path = live.program(name), live.path_new("recording")
  run = live.launch(program, "all", SECONDS, options=["--record", path])
  truths, longest = {t["what"]: t for t in truth_of(run)}, longest_waits(path)
  wrong = []
  for kind, state in kinds_of(program):
    truth = truths[kind]
    try:
      wait_check(run, longest[truth["pid"], truth["tid"]], truth, state)
    except AssertionError as error:
      wrong.append(str(error))
  assert not wrong, "\n  " + "\n  ".join(wrong)


@live.case
def waits_on_files():
  kinds_check("file_waits")


@live.case
def waits_on_threads_and_children():
  kinds_check("thread_waits")


@live.case
def a_wait_names_its_object():
  """The peer of a socket, the name of a terminal or FIFO: what a person needs to find it."""
  program = live.program("file_waits")
  for kind, part in (("tcp_recv", "127.0.0.1:"), ("tty", "/dev/pts/"), ("fifo",
                                                                        "concadvise-waits-")):
    run = live.launch(program, kind, SECONDS)
    longest = [w for w in run.report["waits"] if w["state"] != "sleep"][0]
    assert part in (longest["object"] or ""), "%s: object is %r" % (kind, longest["object"])


@live.case
def a_wait_that_was_stopped_goes_on_as_what_it_was():
  with live.background("sleep", 60) as target:
    report = live.path_new("report.json")
    child = subprocess.Popen([live.TOOL, "--json", "-o", report, "-p", str(target.pid), "-d", "3"])
    time.sleep(1.5)
    target.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    target.send_signal(signal.SIGCONT)
    assert child.wait(live.TIMEOUT_S) == 0, child.returncode
  time_s = live.report_read(report)["threads"][0]["time"]
  live.close("stopped", time_s["stopped"], 0.3, 0.2)
  live.close("sleep", time_s["sleep"], 2.7, 0.1)


@live.case
def files_that_share_an_inode_are_told_apart():
  """Linux keeps one inode for every eventfd, timerfd and epoll: one that was met before names no
  other."""
  script = (
      "import os, select, threading\nv = os.eventfd(0)\nselect.epoll().poll(0.2)\n"
      "threading.Timer(0.4, os.eventfd_write, (v, 1)).start()\nos.eventfd_read(v)\n")
  run = live.launch("/usr/bin/python3", "-c", script)
  reads = [(w["state"], w["total_s"]) for w in run.report["waits"] if w["syscall"] == "read"]
  assert max(reads, key=lambda r: r[1])[0] == "ipc", reads


@contextlib.contextmanager
def server(serve):
  """serve(connection) for the first client that comes, beside; yields the port."""
  with socket.create_server(("127.0.0.1", 0)) as listener:

    def run():
      with listener.accept()[0] as connection:
        serve(connection)

    beside = threading.Thread(target=run)
    beside.start()
    yield listener.getsockname()[1]
    beside.join()


def network_waits(serve, client):
  """What is recorded of the client's waits for its peer: of their sums and of each by itself, how
  many there were and how many of them continued an answer; and before each by itself, how many of
  the short ones did not."""
  path = live.path_new("recording")
  with server(serve) as port:
    script = "import socket\ns = socket.create_connection(('127.0.0.1', %d))\n" % port
    live.launch("/usr/bin/python3", "-c", script + client, options=["--record", path])
  with open(path, encoding="utf-8") as file:
    recording = json.load(file)
  peers = [i for i, f in enumerate(recording["files"]) if (f["peer"] or "").endswith(":%d" % port)]
  waits = [i for i, w in enumerate(recording["waits"]) if w["file"] in peers]
  columns = recording["segments"][0]
  segments = [dict(zip(columns, row)) for row in recording["segments"][1:]]
  own = [s for s in segments if s["wait"] in waits]
  sums = [recording["waits"][i] for i in waits]
  return types.SimpleNamespace(
      count=sum(w["count"] for w in sums), continued=sum(w["continued"] for w in sums),
      long=len(own), marked=sum(s["continued"] for s in own),
      begun=[s["begun_before"] for s in own])


PIECES = 20


def answer_slowly(connection):
  connection.recv(100)
  for _ in range(PIECES):
    time.sleep(0.02)
    connection.send(b"x" * 1000)


def answers(connection):
  while connection.recv(100):
    time.sleep(0.02)
    connection.send(b"x" * 1000)


@live.case
def pieces_of_one_answer_continue_it():
  """Whether it blocks in the read itself or, with a timeout, in a poll before."""
  for prepare in ("", "s.settimeout(60)\n"):
    script = prepare + "s.send(b'get')\nwhile s.recv(1 << 20): pass\n"
    seen = network_waits(answer_slowly, script)
    assert seen.count >= 0.9 * PIECES and seen.continued == seen.count - 1, (prepare, seen)
    assert seen.long >= 0.9 * PIECES and seen.marked == seen.long - 1, (prepare, seen)
    assert sum(seen.begun) == 0, (prepare, seen)


@live.case
def every_request_has_an_answer_of_its_own():
  """On one connection that is kept."""
  for prepare in ("", "s.settimeout(60)\n"):
    script = prepare + "for i in range(%d):\n  s.send(b'get')\n  s.recv(1000)\n" % PIECES
    seen = network_waits(answers, script)
    assert seen.count >= 0.9 * PIECES and seen.continued == 0, (prepare, seen)
    assert seen.long >= 0.9 * PIECES and seen.marked == 0, (prepare, seen)


def answers_in_two(connection):
  while connection.recv(100):
    time.sleep(0.0002)
    connection.send(b"x")
    time.sleep(0.02)
    connection.send(b"y")


@live.case
def the_short_wait_before_a_long_one_tells_that_it_is_another_answer():
  """The first piece of each answer comes soon; the wait for it is in the sums alone."""
  script = "for i in range(%d):\n  s.send(b'get')\n  s.recv(1)\n  s.recv(1)\n" % PIECES
  seen = network_waits(answers_in_two, script)
  assert seen.long >= 0.9 * PIECES and seen.marked >= 0.8 * seen.long, seen
  assert sum(begun == 1 for begun in seen.begun) >= 0.8 * seen.marked, seen


@live.case
def clients_that_come_continue_nothing():
  """accept() sends nothing, and yet every client is another."""
  path = live.path_new("recording")
  script = ("import socket, threading, time\nl = socket.create_server(('127.0.0.1', 0))\n"
            "def come():\n  for i in range(10):\n    time.sleep(0.02)\n"
            "    socket.create_connection(l.getsockname()).close()\n"
            "threading.Thread(target=come).start()\nfor i in range(10): l.accept()[0].close()\n")
  live.launch("/usr/bin/python3", "-c", script, options=["--record", path])
  with open(path, encoding="utf-8") as file:
    waits = json.load(file)["waits"]
  accepts = [w for w in waits if (w["syscall"] or "").startswith("accept")]
  assert sum(w["count"] for w in accepts) >= 9, accepts
  assert sum(w["continued"] for w in accepts) == 0, accepts


@live.case
def a_mutex_names_its_owner():
  """The helper thread holds it, and is the only other thread."""
  run = live.launch(live.program("thread_waits"), "mutex", SECONDS)
  first = truth_of(run)[0]
  helper = [t["tid"] for t in run.report["threads"] if t["tid"] != first["tid"]]
  owners = [lock["owner"] for lock in run.report["locks"] if lock["kind"] == "mutex"]
  assert owners, "no mutex in locks: %s" % run.report["locks"]
  assert str(helper[0]) in str(owners[0]), "owner %r, the helper is %s" % (owners[0], helper)


def disk_check(what, state):
  """On the disk of /var/tmp, for /tmp may be in memory."""
  run = live.launch(live.program("disk"), what, "/var/tmp", 1.5)
  truth = truth_of(run)[0]
  thread = run.threads(truth["pid"])[0]
  if truth["blocked_s"] < 0.05:
    raise live.Skip("this disk never makes anyone wait")
  told = {s: round(t, 4) for s, t in thread["time"].items() if t > 0.001}
  # Before the span, the program also writes its file and waits for that: at least is what holds.
  # What a hypervisor took looks like blocking to the program, and is no wait to the tool.
  waited, taken = thread["time"][state], thread["time"]["other"]
  blocked = truth["blocked_s"]
  assert waited >= 0.1 * blocked and waited + taken >= 0.9 * blocked, \
      "%s: blocked for %.3f s, reported %s" % (what, blocked, told)


@live.case
def durable_writes_wait_for_the_disk():
  disk_check("write", "disk")


@live.case
def reads_past_the_cache_wait_for_the_disk():
  disk_check("read", "disk")


@live.case
def faults_of_a_mapped_file_wait_for_memory():
  disk_check("fault", "page_fault")


@live.case
def waits_open_at_both_ends_are_credited():
  """Attached to in the middle of a long wait: it fills the window, without a beginning or end."""
  program = live.program("thread_waits")
  for kind, state in (("nanosleep", "sleep"), ("condition", "sync"), ("mutex", "lock")):
    with live.background(program, kind, 30) as child:
      run = live.attach([child.pid], 1)
    thread = run.threads(child.pid, child.pid)[0]
    live.close(kind, thread["time"][state], run.report["window"]["wall_s"], 0.02)
    live.close(kind + ": window", run.report["window"]["wall_s"], 1, 0.1)


if __name__ == "__main__":
  live.main()
