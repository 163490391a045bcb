#!/usr/bin/env python3
"""What the corpus' programs talk to: servers that wait, on one event loop that mostly sleeps.

Usage: servers.py HTTP_PORT LINE_PORT UNIX_PATH; prints `ready` when it listens, ends on SIGTERM.

HTTP/1.1    GET /wait/MS/BYTES               answers BYTES bytes after MS milliseconds
            GET /slow/TOTAL_MS/CHUNKS/BYTES  answers BYTES in CHUNKS pieces spread over TOTAL_MS
lines       "MS BYTES\\n"                     answers BYTES bytes, the last a newline, after MS
                                             milliseconds; over TCP and over a UNIX socket

A connection's requests are answered in order, each one's waiting beginning when the one before it
has been answered. MS may have a fraction; epoll rounds a wait up to a whole millisecond. An answer
is a JSON array of numbers which depend on the whole request (so a query string varies it), filled
up with spaces: the same request is always answered by the same bytes.
"""
import asyncio
import collections
import contextlib
import functools
import gc
import os
import signal
import socket
import sys
import zlib

BACKLOG = 1024  # a client that opens all of its connections at once must not meet a full queue
NUMBERS = 32  # different ones in an answer; they repeat, so that a large answer costs little
WIDTH = len(b"123456, ")


@functools.lru_cache(maxsize=4096)
def answer_make(request, size):
  count = size // WIDTH
  seed = zlib.crc32(request)
  numbers = b"".join(b"%06d, " % (100000 + (seed * (i + 1) >> 7) % 900000) for i in range(NUMBERS))
  array = (numbers * (count // NUMBERS + 1))[:count * WIDTH].rstrip(b", ")
  return (b"[%b]" % array if size > 1 else b"").ljust(size)


class Connection(asyncio.Protocol):
  """One client: its requests not yet answered, and the timer of the one that is being answered."""

  def __init__(self, loop):
    self.loop = loop
    self.transport = self.timer = None
    self.received = b""
    self.requests = collections.deque()

  def connection_made(self, transport):
    self.transport = transport
    connected = transport.get_extra_info("socket")
    if connected.family != socket.AF_UNIX:
      connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

  def connection_lost(self, exc):
    self.requests.clear()
    if self.timer:
      self.timer.cancel()

  def data_received(self, data):
    *whole, self.received = (self.received + data).split(self.SEPARATOR)
    self.requests.extend(whole)
    if not self.timer:
      self.request_next()

  def request_next(self):
    self.timer = None
    if self.requests:
      self.request_begin(self.requests.popleft())

  def pieces_send(self, began, times, pieces):
    """Sends each piece at its time, counted from the beginning so that delays do not add up."""
    self.timer = self.loop.call_at(began + times[0], self.piece_send, began, times, pieces)

  def piece_send(self, began, times, pieces):
    self.transport.write(pieces[0])
    if len(pieces) > 1:
      self.pieces_send(began, times[1:], pieces[1:])
    else:
      self.answer_end()

  def answer_end(self):
    self.request_next()


class LineConnection(Connection):
  SEPARATOR = b"\n"

  def request_begin(self, line):
    ms, size = line.split()
    answer = answer_make(line, int(size) - 1) + b"\n"
    self.pieces_send(self.loop.time(), [float(ms) / 1e3], [answer])


class HttpConnection(Connection):
  SEPARATOR = b"\r\n\r\n"

  def __init__(self, loop):
    super().__init__(loop)
    self.closes = False

  def request_begin(self, head):
    """Plans the answer's pieces; the first one carries the header, as a slow server's would."""
    method, target, version = head.partition(b"\r\n")[0].split()
    self.closes = version == b"HTTP/1.0" or b"\r\nconnection: close" in head.lower()
    plan = target.partition(b"?")[0].split(b"/")[1:]
    if method == b"GET" and plan[0] == b"wait" and len(plan) == 3:
      self.answer_plan(target, float(plan[1]), 1, int(plan[2]))
    elif method == b"GET" and plan[0] == b"slow" and len(plan) == 4:
      self.answer_plan(target, float(plan[1]), int(plan[2]), int(plan[3]))
    else:
      self.transport.write(self.header_make(b"404 Not Found", 0))
      self.answer_end()

  def answer_plan(self, target, total_ms, chunks, size):
    answer = answer_make(target, size)
    pieces = [answer[size * i // chunks:size * (i + 1) // chunks] for i in range(chunks)]
    pieces[0] = self.header_make(b"200 OK", size) + pieces[0]
    times = [total_ms / 1e3 * (i + 1) / chunks for i in range(chunks)]
    self.pieces_send(self.loop.time(), times, pieces)

  def header_make(self, status, size):
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" \
        b"Connection: %b\r\n\r\n" % (status, size, b"close" if self.closes else b"keep-alive")

  def answer_end(self):
    if self.closes:
      self.transport.close()
    else:
      self.request_next()


async def serve(http_port, line_port, unix_path):
  loop = asyncio.get_running_loop()
  ended = asyncio.Event()
  loop.add_signal_handler(signal.SIGTERM, ended.set)
  loop.add_signal_handler(signal.SIGINT, ended.set)
  http = functools.partial(HttpConnection, loop)
  line = functools.partial(LineConnection, loop)
  await loop.create_server(http, "127.0.0.1", int(http_port), backlog=BACKLOG)
  await loop.create_server(line, "127.0.0.1", int(line_port), backlog=BACKLOG)
  await loop.create_unix_server(line, unix_path, backlog=BACKLOG)
  gc.freeze()  # nothing made so far is ever garbage: collecting must not delay answers
  print("ready", flush=True)
  await ended.wait()
  with contextlib.suppress(FileNotFoundError):
    os.unlink(unix_path)


if __name__ == "__main__":
  if len(sys.argv) != 4:
    sys.exit(__doc__.strip())
  asyncio.run(serve(*sys.argv[1:]))
