#!/usr/bin/env python3
"""What the corpus' programs talk to: servers that wait, on one event loop that mostly sleeps.

Usage: servers.py HTTP_PORT LINE_PORT UNIX_PATH [KEYS_PORT POST_PORT NAMES_PORT NETWORK_PORT]
Prints `ready` when it listens, ends on SIGTERM. What has further ports is told in partners.py.

HTTP/1.1    GET /wait/MS/BYTES               answers BYTES bytes after MS milliseconds
            GET /slow/TOTAL_MS/CHUNKS/BYTES  answers BYTES in CHUNKS pieces spread over TOTAL_MS
            GET /page/MS/ROWS                answers an HTML table of ROWS rows after MS
                                             milliseconds; each row links to such a page
lines       "MS BYTES\\n"                     answers BYTES bytes, the last a newline, after MS
                                             milliseconds; over TCP and over a UNIX socket

MS may have a fraction; epoll rounds a wait up to a whole millisecond. An answer is a JSON array of
numbers which depend on the whole request (so a query string varies it), filled up with spaces: the
same request is always answered by the same bytes.
"""
import asyncio
import contextlib
import functools
import gc
import os
import signal
import sys
import zlib

from connection import BACKLOG, Connection
from partners import partners

NUMBERS = 32  # different ones in an answer; they repeat, so that a large answer costs little
WIDTH = len(b"123456, ")


@functools.lru_cache(maxsize=4096)
def answer_make(request, size):
  count = size // WIDTH
  seed = zlib.crc32(request)
  numbers = b"".join(b"%06d, " % (100000 + (seed * (i + 1) >> 7) % 900000) for i in range(NUMBERS))
  array = (numbers * (count // NUMBERS + 1))[:count * WIDTH].rstrip(b", ")
  return (b"[%b]" % array if size > 1 else b"").ljust(size)


@functools.lru_cache(maxsize=4096)
def page_make(request, rows):
  """Where a row's link leads says how long the page there takes and how many rows it has."""
  page = [b"<!DOCTYPE html>\n<html><head><title>%b</title></head><body>\n<table>\n" % request]
  for row in range(rows):
    item = zlib.crc32(b"%b %d" % (request, row))
    page.append(b'<tr class="item"><td><a href="/page/%d/%d?item=%d">Item %d</a></td>'
                b"<td>%d &euro;</td></tr>\n"
                % (5 + item % 31, 40 + item % 211, item, item, 1 + item % 4999))
  return b"".join(page) + b"</table>\n</body></html>\n"


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
    elif method == b"GET" and plan[0] == b"page" and len(plan) == 3:
      page = page_make(target, int(plan[2]))
      head = self.header_make(b"200 OK", len(page), b"text/html; charset=utf-8")
      self.answer_send(float(plan[1]), head + page)
    else:
      self.transport.write(self.header_make(b"404 Not Found", 0))
      self.answer_end()

  def answer_plan(self, target, total_ms, chunks, size):
    answer = answer_make(target, size)
    pieces = [answer[size * i // chunks:size * (i + 1) // chunks] for i in range(chunks)]
    pieces[0] = self.header_make(b"200 OK", size) + pieces[0]
    times = [total_ms / 1e3 * (i + 1) / chunks for i in range(chunks)]
    self.pieces_send(self.loop.time(), times, pieces)

  def header_make(self, status, size, kind=b"application/json"):
    return b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\nConnection: %b\r\n\r\n" \
        % (status, kind, size, b"close" if self.closes else b"keep-alive")

  def answer_end(self):
    if self.closes:
      self.transport.close()
    else:
      self.request_next()


async def serve(http_port, line_port, unix_path, *partner_ports):
  loop = asyncio.get_running_loop()
  ended = asyncio.Event()
  loop.add_signal_handler(signal.SIGTERM, ended.set)
  loop.add_signal_handler(signal.SIGINT, ended.set)
  http = functools.partial(HttpConnection, loop)
  line = functools.partial(LineConnection, loop)
  await loop.create_server(http, "127.0.0.1", int(http_port), backlog=BACKLOG)
  await loop.create_server(line, "127.0.0.1", int(line_port), backlog=BACKLOG)
  await loop.create_unix_server(line, unix_path, backlog=BACKLOG)
  async with contextlib.AsyncExitStack() as stack:
    if partner_ports:
      await stack.enter_async_context(partners(*map(int, partner_ports)))
    gc.freeze()  # nothing made so far is ever garbage: collecting must not delay answers
    print("ready", flush=True)
    await ended.wait()
  with contextlib.suppress(FileNotFoundError):
    os.unlink(unix_path)


if __name__ == "__main__":
  if len(sys.argv) not in (4, 8):
    sys.exit(__doc__.strip())
  asyncio.run(serve(*sys.argv[1:]))
