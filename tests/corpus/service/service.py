#!/usr/bin/env python3
"""A small HTTP service in four models, which share one handler: what a service's `capacity` is
held to.

Usage: service.py MODEL WORKERS PORT KIND [UPSTREAM_PORT [ROUNDS_PER_MS]]

MODEL  sequential  one thread: accept, handle, close
       threads     a pool of WORKERS threads, each of which accepts
       processes   WORKERS processes forked beforehand, each of which accepts
       event-loop  asyncio; several loops, each in a process of its own, where WORKERS is over 1
KIND   upstream    asks a slow upstream (30 ms), then computes for 1 ms
       compute     computes for 8 ms in pure Python
       mixed       asks an upstream (20 ms), then computes for 4 ms

The upstream is ../servers.py. ROUNDS_PER_MS makes the work the same for every model and run;
without it the service finds out by itself. A connection carries one request.
"""
import asyncio
import contextlib
import os
import socket
import statistics
import sys
import threading
import time

BACKLOG = 1024
HEAD_END = b"\r\n\r\n"
KINDS = {"upstream": (30, 1), "compute": (0, 8), "mixed": (20, 4)}  # ms of waiting, of computing


def compute(rounds):
  digest = 0
  for n in range(rounds):
    digest = (digest * 31 + n) & 0xffff
  return digest


def rounds_per_ms():
  """By the median of many short tries, in CPU time, which what else runs hardly changes."""
  rounds = 20000
  return round(rounds / statistics.median(compute_time(rounds) for _ in range(100)) / 1e3)


def compute_time(rounds):
  started = time.thread_time()
  compute(rounds)
  return time.thread_time() - started


class Stream:
  """A blocking socket with the methods of asyncio's reader and writer; no await ever suspends."""
  def __init__(self, connection):
    self.connection = connection

  async def readuntil(self, separator):
    received = b""
    while separator not in received:
      piece = self.connection.recv(4096)
      if not piece:
        raise ConnectionResetError
      received += piece
    return received

  async def read(self):
    pieces = iter(lambda: self.connection.recv(4096), b"")
    return b"".join(pieces)

  def write(self, data):
    self.connection.sendall(data)

  async def drain(self):
    pass

  def close(self):
    self.connection.close()


async def connect_blocking(host, port):
  stream = Stream(socket.create_connection((host, port)))
  return stream, stream


class Handler:
  """What every model does with a request; connect is asyncio.open_connection or its like."""
  def __init__(self, kind, upstream_port, rounds_of_ms, connect):
    self.wait_ms, compute_ms = KINDS[kind]
    self.upstream_port, self.connect = upstream_port, connect
    self.rounds = compute_ms * rounds_of_ms

  async def __call__(self, reader, writer):
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
      await reader.readuntil(HEAD_END)
      if self.wait_ms:
        await self.upstream_ask()
      body = b"%d\n" % compute(self.rounds)
      writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
      await writer.drain()
    writer.close()

  async def upstream_ask(self):
    reader, writer = await self.connect("127.0.0.1", self.upstream_port)
    writer.write(b"GET /wait/%d/2 HTTP/1.0\r\n\r\n" % self.wait_ms)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 "), answer


def coroutine_finish(coroutine):
  """Runs one that never suspends."""
  try:
    coroutine.send(None)
  except StopIteration:
    return
  raise RuntimeError("a blocking stream waited for an event loop")


def accept_serve(listener, handler):
  while True:
    stream = Stream(listener.accept()[0])
    coroutine_finish(handler(stream, stream))


async def loop_serve(listener, handler):
  async with await asyncio.start_server(handler, sock=listener, backlog=BACKLOG) as server:
    await server.serve_forever()


def loop_run(listener, handler):
  asyncio.run(loop_serve(listener, handler))


def threads_run(workers, listener, handler):
  pool = [threading.Thread(target=accept_serve, args=(listener, handler)) for _ in range(workers)]
  for thread in pool:
    thread.start()
  for thread in pool:
    thread.join()


def processes_run(workers, serve, listener, handler):
  """Children serve; the parent waits for them, and they are ended with it, as its process group."""
  for _ in range(workers):
    if os.fork() == 0:
      serve(listener, handler)
      os._exit(0)
  for _ in range(workers):
    os.wait()


def main(model, workers, port, kind, upstream_port="0", rounds=None):
  workers = int(workers)
  connect = asyncio.open_connection if model == "event-loop" else connect_blocking
  handler = Handler(kind, int(upstream_port), int(rounds or rounds_per_ms()), connect)
  listener = socket.create_server(("127.0.0.1", int(port)), backlog=BACKLOG)
  if model == "sequential":
    accept_serve(listener, handler)
  elif model == "threads":
    threads_run(workers, listener, handler)
  elif model == "processes":
    processes_run(workers, accept_serve, listener, handler)
  elif model == "event-loop" and workers == 1:
    loop_run(listener, handler)
  elif model == "event-loop":
    processes_run(workers, loop_run, listener, handler)
  else:
    sys.exit(__doc__.strip())


if __name__ == "__main__":
  if len(sys.argv) not in (5, 6, 7) or sys.argv[4] not in KINDS:
    sys.exit(__doc__.strip())
  main(*sys.argv[1:])
