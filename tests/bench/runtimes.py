#!/usr/bin/env python3
"""runtimes: what a runtime's own pools and loops take, beside the kernel.

Made with it: the table of analyzer/overhead.c. Each row is the CPU time, of a program and of the
children that it waited for, beyond that of another program which does the same but for what is
told; medians of rounds, in which all programs run in turn. A program that has a module already
does not load it again.

Usage: runtimes.py [ROUNDS]. PYTHON, NODE and RUBY name other programs than those on PATH; one that
is not installed is left out.
"""
import os
import shutil
import statistics
import subprocess
import sys

PYTHON = [os.environ.get("PYTHON", "python3"), "-c"]
NODE = [os.environ.get("NODE", "node"), "-e"]
RUBY = [os.environ.get("RUBY", "ruby"), "-e"]

THREADS = """
import concurrent.futures.thread, threading
with concurrent.futures.ThreadPoolExecutor(%(workers)d) as pool:
  gate = threading.Barrier(max(%(workers)d, 1))
  list(pool.map(lambda _: gate.wait(), range(%(workers)d)))
  list(pool.map(abs, range(%(operations)d)))
"""
POOL = """
import multiprocessing.pool
with multiprocessing.Pool(%(workers)d) as pool:
  pool.map(abs, range(%(operations)d))
  pool.close()
  pool.join()
"""
LOOP = """
import asyncio
async def nothing(): pass
async def main(): await asyncio.gather(*[nothing() for _ in range(%(operations)d)])
asyncio.run(main())
"""
# Asks a process so often, and waits for each answer: on one of sixteen sockets after the other, and
# on a loop, which waits for all.
ASKED = """
import asyncio, os, selectors, socket
pairs = [socket.socketpair() for _ in range(16)]
server = os.fork()
if server == 0:
  asked = selectors.DefaultSelector()
  for _, there in pairs:
    asked.register(there, selectors.EVENT_READ)
  while True:
    for key, _ in asked.select():
      key.fileobj.send(key.fileobj.recv(100))
"""
ONE_BY_ONE = ASKED + """
for number in range(%(operations)d):
  here = pairs[number %% 16][0]
  here.send(b"question\\n")
  here.recv(100)
os.kill(server, 9)
"""
TOGETHER = ASKED + """
async def share(here):
  reader, writer = await asyncio.open_connection(sock=here)
  for _ in range(%(operations)d // 16):
    writer.write(b"question\\n")
    await reader.readline()
async def main():
  await asyncio.gather(*[share(here) for here, _ in pairs])
asyncio.run(main())
os.kill(server, 9)
"""
# Minor page faults of each of eight forked workers: with nothing to do, and where it asks a server.
FAULTS = """
import http.server, multiprocessing, resource, signal, urllib.request
def serve(site):
  site.serve_forever()
def ask(url):
  if url:
    urllib.request.urlopen(url).read()
  gate.wait()
  return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
gate = multiprocessing.Barrier(8)
site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
server = multiprocessing.Process(target=serve, args=(site,))
server.start()
for url in (None, "http://127.0.0.1:%d/" % site.server_port):
  with multiprocessing.Pool(8) as pool:
    print(sum(pool.map(ask, [url] * 8, chunksize=1)) // 8)
server.kill()
"""
WORKERS = """
const {Worker} = require("worker_threads");
let left = %(workers)d;
for (let i = left; i > 0; i--)
  new Worker("", {eval: true});
"""
FORKS = """
const {fork} = require("child_process");
for (let i = %(workers)d; i > 0; i--)
  fork("/dev/null");
"""
PROMISES = """
const nothing = async () => {};
Promise.all(Array.from({length: %(operations)d}, nothing));
"""
RUBY_THREADS = "%(workers)d.times.map { Thread.new {} }.each(&:join)"
RUBY_FORKS = "%(workers)d.times { fork {} }; Process.waitall"
RUBY_FIBERS = "%(operations)d.times.map { Fiber.new {} }.each(&:resume)"


BESIDE = "import asyncio\n"  # which loads most of what pools need


# CPU time of each operation that an executor hands out: of who does that, and of its workers.
EXECUTOR = """
import concurrent.futures, resource
def cpu_s(who):
  used = resource.getrusage(who)
  return used.ru_utime + used.ru_stime
def all_s(operations):
  before_s = cpu_s(resource.RUSAGE_SELF), cpu_s(resource.RUSAGE_CHILDREN)
  with concurrent.futures.ProcessPoolExecutor(4) as pool:
    list(pool.map(abs, range(operations)))
  return (cpu_s(resource.RUSAGE_SELF) - before_s[0], cpu_s(resource.RUSAGE_CHILDREN) - before_s[1])
few, many = all_s(200), all_s(4200)
print(*((b - a) / 4000 for a, b in zip(few, many)))
"""


def of(program, words, workers=0, operations=0):
  return (*program, words % {"workers": workers, "operations": operations})


# What is told, in which unit, the program, the one that does it not, and how often it does.
ROWS = [
    ("CPython: to load threads", "ms", of(PYTHON, "import concurrent.futures.thread"),
     of(PYTHON, ""), 1),
    ("CPython: the same, with a loop there", "ms",
     of(PYTHON, BESIDE + "import concurrent.futures.thread"), of(PYTHON, BESIDE), 1),
    ("CPython: each thread", "us", of(PYTHON, THREADS, 65), of(PYTHON, THREADS, 1), 64),
    ("CPython: each operation of threads", "us", of(PYTHON, THREADS, 4, 5000),
     of(PYTHON, THREADS, 4), 5000),
    ("CPython: to load processes", "ms", of(PYTHON, "import multiprocessing.pool"),
     of(PYTHON, ""), 1),
    ("CPython: the same, with a loop there", "ms",
     of(PYTHON, BESIDE + "import multiprocessing.pool"), of(PYTHON, BESIDE), 1),
    ("CPython: a pool with one process, beside that", "ms", of(PYTHON, POOL, 1),
     of(PYTHON, "import multiprocessing.pool"), 1),
    ("CPython: each further process", "ms", of(PYTHON, POOL, 17), of(PYTHON, POOL, 1), 16),
    ("CPython: each operation of processes, in chunks", "us", of(PYTHON, POOL, 4, 20000),
     of(PYTHON, POOL, 4), 20000),
    ("CPython: to load and run a loop", "ms", of(PYTHON, LOOP), of(PYTHON, ""), 1),
    ("CPython: each operation of a loop", "us", of(PYTHON, LOOP, operations=20000),
     of(PYTHON, LOOP), 20000),
    ("CPython: each wait for an answer, one after the other", "us",
     of(PYTHON, ONE_BY_ONE, operations=8000), of(PYTHON, ONE_BY_ONE), 8000),
    ("CPython: the same, in sixteen tasks of a loop", "us",
     of(PYTHON, TOGETHER, operations=8000), of(PYTHON, TOGETHER), 8000),
    ("Node: each worker thread", "ms", of(NODE, WORKERS, 9), of(NODE, WORKERS, 1), 8),
    ("Node: each forked process", "ms", of(NODE, FORKS, 9), of(NODE, FORKS, 1), 8),
    ("Node: each promise", "us", of(NODE, PROMISES, operations=100000), of(NODE, PROMISES),
     100000),
    ("Ruby: each thread", "us", of(RUBY, RUBY_THREADS, 201), of(RUBY, RUBY_THREADS, 1), 200),
    ("Ruby: each process", "ms", of(RUBY, RUBY_FORKS, 17), of(RUBY, RUBY_FORKS, 1), 16),
    ("Ruby: each fiber", "us", of(RUBY, RUBY_FIBERS, operations=5000), of(RUBY, RUBY_FIBERS),
     5000),
]
UNITS = {"ms": 1e3, "us": 1e6}


def cpu_s(command):
  child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
  _, status, used = os.wait4(child.pid, 0)
  child.returncode = os.waitstatus_to_exitcode(status)
  if child.returncode:
    sys.exit("it failed: " + " ".join(command))
  return used.ru_utime + used.ru_stime


def main(rounds):
  rows = [row for row in ROWS if shutil.which(row[2][0])]
  taken = {command: [] for row in rows for command in row[2:4]}
  for _ in range(rounds):
    for command, those in taken.items():
      those.append(cpu_s(command))
  for what, unit, command, without, times in rows:
    each_s = (statistics.median(taken[command]) - statistics.median(taken[without])) / times
    print("%-50s %8.1f %s" % (what, each_s * UNITS[unit], unit))
  executor_print()
  faults_print()


def executor_print():
  told = subprocess.run([*PYTHON, EXECUTOR], stdout=subprocess.PIPE, check=True).stdout.split()
  for what, each_s in zip(("in who hands it out", "in its worker"), told):
    print("%-50s %8.1f us"
          % ("CPython: an executor's operation, " + what, float(each_s) * 1e6))


def faults_print():
  """Of forked workers, which copy what they touch."""
  told = subprocess.run([*PYTHON, FAULTS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                        check=True).stdout.split()
  for what, count in zip(("with nothing to do", "that asks a server"), told):
    print("%-50s %8d faults" % ("CPython: a forked worker " + what, int(count)))


if __name__ == "__main__":
  main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
