#!/usr/bin/env python3
"""A command under the tool runs as it would alone, and ends as it would; what fails is told.

Streams, terminal, signals, environment, exit status: nothing of them may differ. The report comes
besides.
"""
import contextlib
import json
import os
import pty
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

import live

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
NOBODY = 65534


def tool(*arguments, **how):
  how.setdefault("timeout", live.TIMEOUT_S)
  return subprocess.run([live.TOOL, *map(str, arguments)],
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        **how)


def shell(script, *options):
  return live.tool_run([*options, "--", "sh", "-c", script])


def waited_for(what, condition, seconds=10.0):
  end = time.monotonic() + seconds
  while not condition():
    assert time.monotonic() < end, what + " did not happen in %g s" % seconds
    time.sleep(0.02)


@live.case
def exit_status_is_the_commands():
  for status in (0, 1, 42, 255):
    run = shell("exit %d" % status)
    assert run.status == status, "exit %d became %d" % (status, run.status)
    assert run.report["target"]["exit_status"] == status, run.report["target"]


@live.case
def death_by_signal_is_128_and_its_number():
  for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGPIPE):
    run = shell("kill -%d $$" % number)
    assert run.status == 128 + number, "signal %d became %d" % (number, run.status)
    assert run.report["target"]["exit_status"] == 128 + number, run.report["target"]


@live.case
def status_is_known_when_ends_of_children_are_ignored():
  """A parent that ignores SIGCHLD hands that down; the command still finds it as it was."""
  ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
  done = tool("-o", "/dev/null", "--", "sh", "-c", "exit 7", preexec_fn=ignore)
  assert done.returncode == 7, "status %d" % done.returncode
  done = tool("-o", "/dev/null", "--", "grep", "SigIgn", "/proc/self/status", preexec_fn=ignore)
  ignored = int(done.stdout.split()[1], 16)
  assert ignored >> (signal.SIGCHLD - 1) & 1, "the command's SIGCHLD is not ignored"


@live.case
def command_not_found_is_127_and_not_executable_126():
  plain = live.path_new("plain")
  with open(plain, "w", encoding="ascii") as file:
    file.write("not a program\n")
  expected = {"no-such-command": 127, "/no/such/file": 127, plain: 126, "/tmp": 126}
  for command, status in expected.items():
    done = tool(command)
    assert done.returncode == status, "%s: %d" % (command, done.returncode)
    assert command.encode() in done.stderr, "%s: no word of it in %r" % (command, done.stderr)


@live.case
def script_without_a_first_line_runs_as_from_a_shell():
  script = live.path_new("script")
  with open(script, "w", encoding="ascii") as file:
    file.write("exit 9\n")
  os.chmod(script, 0o755)
  assert tool("-o", "/dev/null", "--", script).returncode == 9


@live.case
def streams_pass_untouched():
  data = os.urandom(1 << 20)
  run = live.tool_run(["--", "sh", "-c", "tee /dev/stderr"], input=data)
  assert run.stdout == data, "standard output: %d bytes of %d" % (len(run.stdout), len(data))
  assert run.stderr == data, "standard error: %d bytes of %d" % (len(run.stderr), len(data))


@live.case
def report_goes_to_standard_error_unless_told():
  done = tool("--json", "--", "echo", "word")
  assert done.stdout == b"word\n", done.stdout
  live.report_check(json.loads(done.stderr))
  done = tool("--json", "-o", "-", "--", "true")
  live.report_check(json.loads(done.stdout))


def set_apart():
  """Everything that a child can inherit, away from its default."""
  signal.signal(signal.SIGUSR1, signal.SIG_IGN)
  signal.signal(signal.SIGPIPE, signal.SIG_IGN)
  signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGCHLD])
  os.umask(0o27)
  os.nice(3)
  resource.setrlimit(resource.RLIMIT_NOFILE, (300, 400))
  resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
  resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def surroundings(*prefix):
  """What the program sees, started from a shell that is not its session's leader's."""
  path = os.path.join(live.temporary.name, "surroundings.txt")
  command = ["sh", "-c", '"$@"; exit $?', "sh", *prefix, live.program("surroundings"), "a b", ""]
  with open(path, "wb") as to, open("/dev/zero", "rb") as extra:
    os.dup2(extra.fileno(), 77)
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=to, stderr=to, pass_fds=[77],
                   env={**os.environ, "TEST": "x y", "EMPTY": ""}, preexec_fn=set_apart, check=True)
    os.close(77)
  with open(path, encoding="utf-8") as file:
    return sorted(file.read().splitlines())


@live.case
def surroundings_are_the_same():
  alone = surroundings()
  under = surroundings(live.TOOL, "-o", "/dev/null", "--")
  differing = sorted(set(alone) ^ set(under))
  assert not differing, "\n  " + "\n  ".join(
      ("alone: " if line in alone else "under: ") + line for line in differing)


@live.case
def few_descriptors_are_the_commands_limit_not_the_tools():
  def limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

  done = tool("--json", "--", "sh", "-c", "ulimit -S -n", preexec_fn=limit)
  assert done.stdout == b"20\n", done.stdout
  assert json.loads(done.stderr)["window"]["threads_seen"] > 0, done.stderr


@live.case
def signals_to_the_tool_reach_the_command():
  for number in SIGNALS:
    report, ready = live.path_new("report.json"), live.path_new("ready")
    script = "trap 'exit 7' %s; : >%s; while :; do sleep 0.05; done" % (number.name[3:], ready)
    child = subprocess.Popen([live.TOOL, "--json", "-o", report, "--", "sh", "-c", script])
    waited_for("the start", lambda: os.path.exists(ready))
    child.send_signal(number)
    status = child.wait(live.TIMEOUT_S)
    assert status == 7, "%s: status %d" % (number.name, status)
    assert live.report_read(report)["target"]["exit_status"] == 7, number.name


@live.case
def signal_that_kills_the_command_leaves_a_report():
  report = live.path_new("report.json")
  child = subprocess.Popen([live.TOOL, "--json", "-o", report, "--", "sleep", "60"])
  time.sleep(1.5)
  child.send_signal(signal.SIGTERM)
  assert child.wait(live.TIMEOUT_S) == 128 + signal.SIGTERM, child.returncode
  assert live.report_read(report)["target"]["exit_status"] == 128 + signal.SIGTERM


class Terminal:
  """A program on a terminal of its own, to type at."""
  def __init__(self, *command):
    self.pid, self.fd = pty.fork()
    if self.pid == 0:
      os.execv(command[0], command)
    self.seen = b""

  def read_until(self, part, seconds=20.0):
    end = time.monotonic() + seconds
    while part not in self.seen:
      readable = select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]
      assert readable, "%r did not come: %r" % (part, self.seen)
      with contextlib.suppress(OSError):
        self.seen += os.read(self.fd, 4096)

  def type(self, keys):
    os.write(self.fd, keys)

  def wait(self, seconds=30.0):
    """The exit status; what is still written is read meanwhile, so that nobody blocks on it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
      if select.select([self.fd], [], [], 0.02)[0]:
        with contextlib.suppress(OSError):
          self.seen += os.read(self.fd, 4096)
      pid, status = os.waitpid(self.pid, os.WNOHANG)
      if pid:
        return os.waitstatus_to_exitcode(status)
    os.kill(self.pid, signal.SIGKILL)
    os.waitpid(self.pid, 0)
    raise AssertionError("did not end in %g s: %r" % (seconds, self.seen))


def on_terminal(*command):
  report = live.path_new("report.json")
  return Terminal(live.TOOL, "--json", "-o", report, "--", *command), report


@live.case
def terminal_is_the_commands():
  script = "import os, sys; print([os.isatty(n) for n in (0, 1, 2)], input())"
  terminal, report = on_terminal(sys.executable, "-c", script)
  terminal.type(b"typed\n")
  assert terminal.wait() == 0, terminal.seen
  assert b"[True, True, True] typed" in terminal.seen, terminal.seen
  assert live.report_read(report)


@live.case
def control_c_reaches_the_command_once():
  script = (
      "import signal, time\ncaught = []\n"
      "signal.signal(signal.SIGINT, lambda *_: caught.append(1))\n"
      "print('ready', flush=True)\nend = time.monotonic() + 1.5\n"
      "while time.monotonic() < end: time.sleep(0.05)\nprint('caught', len(caught))\n")
  terminal, report = on_terminal(sys.executable, "-c", script)
  terminal.read_until(b"ready")
  terminal.type(b"\x03")
  assert terminal.wait() == 0, terminal.seen
  assert b"caught 1" in terminal.seen, terminal.seen
  assert live.report_read(report)


@live.case
def control_c_that_ends_the_command_is_130():
  terminal, report = on_terminal("sh", "-c", "echo ready; exec sleep 60")
  terminal.read_until(b"ready")
  time.sleep(0.3)
  terminal.type(b"\x03")
  assert terminal.wait() == 130, terminal.seen
  assert live.report_read(report)["target"]["exit_status"] == 130


@live.case
def hang_up_of_the_terminal_reaches_the_command():
  """The kernel tells the leader of the session alone, which here is the tool."""
  terminal, report = on_terminal("sh", "-c", "echo ready; exec sleep 60")
  terminal.read_until(b"ready")
  os.close(terminal.fd)
  ended = lambda: os.waitpid(terminal.pid, os.WNOHANG)[0]
  waited_for("the command's end", ended)
  assert live.report_read(report)["target"]["exit_status"] == 128 + signal.SIGHUP


@live.case
def duration_ends_the_measuring_not_the_command():
  mark = live.path_new("mark")
  run = live.tool_run(["-d", "0.5", "--", "sh", "-c", "sleep 1.5; echo done >%s; exit 6" % mark])
  assert run.status == 6 and os.path.exists(mark), "status %d" % run.status
  live.close("window", run.report["window"]["wall_s"], 0.5, 0.1)
  assert run.report["target"]["exit_status"] in (None, 6), run.report["target"]


@live.case
def several_processes_are_attached_to():
  spin = [sys.executable, "-c", "while 1: pass"]
  with live.background("sleep", 60) as one, live.background(*spin) as two:
    run = live.attach([one.pid, two.pid], 1)
    assert one.poll() is None and two.poll() is None, "a target did not survive"
  assert sorted(run.report["target"]["pids"]) == sorted([one.pid, two.pid]), run.report["target"]
  times = {t["pid"]: t["time"] for t in run.report["threads"]}
  live.close("sleep", times[one.pid]["sleep"], 1, 0.1)
  busy = times[two.pid]
  live.close("computing", busy["cpu_user"] + busy["cpu_kernel"] + busy["run_queue"], 1, 0.1)


def queued(pids):
  """How long those were ready to run, and of it, until a measured thread left their CPU."""
  path = live.path_new("recording")
  live.attach(pids, 1, ["--record", path])
  with open(path, encoding="utf-8") as file:
    threads = json.load(file)["threads"]
  return [sum(thread[key] for thread in threads) / 1e9 for key in ("run_queue_ns",
                                                                   "run_queue_own_ns")]


@live.case
def waiting_for_a_cpu_behind_others_is_no_waiting_behind_its_own():
  spin = ["taskset", "-c", str(min(os.sched_getaffinity(0))), sys.executable, "-c", "while 1: pass"]
  with live.background(*spin) as one, live.background(*spin) as two:
    (both_s, own_s), (one_s, beside_s) = queued([one.pid, two.pid]), queued([one.pid])
  assert both_s > 0.5 and own_s > 0.8 * both_s, "%.2f s, %.2f of it behind its own" % (both_s, own_s)
  assert one_s > 0.25 and beside_s < 0.2 * one_s, "%.2f s, %.2f of it behind its own" % (one_s,
                                                                                        beside_s)


@live.case
def children_of_an_attached_process_are_followed():
  script = "while :; do %s -c 'sum(range(300000))'; done" % sys.executable
  with live.background("sh", "-c", script) as child:
    run = live.attach([child.pid], 1.5)
    alone = live.attach([child.pid], 1.5, ["--no-follow"])
  assert run.report["window"]["processes_seen"] > 3, run.report["window"]
  assert alone.report["window"]["processes_seen"] == 1, alone.report["window"]


@live.case
def target_that_exits_ends_the_measuring():
  child = subprocess.Popen(["sleep", "2"])
  started = time.monotonic()
  run = live.attach([child.pid], 60)
  child.wait()
  assert time.monotonic() - started < 20, "went on after the target's end"
  assert run.report["window"]["wall_s"] < 2.5, run.report["window"]


@live.case
def zombies_wait_for_nothing():
  """A child that nobody has reaped is no thread that wants a CPU."""
  script = "import subprocess, time\nz = subprocess.Popen(['true'])\ntime.sleep(60)"
  with live.background(sys.executable, "-c", script) as parent:
    run = live.attach([parent.pid], 1)
  assert len(run.report["threads"]) == 1, run.report["threads"]
  assert run.report["time"]["share"]["run_queue"] < 0.1, run.report["time"]["share"]


@live.case
def unknown_process_is_told():
  with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
    unknown = int(file.read()) - 1
  done = tool("-p", unknown, "-d", 1)
  assert done.returncode == 125, "status %d" % done.returncode
  assert str(unknown).encode() in done.stderr, done.stderr
  thread = threading.Thread(target=time.sleep, args=(1,))
  thread.start()
  done = tool("-p", thread.native_id, "-d", 1)
  assert done.returncode == 125 and b"No such process" in done.stderr, done.stderr
  gone = subprocess.Popen(["true"])
  gone.wait()
  done = tool("-p", gone.pid, "-d", 1)
  assert done.returncode == 125 and str(gone.pid).encode() in done.stderr, done


@live.case
def process_that_exits_at_once_is_no_failure():
  """It may be gone before, while or after the tool looks; each time there is a word or a report."""
  for delay in ("0", "0.01", "0.03", "0.1", "0.3"):
    child = subprocess.Popen(["sleep", delay])
    done = tool("-p", child.pid, "-d", 3)
    child.wait()
    assert done.returncode in (0, 125), "after %s s: status %d" % (delay, done.returncode)
    words = done.stdout if done.returncode == 0 else done.stderr
    assert words.strip(), "no word after %s s" % delay


@live.case
def control_c_ends_an_attach_with_a_report():
  for number in (signal.SIGINT, signal.SIGTERM):
    with live.background("sleep", 60) as target:
      report = live.path_new("report.json")
      child = subprocess.Popen([live.TOOL, "--json", "-o", report, "-p", str(target.pid)])
      time.sleep(1.5)
      child.send_signal(number)
      assert child.wait(live.TIMEOUT_S) == 0, child.returncode
      assert target.poll() is None, "the target did not survive"
    assert live.report_read(report)["window"]["wall_s"] > 0.5


@live.case
def signal_ignored_from_the_start_does_not_end_an_attach():
  with live.background("sleep", 60) as target:
    report = live.path_new("report.json")
    child = subprocess.Popen(
        [live.TOOL, "--json", "-o", report, "-p", str(target.pid), "-d", "2"],
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    time.sleep(1.2)
    child.send_signal(signal.SIGHUP)
    assert child.wait(live.TIMEOUT_S) == 0, child.returncode
  live.close("window", live.report_read(report)["window"]["wall_s"], 2, 0.1)


@live.case
def full_disk_for_the_report_is_told_and_the_command_runs():
  mark = live.path_new("mark")
  done = tool("-o", "/dev/full", "--", "sh", "-c", "echo done >%s" % mark)
  assert os.path.exists(mark), "the command did not run"
  assert done.returncode == 125, "status %d" % done.returncode
  assert b"/dev/full" in done.stderr and b"No space" in done.stderr, done.stderr


def tool_as_nobody(*arguments, **how):
  """From a copy, for the build may lie where nobody may look."""
  path = live.path_new("concadvise")
  for directory in (live.temporary.name, os.path.dirname(path)):
    os.chmod(directory, 0o755)
  shutil.copy(live.TOOL, path)
  return subprocess.run([path, *map(str, arguments)], user=NOBODY, group=NOBODY, extra_groups=[],
                        cwd="/", capture_output=True, timeout=live.TIMEOUT_S, **how)


@live.case
def without_privilege_the_command_still_runs():
  done = tool_as_nobody("--", "sh", "-c", "cat; exit 5", input=b"word")
  assert (done.returncode, done.stdout) == (5, b"word"), done
  assert b"privilege" in done.stderr.lower() or b"permi" in done.stderr.lower(), done.stderr


@live.case
def another_users_process_is_refused_with_the_reason():
  done = tool_as_nobody("--backend", "ebpf", "-p", os.getpid(), "-d", 1)
  assert done.returncode == 125 and done.stderr.strip(), done


@live.case
def user_option_runs_the_command_as_that_user():
  run = live.launch("sh", "-c", "id -u; id -g; id -G", options=["--user=nobody"])
  assert run.stdout.split() == [b"65534"] * 3, run.stdout


@live.case
def fail_on_looks_at_the_findings():
  levels = ["info", "warning", "critical"]
  command = ["/usr/bin/python3", live.EXAMPLES / "countdown_threads.py", "3000000"]
  for level in levels:
    run = live.tool_run(["--fail-on", level, "--", *command])
    worst = max((levels.index(f["severity"]) for f in run.report["findings"]), default=-1)
    expected = 3 if worst >= levels.index(level) else 0
    assert run.status == expected, "--fail-on %s: %d, not %d" % (level, run.status, expected)


@live.case
def memory_counts_when_threads_outlive_the_first():
  """exit() ends the first thread before the others; only the last one's end tells the peak."""
  recording = live.path_new("recording")
  script = (
      "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
      "\nmemory = bytearray(b'x') * (64 << 20)\ntime.sleep(0.2)")
  live.launch("/usr/bin/python3", "-c", script, options=["--record", recording])
  with open(recording, encoding="utf-8") as file:
    peak = json.load(file)["processes"][0]["rss_peak_bytes"]
  assert peak and peak > 64 << 20, "the peak is told as %s" % peak


@live.case
def sleep_after_the_other_threads_are_gone_is_no_running():
  recording = live.path_new("recording")
  script = (
      "import hashlib, threading, time\n"
      "threading.Thread(target=time.sleep, args=(0.1,), daemon=True).start()\n"
      "data, end = bytes(64 << 20), time.monotonic() + 0.5\n"
      "while time.monotonic() < end: hashlib.sha1(data)\n"  # runs as the other thread ends
      "time.sleep(1)")
  live.launch("/usr/bin/python3", "-c", script, options=["--record", recording])
  with open(recording, encoding="utf-8") as file:
    measured = json.load(file)
  cpu_ns = sum(t["cpu_ns"] for t in measured["threads"])
  told_ns = sum(n * ns for n, ns in enumerate(measured["processes"][0]["running_ns"]))
  live.close("time of threads on a CPU", told_ns, cpu_ns, 0.1)


@live.case
def recording_gives_the_same_report_again():
  recording = live.path_new("recording")
  run = live.launch("/usr/bin/python3",
                    live.EXAMPLES / "countdown_threads.py",
                    "5000000",
                    options=["--record", recording])
  again = tool("report", "--json", recording)
  assert again.returncode == 0, again.stderr
  replayed = json.loads(again.stdout)
  live.report_check(replayed)
  assert replayed == run.report, [k for k in replayed if replayed[k] != run.report[k]]


@live.case
def many_runs_at_once_do_not_mix():
  children = []
  for number in range(6):
    report = live.path_new("report.json")
    command = [live.TOOL, "--json", "-o", report, "--", "sh", "-c", "sleep 0.5; exit %d" % number]
    children.append((number, report, subprocess.Popen(command)))
  for number, report, child in children:
    assert child.wait(live.TIMEOUT_S) == number, child.returncode
    seen = live.report_read(report)
    assert seen["window"]["processes_seen"] == 2, seen["window"]


if __name__ == "__main__":
  live.main()
