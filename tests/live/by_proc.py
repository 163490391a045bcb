#!/usr/bin/env python3
"""Without eBPF: an unprivileged user measures by /proc, and is told the same.

As root the tool and what it measures run as nobody; else as who runs this. The tool is not told to
go by /proc: it finds out, says so, and measures.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import live

PYTHON = "/usr/bin/python3"
ATTACHED_S = 1.5
NOBODY = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}

# The verdict, the arguments of a launch of a second or two, and those of a run without end.
PROGRAMS = {
    "sleeps_sequential": ("adopt threads io-bound", ["5", "0.3"], None),
    "sleeps_threads": ("keep threads io-bound", ["5", "1"], ["5", "0.2", "100000"]),
    "countdown_sequential": ("adopt processes cpu-bound", [], None),
    "countdown_threads": ("adopt processes gil-bound", [], ["3000000", "100000"]),
    "countdown_processes": ("keep processes cpu-bound", [], ["3000000", "100000"]),
    "gather": ("keep event-loop io-bound", ["5", "1"], None),
    "blocking_loop": ("fix event-loop loop-blocked", ["5", "0.3"], ["5", "0.2", "100000"]),
    "blocking_at_once": ("fix event-loop loop-blocked", ["5", "0.3"], None),
}


def readable(path):
  """A copy that nobody may read and execute, wherever the tree lies."""
  copy = live.path_new(os.path.basename(path))
  shutil.copy(path, copy)
  os.chmod(copy, 0o755)
  return copy


def tool():
  if not hasattr(tool, "copy"):
    tool.copy = readable(live.TOOL)
  return tool.copy


def program_of(name):
  found = [folder / (name + ".py") for folder in (live.EXAMPLES, live.PROGRAMS)]
  return readable(next(path for path in found if path.exists()))


def launch(*command, options=(), **how):
  return live.launch(*command, options=options, tool=tool(), cwd="/", **NOBODY, **how)


def by_proc_check(run):
  report = run.report
  assert report["tool"]["backend"] == "proc", report["tool"]
  assert report["quality"]["grade"] != "good", report["quality"]
  check = next(c for c in report["quality"]["checks"] if c["id"] == "backend")
  assert not check["passed"] and "/proc" in check["message"], check
  text = run.stderr.decode()
  assert text.count("measuring by /proc instead of eBPF: ") == 1, "no notice: " + text
  cost = report["window"]["wall_s"] * 0.03 + 0.05
  spent = float(next(c for c in report["quality"]["checks"]
                     if c["id"] == "cost")["message"].split()[3]) / 1e3
  assert spent <= cost, "measuring cost %.3f s of %.3f s" % (spent, report["window"]["wall_s"])


def verdict_check(run, verdict):
  assert " ".join(run.verdict()) == verdict, run.told() + "; expected " + verdict


def cases_add():
  def launched(name, verdict, arguments):
    def run_case():
      run = launch(PYTHON, program_of(name), *arguments)
      by_proc_check(run)
      verdict_check(run, verdict)

    run_case.__name__ = name + "_launched"
    live.case(run_case)

  def attached(name, verdict, arguments):
    def run_case():
      with live.background(PYTHON, program_of(name), *arguments, settle_s=0.7, **NOBODY) as child:
        with open("/proc/%d/task/%d/children" % (child.pid, child.pid), encoding="ascii") as file:
          pids = [child.pid, *map(int, file.read().split())]
        run = live.attach(pids, ATTACHED_S, tool=tool(), cwd="/", **NOBODY)
      by_proc_check(run)
      verdict_check(run, verdict)

    run_case.__name__ = name + "_attached"
    live.case(run_case)

  for name, (verdict, arguments, endless) in PROGRAMS.items():
    launched(name, verdict, arguments)
    if endless:
      attached(name, verdict, endless)


@live.case
def times_are_those_of_getrusage():
  """CPU time and switches are the kernel's own; a sleep is as long as it was."""
  script = ("import resource, time\n"
            "for _ in range(4): time.sleep(0.2)\n"
            "while time.process_time() < 1.5: sum(range(1000))\n"
            "u = resource.getrusage(resource.RUSAGE_SELF)\n"
            "print(u.ru_utime + u.ru_stime, u.ru_nvcsw, flush=True)\n"
            # What ending takes is not in its own figures: some 12 ms on a busy machine, of 1.5 s.
            "import os; os._exit(0)\n")
  run = launch(PYTHON, "-c", script)
  cpu_s, switches = map(float, run.stdout.split())
  thread = run.report["threads"][0]
  live.close("cpu", live.cpu_of(thread["time"]), cpu_s, 0.02)
  live.close("sleep", thread["time"]["sleep"], 0.8, 0.05, 0.02)
  live.close("voluntary switches", thread["switches_voluntary"], switches, 0, 2)
  sleeps = [w for w in run.report["waits"] if w["syscall"] == "clock_nanosleep"]
  assert len(sleeps) == 1 and sleeps[0]["count"] == 4, sleeps


@live.case
def status_and_output_are_the_commands():
  for script, status in (("echo out; exit 42", 42), ("echo out; kill -TERM $$", 143)):
    run = live.tool_run(["--", "sh", "-c", script], tool=tool(), cwd="/", **NOBODY)
    assert run.status == status, "status %d, not %d" % (run.status, status)
    assert run.stdout == b"out\n" and run.report["target"]["exit_status"] == status, run.stdout
  missing = live.tool_run(["--", "/nonexistent/program"], tool=tool(), cwd="/", **NOBODY)
  assert missing.status == 127, missing.status


@live.case
def children_are_measured():
  """Two children that compute, one after the other; without them only the shell is left."""
  count = "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done"
  command = ["sh", "-c", "sh -c '%s'; sh -c '%s'; true" % (count, count)]
  run = launch(*command)
  assert run.report["window"]["processes_seen"] == 3, run.report["window"]
  assert launch(*command, options=["--no-follow"]).report["window"]["processes_seen"] == 1


@live.case
def objects_are_named():
  """A pipe and a connection: what is waited for, not just that it is."""
  script = ("import os, socket, threading, time\n"
            "server = socket.create_server(('127.0.0.1', 0))\n"
            "threading.Thread(target=lambda: (time.sleep(0.3), server.accept()[0].send(b'x'),"
            " time.sleep(0.1)), daemon=True).start()\n"
            "client = socket.create_connection(server.getsockname())\n"
            "client.recv(1)\n"
            "r, w = os.pipe()\n"
            "threading.Timer(0.3, os.write, (w, b'x')).start()\n"
            "os.read(r, 1)\n")
  waits = launch(PYTHON, "-c", script).report["waits"]
  told = {(w["state"], w["syscall"]): w["object"] or "" for w in waits}
  assert told.get(("network", "recvfrom"), "").startswith("127.0.0.1:"), told
  assert "pipe" in told.get(("ipc", "read"), ""), told


@live.case
def stops_when_asked():
  """By -d and by Ctrl-C; the command of a launch goes on."""
  started = time.monotonic()
  run = launch("sh", "-c", "sleep 1; echo on", options=["-d", "0.3"])
  assert run.stdout == b"on\n" and time.monotonic() - started >= 1
  live.close("window", run.report["window"]["wall_s"], 0.3, 0.3)
  with live.background("sleep", "60", **NOBODY) as child:
    report = live.path_new("report.json")
    watcher = subprocess.Popen([tool(), "--json", "-o", report, "-p", str(child.pid)], cwd="/",
                               stderr=subprocess.DEVNULL, **NOBODY)
    time.sleep(0.7)
    watcher.send_signal(signal.SIGINT)
    assert watcher.wait(10) == 0
  assert json.loads(pathlib.Path(report).read_text())["tool"]["backend"] == "proc"


@live.case
def what_may_not_be_seen_is_a_loss():
  """Another user's process: its times are known, what it waits in is not, and that is said."""
  if not NOBODY:
    raise live.Skip("not run as root: there is no other user")
  with live.background("sleep", "60") as child:
    run = live.attach([child.pid], 1, tool=tool(), cwd="/", **NOBODY)
  assert run.report["window"]["lost"] > 0, run.report["window"]
  waits = run.report["waits"]
  assert all(w["syscall"] in ("?unseen", "clock_nanosleep") for w in waits) and waits, waits


@live.case
def asked_for_ebpf_it_says_what_is_missing():
  run = live.tool_run(["--backend", "ebpf", "--", "sh", "-c", "exit 7"], tool=tool(), cwd="/",
                      **NOBODY)
  assert run.status == 7 and run.report is None, (run.status, run.stderr)
  assert b"not measured: " in run.stderr, run.stderr


if __name__ == "__main__":
  cases_add()
  live.main(by_ebpf=False)
