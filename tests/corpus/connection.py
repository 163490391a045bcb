"""connection: a client of the corpus' servers that asks for one thing after the other.

A connection's requests are answered in order, each one's waiting beginning when the one before it
has been answered. A protocol says what ends a request (SEPARATOR) and how one begins to be
answered (request_begin), which ends in pieces_send.
"""
import asyncio
import collections
import socket

BACKLOG = 1024  # a client that opens all of its connections at once must not meet a full queue


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

  def answer_send(self, after_ms, answer):
    """Sends it in one piece: at once, without a timer's detour, where nothing is waited for."""
    if after_ms:
      self.pieces_send(self.loop.time(), [after_ms / 1e3], [answer])
    else:
      self.transport.write(answer)
      self.answer_end()

  def answer_end(self):
    self.request_next()
