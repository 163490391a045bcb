"""flow: programs that work on and on and tell how far they are, so that a tool can be attached and
taken away again while they do: a window with it lies between two without it, of one and the same
process, a second apart. What else changes from run to run is then no part of the difference.
"""
import mmap
import os
import pathlib
import re
import socket
import struct
import subprocess
import time

import live

PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
LOAD_S = 3600  # longer than anybody measures
LOOP = """
import mmap, sys
file = open(sys.argv[1], "r+b")
place, n, x = memoryview(mmap.mmap(file.fileno(), 8)).cast("Q"), 0, 0
while True:
  for i in range(2000):
    x += i * i % 7
  n += 1
  place[0] = n
"""


def port_free():
  with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    return s.getsockname()[1]


def port_await(port):
  for _ in range(100):
    with socket.socket() as s:
      if s.connect_ex(("127.0.0.1", port)) == 0:
        return
    time.sleep(0.05)
  raise RuntimeError("the server does not answer")


class Flow:
  """pid: who is measured. done(): how much it has done by now. What is measured has the last CPU,
  and what works it the first one: where both are moved about, that changes more than any tool."""
  def __init__(self):
    self.started = []

  def start(self, pick, *command):
    cpu = pick(os.sched_getaffinity(0))
    self.started.append(subprocess.Popen(["taskset", "-c", str(cpu), *command],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL))
    return self.started[-1].pid

  def __enter__(self):
    return self

  def __exit__(self, *_):
    for process in reversed(self.started):
      process.terminate()
      process.wait()


class Computing(Flow):
  """A loop in pure Python; 2,000 turns of it are one."""
  needs = [PYTHON]

  def __init__(self):
    super().__init__()
    path = live.path_new("turns")
    pathlib.Path(path).write_bytes(bytes(8))
    self.pid = self.start(max, PYTHON, "-c", LOOP, path)
    with open(path, "rb") as file:
      self.place = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

  def done(self):
    return struct.unpack("Q", self.place)[0]


class Redis(Flow):
  """GETs of redis-benchmark with 50 clients, by the server's own count."""
  needs = ["redis-server", "redis-benchmark"]

  def __init__(self):
    super().__init__()
    port = port_free()
    self.pid = self.start(max, "redis-server", "--port", str(port), "--save", "")
    port_await(port)
    self.start(min, "redis-benchmark", "-p", str(port), "-t", "get", "-n", "100000", "-l", "-q")
    self.asked = socket.create_connection(("127.0.0.1", port))

  def done(self):
    self.asked.sendall(b"INFO stats\r\n")
    told = b""
    while b"total_commands_processed:" not in told or not told.endswith(b"\n"):
      told += self.asked.recv(65536)
    return int(re.search(rb"total_commands_processed:(\d+)", told)[1])


class Nginx(Flow):
  """One worker under wrk with 16 connections, by the server's own count."""
  needs = ["nginx", "wrk"]

  def __init__(self):
    super().__init__()
    self.port = port_free()
    folder = os.path.dirname(live.path_new("nginx"))
    os.chmod(folder, 0o755)
    conf = pathlib.Path(folder) / "nginx.conf"
    conf.write_text("daemon off; master_process off; pid %s/pid; error_log /dev/null;\n"
                    "events {}\nhttp { access_log off; keepalive_requests 1000000000; server { listen 127.0.0.1:%d;\n"
                    'location / { return 200 "ok"; } location /done { stub_status; } } }\n'
                    % (folder, self.port), encoding="ascii")
    self.pid = self.start(max, "nginx", "-c", str(conf))
    port_await(self.port)
    self.start(min, "wrk", "-t1", "-c16", "-d%ds" % LOAD_S, "http://127.0.0.1:%d/" % self.port)

    self.asked = socket.create_connection(("127.0.0.1", self.port))

  def done(self):
    self.asked.sendall(b"GET /done HTTP/1.1\r\nHost: x\r\n\r\n")
    told = b""
    while b"Writing:" not in told:
      told += self.asked.recv(65536)
    return int(re.search(rb"requests\s+\d+ \d+ (\d+)", told)[1])


def done_now(flow):
  """And when that was. To ask takes the longer the longer nothing was asked, so that the time is
  that of the answer: where asking lay within the windows, those that followed upon a pause were
  1.7 % longer, with no tool at all."""
  done = flow.done()
  return time.perf_counter(), done


def seconds_each(flow, window_s):
  begun, before = done_now(flow)
  time.sleep(window_s)
  ended, after = done_now(flow)
  return (ended - begun) / (after - before)
