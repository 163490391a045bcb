#!/usr/bin/env python3
"""sites: a program that knows at which of its lines it waits and computes, and for how long.

A site is a function in which one line is marked. The marked line is where the time goes, the name
is that of the innermost code object that has the line, by the compiler's own word, and the seconds
are the thread's clocks around the call: blocked time (neither on a CPU nor waiting for one) where
it waits, CPU time where it computes. At the end every site is printed as a line of JSON.

Usage: sites.py [SITE...]; CPython 3.8 and later
"""
import asyncio
import collections
import concurrent.futures
import contextlib
import ctypes
import dis
import fcntl
import functools
import hashlib
import importlib
import json
import os
import pickle
import queue
import re
import select
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib

try:
  import _interpreters as interpreters
except ImportError:
  try:
    import _xxsubinterpreters as interpreters
  except ImportError:
    interpreters = None

WAIT_S, COMPUTE_S = 0.03, 0.07
MARK = re.compile(r"# <- (waits|computes)\s*$")

sites = []
truths = {}  # by function
folder = tempfile.TemporaryDirectory(prefix="sites-")
cpu = time.thread_time


class Truth:
  def __init__(self, what, kind, code, line):
    self.what, self.kind, self.line, self.seconds = what, kind, line, 0.0
    self.function = getattr(code, "co_qualname", code.co_name)
    self.file = code.co_filename

  def print(self):
    told = {key: getattr(self, key) for key in "what kind function file line seconds".split()}
    print(json.dumps(dict(told, pid=os.getpid())), flush=True)


def clocks():
  """Wall, CPU and run-queue seconds of this thread."""
  with open("/proc/thread-self/schedstat", encoding="ascii") as file:
    waited = int(file.read().split()[1]) / 1e9
  return time.monotonic(), cpu(), waited


@contextlib.contextmanager
def spent(truth):
  before = clocks()
  try:
    yield
  finally:
    wall, ran, waited = (b - a for a, b in zip(before, clocks()))
    truth.seconds += ran if truth.kind == "computes" else max(wall - ran - waited, 0)


def codes_by_line(code, found):
  """The innermost code object of each line."""
  for _, line in dis.findlinestarts(code):
    found[line] = code
  for constant in code.co_consts:
    if hasattr(constant, "co_code"):
      codes_by_line(constant, found)
  return found


@functools.lru_cache(None)
def marks_of(path):
  with open(path, encoding="utf-8") as file:
    return {number: mark.group(1) for number, line in enumerate(file, 1)
            for mark in [MARK.search(line)] if mark}


def truth_of(code, what):
  """Of the one marked line that is in this code or in one inside of it."""
  lines, marks = codes_by_line(code, {}), marks_of(code.co_filename)
  (line,) = [line for line in lines if line in marks]
  return Truth(what, marks[line], lines[line], line)


def site(function):
  """A function that is run once, and timed as a whole."""
  sites.append(function)
  truths[function] = truth_of(function.__code__, function.__name__)
  return function


def site_with(path, name):
  """Likewise, where the marked line is in a file of its own."""
  def decorate(function):
    with open(path, encoding="utf-8") as file:
      code = compile(file.read(), path, "exec")
    if name != "<module>":
      (code,) = [c for c in code.co_consts if getattr(c, "co_name", "") == name]
    sites.append(function)
    truths[function] = truth_of(code, function.__name__)
    return function

  return decorate


def run(function):
  with spent(truths[function]):
    function()


def module_new(name, text):
  path = os.path.join(folder.name, name + ".py")
  with open(path, "w", encoding="utf-8") as file:
    file.write(text)
  return path


# What others wait for: a thread that sleeps first.


def nap():
  time.sleep(WAIT_S)  # <- waits


truths[nap] = truth_of(nap.__code__, "nap")


@contextlib.contextmanager
def later(act, *arguments):
  def work():
    with spent(truths[nap]):
      nap()
    act(*arguments)

  thread = threading.Thread(target=work)
  thread.start()
  yield thread
  thread.join()


# Waiting.


@site
def sleeps():
  time.sleep(WAIT_S)  # <- waits


@site
def sleeps_in_a_call_of_many_lines():
  time.sleep(  # <- waits
      max(
          0.0,
          WAIT_S,
      )
  )


@site
def sleeps_in_a_method():
  class Sleeper:
    def sleep(self):
      time.sleep(WAIT_S)  # <- waits

  Sleeper().sleep()


@site
def sleeps_in_a_property():
  class Sleeper:
    @property
    def sleep(self):
      return time.sleep(WAIT_S)  # <- waits

  return Sleeper().sleep


@site
def sleeps_at_the_end_of_an_object():
  class Sleeper:
    def __del__(self):
      time.sleep(WAIT_S)  # <- waits

  Sleeper()


@site
def sleeps_in_the_body_of_a_class():
  class Sleeper:  # pylint: disable=unused-variable
    time.sleep(WAIT_S)  # <- waits


@site
def sleeps_in_a_nested_function():
  def outer():
    def inner():
      time.sleep(WAIT_S)  # <- waits

    inner()

  outer()


@site
def sleeps_in_a_lambda():
  (lambda: time.sleep(WAIT_S))()  # <- waits


def decorated(function):
  @functools.wraps(function)
  def wrapper(*arguments, **named):
    return function(*arguments, **named)

  return wrapper


@site
def sleeps_in_a_decorated_function():
  @decorated
  @functools.lru_cache(None)
  def sleep(seconds):
    time.sleep(seconds)  # <- waits

  sleep(WAIT_S)


@site
def sleeps_in_a_generator():
  def sleep():
    yield 1
    time.sleep(WAIT_S)  # <- waits
    yield 2

  list(sleep())


@site
def sleeps_in_a_generator_of_a_generator():
  def sleep():
    yield time.sleep(WAIT_S)  # <- waits

  def delegate():
    yield from sleep()

  list(delegate())


@site
def sleeps_in_a_context_manager():
  @contextlib.contextmanager
  def sleep():
    yield
    time.sleep(WAIT_S)  # <- waits

  with sleep():
    pass


@site
def sleeps_in_a_handler():
  try:
    raise ValueError
  except ValueError:
    try:
      pass
    finally:
      time.sleep(WAIT_S)  # <- waits


@site
def sleeps_in_a_recursion():
  def sleep(depth):
    if depth:
      sleep(depth - 1)
    else:
      time.sleep(WAIT_S)  # <- waits

  sleep(30)


@site
def sleeps_in_a_deep_recursion():
  def sleep(depth):
    if depth:
      sleep(depth - 1)
    else:
      time.sleep(WAIT_S)  # <- waits

  sleep(400)


@site
def sleeps_in_a_sorting_key():
  def key(number):
    time.sleep(WAIT_S / 2)  # <- waits
    return number

  sorted([2, 1], key=key)


@site
def sleeps_in_a_callback_of_libc():
  compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

  def compare(_a, _b):
    time.sleep(WAIT_S)  # <- waits
    return 0

  ctypes.CDLL(None).qsort(ctypes.create_string_buffer(2), 2, 1, compare_type(compare))


@site
def sleeps_in_libc():
  ctypes.CDLL(None).usleep(int(WAIT_S * 1e6))  # <- waits


@site
def sleeps_in_a_callback_of_sqlite():
  def rest():
    time.sleep(WAIT_S)  # <- waits

  with contextlib.closing(sqlite3.connect(":memory:")) as base:
    base.create_function("rest", 0, rest)
    base.execute("select rest()").fetchall()


@site
def sleeps_in_a_signal_handler():
  def handle(_signal, _frame):
    time.sleep(WAIT_S)  # <- waits

  signal.signal(signal.SIGUSR1, handle)
  os.kill(os.getpid(), signal.SIGUSR1)


@site
def blocks_in_a_coroutine():
  async def block():
    time.sleep(WAIT_S)  # <- waits

  asyncio.run(block())


@site
def blocks_in_a_task():
  async def block():
    await asyncio.sleep(0)
    time.sleep(WAIT_S / 2)  # <- waits

  async def both():
    await asyncio.gather(block(), block())

  asyncio.run(both())


@site
def blocks_in_an_asynchronous_generator():
  async def block():
    yield time.sleep(WAIT_S)  # <- waits

  async def take():
    async for _ in block():
      pass

  asyncio.run(take())


@site
def reads_a_pipe():
  r, w = os.pipe()
  with later(os.write, w, b"x"):
    os.read(r, 1)  # <- waits


@site
def reads_a_file_object():
  r, w = os.pipe()
  with later(os.write, w, b"x\n"), open(r, encoding="ascii") as file:
    file.readline()  # <- waits


@site
def receives_from_a_socket():
  a, b = socket.socketpair()
  with a, b, later(b.send, b"x"):
    a.recv(1)  # <- waits


@site
def receives_with_a_timeout():
  with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname()) as a, server.accept()[0] as b:
      a.settimeout(10)
      with later(b.send, b"x"):
        a.recv(1)  # <- waits


@site
def accepts():
  with socket.create_server(("127.0.0.1", 0)) as server:
    with later(lambda: socket.create_connection(server.getsockname()).close()):
      server.accept()[0].close()  # <- waits


@site
def opens_a_fifo():
  path = os.path.join(folder.name, "fifo")
  os.mkfifo(path)
  with later(lambda: open(path, "wb").close()):
    open(path, "rb").close()  # <- waits


@site
def selects():
  select.select([], [], [], WAIT_S)  # <- waits


@site
def polls():
  r, _ = os.pipe()
  poll = select.poll()
  poll.register(r)
  poll.poll(WAIT_S * 1e3)  # <- waits


@site
def waits_with_a_selector():
  r, w = os.pipe()
  with selectors.DefaultSelector() as selector:
    for fd in (r, w):
      selector.register(fd, selectors.EVENT_READ)
    selector.select(WAIT_S)  # <- waits


@site
def acquires_a_lock():
  lock = threading.Lock()
  lock.acquire()
  with later(lock.release):
    lock.acquire()  # <- waits


@site
def enters_a_lock():
  lock = threading.Lock()
  lock.acquire()
  with later(lock.release):
    with lock:  # <- waits
      pass


@site
def gets_from_a_queue():
  q = queue.Queue()
  with later(q.put, 1):
    q.get()  # <- waits


@site
def gets_from_a_simple_queue():
  q = queue.SimpleQueue()
  with later(q.put, 1):
    q.get()  # <- waits


@site
def waits_for_an_event():
  event = threading.Event()
  with later(event.set):
    event.wait()  # <- waits


@site
def waits_for_a_semaphore():
  semaphore = threading.Semaphore(0)
  with later(semaphore.release):
    semaphore.acquire()  # <- waits


@site
def joins_a_thread():
  with later(lambda: None) as thread:
    thread.join()  # <- waits


@site
def waits_for_a_future():
  future = concurrent.futures.Future()
  with later(future.set_result, 1):
    future.result()  # <- waits


@site
def sleeps_in_a_pool():
  def sleep(_):
    time.sleep(WAIT_S)  # <- waits

  with concurrent.futures.ThreadPoolExecutor(1) as pool:
    list(pool.map(sleep, [1]))


@site
def locks_a_file():
  path = os.path.join(folder.name, "lock")
  with open(path, "wb") as a, open(path, "wb") as b:
    fcntl.flock(a, fcntl.LOCK_EX)
    with later(fcntl.flock, a, fcntl.LOCK_UN):
      fcntl.flock(b, fcntl.LOCK_EX)  # <- waits


@site
def waits_for_a_child():
  child = subprocess.Popen(["sleep", str(WAIT_S)])
  child.wait()  # <- waits


@site
def runs_a_command():
  subprocess.run(["sleep", str(2 * WAIT_S)], check=True)  # <- waits


@site
def takes_the_output_of_a_command():
  subprocess.check_output(["sleep", str(2 * WAIT_S)])  # <- waits


@site
def waits_for_a_signal():
  signal.signal(signal.SIGUSR2, lambda *_: None)
  with later(os.kill, os.getpid(), signal.SIGUSR2):
    signal.pause()  # <- waits


SLOW = module_new("slow_module", "import time\n\ntime.sleep(%g)  # <- waits\n" % WAIT_S)


@site_with(SLOW, "<module>")
def imports_a_slow_module():
  importlib.import_module("slow_module")


# Lines far down and far apart, and forth and back: what tables of lines have to tell.
FAR = module_new(
    "far_module", """import time
%s
def far_down(seconds):
  for i in range(2):
%s
    time.sleep(max(seconds * 0,
%s
                   0.0))
%s
    time.sleep(  # <- waits
        max(
            seconds / 2, 0))
    i += 1
""" % ("\n" * 70000, "    i = (i +\n 0)\n" * 150, "\n" * 300, "\n" * 300))
LONG = module_new(
    "long_module",
    "import time\n\ndef long_function(seconds):\n%s  time.sleep(seconds)  # <- waits\n" % "".join("  x%d = seconds + %d\n" % (i % 50, i) for i in range(5000)))
ODD = module_new(
    "größe_" + "lang" * 30,
    "import time\n\ndef größe(seconds):\n  time.sleep(seconds)  # <- waits\n")


@site_with(LONG, "long_function")
def sleeps_at_the_end_of_a_long_function():
  importlib.import_module("long_module").long_function(WAIT_S)


@site_with(ODD, "größe")
def sleeps_under_an_odd_name():
  importlib.import_module(os.path.basename(ODD)[:-3]).größe(WAIT_S)


@site_with(FAR, "far_down")
def sleeps_far_down():
  importlib.import_module("far_module").far_down(WAIT_S)


# The last one: of so many waits in a row not each is taken, nor one that comes right after them.


@site
def syncs():
  with tempfile.TemporaryFile(dir="/var/tmp") as file:
    end = time.monotonic() + 2 * WAIT_S
    while time.monotonic() < end:
      os.pwrite(file.fileno(), b"x" * 100000, 0)
      os.fsync(file.fileno())  # <- waits


# Computing.


@site
def loops():
  end = cpu() + COMPUTE_S
  while cpu() < end:
    for n in range(4000): n * n  # <- computes


@site
def counts_down():
  end = cpu() + COMPUTE_S
  while cpu() < end:
    n = 4000
    while n: n -= 1  # <- computes


@site
def lists():
  end = cpu() + COMPUTE_S
  while cpu() < end:
    [n * n * n for n in range(4000)]  # <- computes


@site
def generates():
  def squares(count):
    for n in range(count): yield n * n * n + n * n + n  # <- computes

  end = cpu() + COMPUTE_S
  while cpu() < end:
    collections.deque(squares(4000), 0)


@site
def computes_in_a_method():
  class Worker:
    total = 0

    def work(self):
      for n in range(4000): self.total += n  # <- computes

  end, worker = cpu() + COMPUTE_S, Worker()
  while cpu() < end:
    worker.work()


@site
def computes_in_a_nested_function():
  def outer():
    total = 0

    def inner():
      nonlocal total
      for n in range(4000): total += n  # <- computes

    inner()

  end = cpu() + COMPUTE_S
  while cpu() < end:
    outer()


@site
def computes_in_a_lambda():
  end = cpu() + COMPUTE_S
  power = lambda n: (n * 3 + 1) ** 3 % 1001 + (n * 5 + 2) ** 3 % 1003  # <- computes
  while cpu() < end:
    for n in map(power, range(4000)): pass


@site
def computes_in_a_decorated_function():
  @decorated
  def work():
    for n in range(4000): n * n  # <- computes

  end = cpu() + COMPUTE_S
  while cpu() < end:
    work()


@site
def recurses():
  def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)  # <- computes

  end = cpu() + COMPUTE_S
  while cpu() < end:
    fibonacci(15)


@site
def computes_in_a_coroutine():
  async def work():
    for n in range(4000): n * n  # <- computes

  async def all_of_it():
    end = cpu() + COMPUTE_S
    while cpu() < end:
      await work()

  asyncio.run(all_of_it())


@site
def computes_in_tasks():
  async def work(end):
    while cpu() < end:
      for n in range(20000): n * n  # <- computes
      await asyncio.sleep(0)

  async def both():
    end = cpu() + COMPUTE_S
    await asyncio.gather(work(end), work(end))

  asyncio.run(both())


@site
def computes_in_a_thread():
  def work():
    end = cpu() + COMPUTE_S
    with spent(truths[computes_in_a_thread]):
      while cpu() < end:
        for n in range(4000): n * n  # <- computes

  thread = threading.Thread(target=work)
  thread.start()
  thread.join()


@site
def computes_in_a_sorting_key():
  def key(n):
    return n * n % 1009 + n * n * n % 1013 + n * n * n * n % 1019  # <- computes

  end, numbers = cpu() + COMPUTE_S, list(range(2000))
  while cpu() < end:
    min(numbers, key=key)


@site
def computes_in_a_json_default():
  def default(value):
    for n in range(4000): n * n  # <- computes
    return str(value)

  end = cpu() + COMPUTE_S
  while cpu() < end:
    json.dumps([1j], default=default)


@site
def computes_in_a_replacement():
  def replacement(match):
    for n in range(400): n * n  # <- computes
    return match.group()

  end = cpu() + COMPUTE_S
  while cpu() < end:
    re.sub("a", replacement, "banana")


@site
def computes_in_a_comparison():
  class Odd:
    def __lt__(self, other):
      return sum([1, 2, 3, 4, 5, 6]) * 3 < max([1, 2, 3, 4, 5, 6]) * 2  # <- computes

  end, odd = cpu() + COMPUTE_S, [Odd() for _ in range(300)]
  while cpu() < end:
    min(odd)


@site
def computes_in_code_of_a_string():
  text = "for n in range(4000): n * n"
  end = cpu() + COMPUTE_S
  while cpu() < end:
    exec(text)  # <- computes


truths[computes_in_code_of_a_string].function = "<module>"
truths[computes_in_code_of_a_string].file = "<string>"
truths[computes_in_code_of_a_string].line = 1


@site
def sums():
  end = cpu() + COMPUTE_S
  while cpu() < end:
    sum(range(20000))  # <- computes


@site
def sorts():
  end, numbers = cpu() + COMPUTE_S, [n * n % 10007 for n in range(10000)]
  while cpu() < end:
    sorted(numbers)  # <- computes


@site
def multiplies():
  end, big = cpu() + COMPUTE_S, 3**20000
  while cpu() < end:
    big * big  # <- computes


@site
def hashes():
  end, data = cpu() + COMPUTE_S, bytes(1 << 20)
  while cpu() < end:
    hashlib.sha256(data).digest()  # <- computes


@site
def compresses():
  end, data = cpu() + COMPUTE_S, bytes(range(256)) * 2000
  while cpu() < end:
    zlib.compress(data)  # <- computes


@site
def matches():
  end, text = cpu() + COMPUTE_S, "a" * 14 + "b"
  while cpu() < end:
    re.match("(a+)+$", text)  # <- computes


@site
def parses():
  end, text = cpu() + COMPUTE_S, json.dumps([{"key": n, "text": "x" * 20} for n in range(3000)])
  while cpu() < end:
    json.loads(text)  # <- computes


@site
def pickles():
  end, data = cpu() + COMPUTE_S, [{"key": n, "text": str(n)} for n in range(3000)]
  while cpu() < end:
    pickle.dumps(data)  # <- computes


@site
def reads_zeros():
  end, fd = cpu() + COMPUTE_S, os.open("/dev/zero", os.O_RDONLY)
  while cpu() < end:
    os.read(fd, 1 << 20)  # <- computes


COMPUTES = module_new(
    "computing_module", """import time

end = time.thread_time() + %g
while time.thread_time() < end:
  for n in range(4000): n * n  # <- computes
""" % COMPUTE_S)


@site_with(COMPUTES, "<module>")
def imports_a_computing_module():
  importlib.import_module("computing_module")


# Processes.


def nap_in_a_fork():
  time.sleep(2 * WAIT_S)  # <- waits


truths[nap_in_a_fork] = truth_of(nap_in_a_fork.__code__, "nap_in_a_fork")


@site
def waits_for_a_fork():
  pid = os.fork()
  if pid == 0:
    with spent(truths[nap_in_a_fork]):
      nap_in_a_fork()
    truths[nap_in_a_fork].print()
    os._exit(0)
  os.waitpid(pid, 0)  # <- waits


# Several interpreters in one thread: each has a state of this thread of its own.

INNER = module_new(
    "inner_module", """import time

def inner_sleep():
  time.sleep(%g)  # <- waits

def inner_work():
  end = time.thread_time() + %g
  while time.thread_time() < end:
    for n in range(4000): n * n  # <- computes
""" % (WAIT_S, COMPUTE_S))
ENTER = "import sys; sys.path.insert(0, %r); import inner_module; inner_module.%%s()" % folder.name

if interpreters:
  inner = functools.lru_cache(None)(interpreters.create)

  @site_with(INNER, "inner_sleep")
  def sleeps_in_another_interpreter():
    interpreters.run_string(inner(), ENTER % "inner_sleep")

  @site
  def sleeps_beside_another_interpreter():
    time.sleep(WAIT_S)  # <- waits

  @site_with(INNER, "inner_work")
  def computes_in_another_interpreter():
    interpreters.run_string(inner(), ENTER % "inner_work")

  @site
  def computes_beside_another_interpreter():
    end = cpu() + COMPUTE_S
    while cpu() < end:
      for n in range(4000): n * n  # <- computes


def main():
  sys.path.insert(0, folder.name)
  wanted = sys.argv[1:]
  time.sleep(0.5)  # the first frames are missing, until the interpreter's file has been read
  for function in sites:
    if not wanted or function.__name__ in wanted:
      run(function)
  for truth in truths.values():
    if truth.seconds:
      truth.print()
  folder.cleanup()


if __name__ == "__main__":
  main()
