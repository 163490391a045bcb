"""program: a corpus program: how it is made and run in a model, and the servers it talks to.

A run gives the wall time from before the process is started to when it has ended, and what it
printed. One that fails, hangs or prints nothing is a Failure, which says so in one line.
"""
import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
LANGUAGES = {".py": [sys.executable], ".js": ["node"], ".c": []}  # what each is started with
SETS = {"programs": HERE / "programs", "held-out": HERE / "held-out"}
TIMEOUT_S = 60  # of a run that is to take 3 s
DISK = "/var/tmp"  # where scratch files go; /tmp is often memory
# 28 times the weight of another session. More would keep more of them off, but also the kernel's
# own threads, which complete writes: they weigh no more than the others.
AHEAD = -15


class Failure(Exception):
  """Something could not be run; the words say what and why."""


class Run(NamedTuple):
  wall_s: float
  output: bytes


class Site(NamedTuple):
  """Where programs run: what they find in their environment, and who serves them."""
  environment: dict
  servers_pid: int
  ahead: bool  # of other programs


class Program:
  """One source file; a C program is compiled into the folder when it is first asked for."""

  def __init__(self, path, folder):
    self.path, self.name, self.folder = path, path.name, folder
    self.words = [*LANGUAGES[path.suffix], str(path)]

  def make(self):
    if self.path.suffix == ".c":
      made = os.path.join(self.folder, self.path.stem)
      compiler = [os.environ.get("CC", "cc"), "-O2", "-pthread", "-o", made, str(self.path)]
      run(compiler, os.environ)
      self.words = [made]
    elif not shutil.which(self.words[0]):
      raise Failure(self.words[0] + " is not installed")

  def models(self, site):
    return run([*self.words, "--models"], site.environment).output.decode().split()

  def run(self, variant, site, wrapper=()):
    """Runs it, behind the words of the wrapper, with a new folder for its scratch files."""
    with tempfile.TemporaryDirectory(prefix="corpus-", dir=DISK) as scratch:
      command = [*wrapper, *self.words, variant.model, str(variant.workers)]
      done = run(command, {**site.environment, "CORPUS_DIR": scratch}, site.ahead)
    if not done.output.strip():
      raise Failure("it printed no checksum")
    return done


def programs(set_name, folder):
  """All programs of a set, by name."""
  found = SETS[set_name].glob("*.*")
  return [Program(path, folder) for path in sorted(found) if path.suffix in LANGUAGES]


def exited_within(pid, seconds):
  """Waits for a child's end without the pauses of Popen.wait, which would count as its time."""
  watched = os.pidfd_open(pid)
  try:
    return bool(select.select([watched], [], [], seconds)[0])
  finally:
    os.close(watched)


def ahead_put(pid):
  """Lets the kernel prefer a session to others: as a process, and where sessions are weighed."""
  os.setpriority(os.PRIO_PROCESS, pid, AHEAD)
  with contextlib.suppress(FileNotFoundError):
    Path("/proc/%d/autogroup" % pid).write_text(str(AHEAD), encoding="ascii")


def run(command, environment, ahead=False):
  """Runs a command in a session of its own; what it leaves running ends with it."""
  with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                             env=environment, start_new_session=True)
    try:
      if ahead:
        ahead_put(child.pid)
      ended = exited_within(child.pid, TIMEOUT_S)
      wall_s = time.monotonic() - began
    finally:
      with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
      child.wait()
    output.seek(0)
    errors.seek(0)
    if not ended:
      raise Failure("it did not end within %d s" % TIMEOUT_S)
    if child.returncode:
      raise Failure("exit status %d: %s" % (child.returncode, line_telling(errors.read())))
    return Run(wall_s, output.read())


def line_telling(words):
  """The last line that speaks of an error, or else the last one."""
  lines = words.decode(errors="replace").strip().splitlines()
  errors = [line for line in lines if "error" in line.lower()]
  return (errors or lines or ["no message"])[-1]


def ports_free(count):
  """Ports that are free now; taken all at once, so that they differ."""
  with contextlib.ExitStack() as stack:
    taken = [stack.enter_context(socket.socket()) for _ in range(count)]
    for one in taken:
      one.bind(("127.0.0.1", 0))
    return [one.getsockname()[1] for one in taken]


@contextlib.contextmanager
def servers(ahead=False):
  """Starts what programs talk to; gives the site at which they find it."""
  names = ("HTTP", "LINE", "KEYS", "POST", "NAMES", "NETWORK")
  ports = ports_free(len(names))
  with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
    unix = os.path.join(folder, "line")
    http, line, *others = map(str, ports)
    command = [sys.executable, str(HERE / "servers.py"), http, line, unix, *others]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             start_new_session=True)
    try:
      if ahead:
        ahead_put(child.pid)
      if child.stdout.readline() != b"ready\n":
        raise Failure("the servers did not start")
      where = {"CORPUS_" + name: "127.0.0.1:%d" % port for name, port in zip(names, ports)}
      yield Site({**os.environ, **where, "CORPUS_UNIX": unix}, child.pid, ahead)
    finally:
      child.terminate()
      child.wait()
      child.stdout.close()
