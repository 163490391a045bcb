#!/usr/bin/python3
"""What people see on a terminal: the line of progress, and `top`, which leaves it as it was."""
import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from live import TIMEOUT_S, TOOL, case, main

# Threads of a known kind: each is named by what it does. One name would steer a terminal.
PROGRAM = r"""
import ctypes, os, threading, time
def name(text):
  ctypes.CDLL(None).prctl(15, ctypes.c_char_p(text), 0, 0, 0)
def computes():
  name(b"computes")
  while True: sum(range(10000))
def sleeps():
  name(b"\x1b[31msleeps")
  while True: time.sleep(0.02)
def reads():
  name(b"reads")
  os.read(os.pipe()[0], 1)
for work in (computes, sleeps, reads):
  threading.Thread(target=work, daemon=True).start()
print("ready", flush=True)
time.sleep(%s)
"""


@contextlib.contextmanager
def program(life_s=60):
  process = subprocess.Popen([sys.executable, "-c", PROGRAM % life_s], stdout=subprocess.PIPE)
  try:
    assert process.stdout.readline() == b"ready\n"
    yield process
  finally:
    process.kill()
    process.wait()


class Terminal:
  """A run of the tool at a terminal of its own: all that it wrote there, and the terminal's modes
  before it."""
  def __init__(self, *arguments, columns=80, lines=24, **environment):
    self.master, self.slave = pty.openpty()
    self.resize(columns, lines)
    self.modes = termios.tcgetattr(self.slave)
    self.text = ""
    self.process = subprocess.Popen(
        [TOOL, *map(str, arguments)], stdin=self.slave, stdout=self.slave, stderr=self.slave,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        env={"TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], **environment})

  def resize(self, columns, lines):
    fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

  def type(self, keys):
    os.write(self.master, keys)

  def read(self, wait_s):
    if select.select([self.master], [], [], wait_s)[0]:
      self.text += os.read(self.master, 65536).decode(errors="replace")
      return True
    return False

  def hear(self, pattern):
    until = time.monotonic() + TIMEOUT_S
    while not re.search(pattern, self.text):
      assert time.monotonic() < until, "not written: %s in %r" % (pattern, self.text[-3000:])
      self.read(0.2)

  def end(self):
    """Its status, when it has ended and left the terminal as it was."""
    until = time.monotonic() + TIMEOUT_S
    while self.process.poll() is None:
      self.read(0.1)
      assert time.monotonic() < until, "it does not end: %r" % self.text[-1000:]
    while self.read(0.1):
      pass
    assert termios.tcgetattr(self.slave) == self.modes, "the terminal's modes were left changed"
    for begin, over in (("\x1b[?1049h", "\x1b[?1049l"), ("\x1b[?25l", "\x1b[?25h")):
      assert self.text.rfind(begin) <= self.text.rfind(over), "left with %r" % begin
    os.close(self.master)
    os.close(self.slave)
    return self.process.returncode


def table(text):
  """The rows of a plain table by the thread's name, each with its shares by column."""
  lines = text.rstrip("\n").split("\n")
  at = next(i for i, line in enumerate(lines) if line.split()[:3] == ["pid", "tid", "thread"])
  ends = [(m.group(), m.end()) for m in re.finditer(r"\S+", lines[at])]
  rows = {}
  for line in lines[at + 1:]:
    cells = {name: line[end - 6:end].strip() for name, end in ends[3:]}
    rows[line[16:31].strip()] = {name: float(cell.replace("<1", "0") or 0)
                                 for name, cell in cells.items()}
  return rows


@case
def a_plain_table_tells_what_each_thread_does():
  with program() as target:
    made = subprocess.run([TOOL, "top", "-p", str(target.pid), "--once", "-d", "1.5"],
                          capture_output=True, timeout=TIMEOUT_S, check=True)
  rows = table(made.stdout.decode())
  assert not made.stderr, made.stderr
  assert rows["computes"]["cpu"] + rows["computes"].get("queue", 0) > 80, rows
  assert rows["\\x1b[31msleeps"]["sleep"] > 50, rows
  assert rows["reads"]["ipc"] > 95, rows
  assert list(rows)[0] == "computes", "not sorted: %s" % rows
  assert b"4 threads in 1 process" in made.stdout, made.stdout
  for name, row in rows.items():
    assert 90 < sum(row.values()) < 110, (name, row)


@case
def tables_follow_each_other_until_the_process_ends():
  with program(life_s=3) as target:
    made = subprocess.run([TOOL, "top", "-p", str(target.pid), "-d", "0.5"],
                          capture_output=True, timeout=TIMEOUT_S, check=True)
  assert made.stdout.count(b"thread ") >= 2 and b"\x1b" not in made.stdout, made.stdout


@case
def top_on_a_terminal_ends_by_q_and_restores_it():
  with program() as target:
    shown = Terminal("top", "-p", target.pid, "-d", "0.3")
    shown.hear("computes")
    shown.hear("q quits")
    assert "\x1b[31m" not in shown.text, "a thread's name reached the terminal"
    shown.type(b"q")
    assert shown.end() == 0
    assert "computes" in shown.text[shown.text.rfind("\x1b[?1049l"):], "the last table is gone"


@case
def top_follows_the_size_of_the_terminal():
  with program() as target:
    shown = Terminal("top", "-p", target.pid, "-d", "0.3", columns=100)
    shown.hear(" pid ")
    shown.resize(40, 8)
    os.kill(shown.process.pid, signal.SIGWINCH)
    time.sleep(1)  # until the next look
    shown.read(0)
    shown.text = ""
    shown.type(b"\x0c")  # all of it anew
    shown.hear("q quits")
    assert " pid " not in shown.text, shown.text
    shown.type(b"q")
    assert shown.end() == 0


@case
def top_restores_the_terminal_whatever_ends_it():
  with program() as target:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
      shown = Terminal("top", "-p", target.pid, "-d", "0.2")
      shown.hear("computes")
      os.kill(shown.process.pid, number)
      assert shown.end() == 0, number
    shown = Terminal("top", "-p", target.pid, "-d", "0.3")
    shown.hear("computes")
    target.kill()
    assert shown.end() == 0


@case
def progress_is_one_line_that_is_taken_back():
  with program() as target:
    shown = Terminal("-p", target.pid, "-d", "2.5", NO_COLOR="1")
    shown.hear("[12] of 2.5 s, 4 threads, mostly")
    assert shown.end() == 0
  before, report = shown.text.rsplit("\r\x1b[K", 1)
  assert before.startswith("\r\x1b[K") and "\n" not in before, before
  assert report.startswith("concadvise   pid"), report[:200]
  assert not re.search("\x1b\\[[0-9;]*m", shown.text), "colour, in spite of NO_COLOR"


@case
def progress_fits_a_narrow_terminal():
  with program() as target:
    shown = Terminal("-p", target.pid, columns=40)
    shown.hear("[0-9]+ s, 4 threads")
    shown.type(b"\x03")
    assert shown.end() == 0
  lines = re.findall("\r\x1b\\[K([^\r\x1b]*)", shown.text)
  assert all(len(line.removesuffix("^C")) < 40 for line in lines[:-1]), lines


@case
def there_is_no_progress_where_it_would_be_in_the_way():
  with program() as target:
    for arguments, environment in ((["-q", "-p", target.pid, "-d", "1.2"], {}),
                                   (["-p", target.pid, "-d", "1.2"], {"TERM": "dumb"}),
                                   (["sleep", "1.2"], {})):
      shown = Terminal(*arguments, **environment)
      shown.end()
      assert "\r\x1b[K" not in shown.text, (arguments, shown.text)
    made = subprocess.run([TOOL, "-p", str(target.pid), "-d", "1.2"], stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, timeout=TIMEOUT_S, check=True)
    assert not made.stderr, made.stderr


main()
