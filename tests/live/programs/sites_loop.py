#!/usr/bin/env python3
"""sites_loop: an event loop that many tasks share, and what one of them does to it now and then.

Prints function, line, count and seconds of what blocks it, by its own clock.

Usage: sites_loop.py WHAT SECONDS [uvloop]; WHAT is one of the functions below
"""
import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

SLOW_SERVER = """
import socket, time
with socket.create_server(("127.0.0.1", 0)) as server:
  print(server.getsockname()[1], flush=True)
  while True:
    connection = server.accept()[0]
    connection.recv(10000)
    time.sleep(0.12)
    connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
    connection.close()
"""

STALL_S = 0.15
spent = []


@contextlib.contextmanager
def timed():
  begun = time.monotonic()
  yield
  spent.append(time.monotonic() - begun)


async def fetches(port):
  with timed():
    urllib.request.urlopen("http://127.0.0.1:%d/" % port).read()  # <- blocks


async def sleeps(_):
  with timed():
    time.sleep(0.12)  # <- blocks


async def parses(text):
  with timed():
    json.loads(text)  # <- blocks


async def computes(count):
  with timed():
    sum(n * n for n in range(count))  # <- blocks


async def commits(base):
  base.executemany("insert into rows values (?)", [(b"x" * 4000,)] * 1000)
  with timed():
    base.commit()  # <- blocks


async def keeps_off(_):
  """Nothing blocks: what takes long is waited for, or done in a thread."""
  await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.12)


@contextlib.contextmanager
def port_of_a_slow_server():
  with subprocess.Popen([sys.executable, "-c", SLOW_SERVER], stdout=subprocess.PIPE) as server:
    try:
      yield int(server.stdout.readline())
    finally:
      server.terminate()


@contextlib.contextmanager
def database():
  with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
    base = sqlite3.connect(os.path.join(folder, "rows.db"))
    base.execute("create table rows (data)")
    base.commit()
    yield base
    base.close()


def rows(count):
  return json.dumps([{"key": n, "text": "x" * 20} for n in range(count)])


def size_for(seconds, work, make, first):
  """How much of it takes so long on this machine, when nothing else slows it."""
  made = make(first)

  def once():
    begun = time.monotonic()
    work(made)
    return time.monotonic() - begun

  return int(first * seconds / min(once() for _ in range(5)))


@contextlib.contextmanager
def much_text():
  yield rows(size_for(STALL_S, json.loads, rows, 20000))


@contextlib.contextmanager
def many_squares():
  yield size_for(STALL_S, lambda count: sum(n * n for n in range(count)), int, 100000)


@contextlib.contextmanager
def nothing():
  yield None


NEEDS = {fetches: port_of_a_slow_server, commits: database, parses: much_text,
         computes: many_squares}


async def echoes(end):
  """What shares the loop: short answers on a socket, all the time."""
  async def answer(reader, writer):
    with contextlib.suppress(ConnectionError):
      while True:
        data = await reader.read(100)
        if not data:
          break
        writer.write(data)
    writer.close()

  server = await asyncio.start_server(answer, "127.0.0.1", 0)
  reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
  while time.monotonic() < end:
    writer.write(b"hello")
    await reader.read(100)
    await asyncio.sleep(0.003)
  writer.close()
  server.close()


async def disturbs(work, need, end):
  while time.monotonic() < end:
    await work(need)
    await asyncio.sleep(0.1)


async def share(work, need, seconds):
  end = time.monotonic() + seconds
  await asyncio.gather(*(echoes(end) for _ in range(3)), disturbs(work, need, end))


def marked_line(function):
  with open(__file__, encoding="utf-8") as file:
    lines = file.read().splitlines()
  at = function.__code__.co_firstlineno
  return next((n for n in range(at, at + 5) if lines[n - 1].endswith("# <- blocks")), None)


def main():
  work, seconds = globals()[sys.argv[1]], float(sys.argv[2])
  if "uvloop" in sys.argv:
    import uvloop  # pylint: disable=import-outside-toplevel
    uvloop.install()
  with NEEDS.get(work, nothing)() as need:
    asyncio.run(share(work, need, seconds))
  print(json.dumps({"function": work.__name__, "line": marked_line(work), "count": len(spent),
                    "seconds": sum(spent), "longest": max(spent, default=0)}))


if __name__ == "__main__":
  main()
