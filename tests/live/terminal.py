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
  def __init__(self, *arguments, columns=80, lines=24, before="", **environment):
    self.master, self.slave = pty.openpty()
    self.resize(columns, lines)
    os.write(self.slave, before.encode())
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
                                   (["sleep", "1.2"], {}),
                                   (["-q", "sleep", "3.3"], {}),
                                   (["sleep", "3.3"], {"TERM": "dumb"})):
      shown = Terminal(*arguments, **environment)
      shown.end()
      assert "\r\x1b[K" not in shown.text, (arguments, shown.text)
      assert "thread, mostly" not in shown.text, (arguments, shown.text)
    made = subprocess.run([TOOL, "-p", str(target.pid), "-d", "1.2"], stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, timeout=TIMEOUT_S, check=True)
    assert not made.stderr, made.stderr


def rows_of(text):
  """What stands on a terminal of 80 columns that was written this: rows, of what progress uses."""
  rows, at, column = [""], 0, 0
  for part in re.findall("\x1b\\[[0-9;?]*[A-Za-z]|.", text, re.S):
    if part == "\n":
      at += 1
      rows += [""] * (at == len(rows))
    elif part == "\r":
      column = 0
    elif part == "\x1b[A":
      at = max(0, at - 1)
    elif part in ("\x1b[K", "\x1b[J"):
      rows[at] = rows[at][:column]
      del rows[at + 1 if part == "\x1b[J" else len(rows):]
    elif not part.startswith("\x1b"):
      if column == 80:  # only now it wraps
        at, column = at + 1, 0
        rows += [""] * (at == len(rows))
      rows[at] = rows[at].ljust(column)[:column] + part + rows[at][column + 1:]
      column += 1
  return [row.rstrip() for row in rows]


PROGRESS = "concadvise: [0-9]+ s, 1 thread, mostly sleep \\([0-9]+ %\\)"


@case
def progress_beside_a_silent_command_is_taken_back():
  shown = Terminal("--", "sleep", "4.5", NO_COLOR="1")
  assert shown.end() == 0
  assert len(re.findall(PROGRESS, shown.text)) >= 2, shown.text
  assert rows_of(shown.text)[0].startswith("concadvise   sleep 4.5"), shown.text


@case
def what_a_command_writes_stands_alone():
  shown = Terminal("--", "sh", "-c", "sleep 3.5; echo one; echo two; sleep 2.5; printf three")
  assert shown.end() == 0
  rows = rows_of(shown.text)
  assert re.fullmatch(PROGRESS.replace("1 thread", "2 threads"), rows[0]), rows
  assert rows[1:3] == ["one", "two"], rows
  assert rows[3].startswith("three"), rows


@case
def a_line_that_was_begun_before_progress_is_left():
  shown = Terminal("-o", "/dev/null", "--", "sleep", "4.5", before="Building... ")
  assert shown.end() == 0
  assert re.search(PROGRESS, shown.text), shown.text
  assert rows_of(shown.text)[0] == "Building...", shown.text


@case
def a_command_that_uses_the_terminal_has_it_for_itself():
  for script, typed in (
      ("echo early; sleep 3.5", b""),            # has written
      ("echo early >/dev/tty; sleep 3.5", b""),  # by another way
      ("read line; sleep 3.5", b"typed\n"),
      ("stty -icanon; sleep 3.5; stty icanon", b""),   # wants keys
      ("stty -echo; sleep 3.5; stty echo", b"")):      # a password
    shown = Terminal("-o", "/dev/null", "--", "sh", "-c", script)
    shown.type(typed)
    assert shown.end() == 0, script
    assert "mostly" not in shown.text, (script, shown.text)


@case
def what_is_typed_ends_progress():
  shown = Terminal("-o", "/dev/null", "--", "sleep", "5.5")
  shown.hear(PROGRESS)
  shown.type(b"typed\n")
  assert shown.end() == 0
  rows = rows_of(shown.text)
  assert re.fullmatch(PROGRESS, rows[0]) and rows[1] == "typed", rows


@case
def ctrl_c_beside_a_command_leaves_no_trace():
  shown = Terminal("--", "sleep", "60", NO_COLOR="1")
  shown.hear(PROGRESS)
  shown.type(b"\x03")
  assert shown.end() == 130
  assert rows_of(shown.text)[0].startswith("concadvise   sleep 60"), shown.text


@case
def progress_tells_which_run_it_is():
  shown = Terminal("--runs", "3", "-o", "/dev/null", "--", "sleep", "1.5")
  assert shown.end() == 0
  assert re.search("concadvise: run [23] of 3, 1 s, 1 thread, mostly sleep", shown.text), shown.text
  assert not any(rows_of(shown.text)), shown.text


main()
