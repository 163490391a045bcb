"""partners: servers of a protocol of their own, for those of the corpus' programs that speak it.

keys    lines "GET KEY", "SET KEY VALUE": a store; what is set waits for a disk, 2 ms. A key that
        was never set has a value which depends on its name
post    POP3 (RFC 1939): each name is a mailbox with as many messages as depend on the name
names   DNS over UDP (RFC 1035), A records: names below `lost.` are never answered, others soon or
        late, as depends on the name
network 127.91.0.1 to 127.91.0.250: on one port, each tenth host drops who asks for a connection
        (its queue is full), others take the connection and close it; the rest refuse

The same request is always answered by the same bytes, whoever asked before.
"""
import asyncio
import base64
import contextlib
import functools
import random
import socket
import struct
import zlib

from connection import BACKLOG, Connection

DISK_MS = 2
NETWORK = "127.91.0.%d"
SILENT = range(10, 251, 10)  # hosts of the network
OPEN = range(3, 251, 25)


class KeysConnection(Connection):
  SEPARATOR = b"\n"
  values = {}  # one store for all connections

  def request_begin(self, line):
    verb, key, *value = line.split(b" ", 2)
    if verb == b"SET":
      self.values[key] = value[0]
      self.answer_send(DISK_MS, b"OK\n")
    else:
      self.answer_send(0, self.values.get(key, b"%d" % zlib.crc32(key)) + b"\n")


@functools.lru_cache(maxsize=4096)
def mailbox_make(name):
  """Messages as they go over the wire: a page of text, and an attachment in two of three."""
  rng = random.Random(name)
  words = [rng.randbytes(rng.randrange(2, 6)).hex() for _ in range(200)]
  return [message_make(rng, name.decode(), words) for _ in range(rng.randrange(1, 10))]


def message_make(rng, name, words):
  text = "\r\n".join(" ".join(rng.choices(words, k=9)) for _ in range(rng.randrange(20, 60)))
  parts = [("text/plain; charset=utf-8", "7bit", text)]
  if rng.randrange(3):
    content = base64.encodebytes(rng.randbytes(rng.randrange(3000, 40000))).decode()
    parts.append(("application/octet-stream", "base64", content.replace("\n", "\r\n")))
  head_of_part = "--frontier\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n"
  body = "".join(head_of_part % (kind, encoding) + content + "\r\n"
                 for kind, encoding, content in parts)
  head = ("From: %s@example.org\r\nTo: %s@example.com\r\nSubject: %s\r\nMIME-Version: 1.0\r\n"
          "Content-Type: multipart/mixed; boundary=frontier\r\n\r\n"
          % (rng.choice(words), name, " ".join(rng.choices(words, k=4))))
  return (head + body + "--frontier--").encode()


class PostConnection(Connection):
  """Each command takes a few milliseconds, and a message more the larger it is."""
  SEPARATOR = b"\r\n"

  def connection_made(self, transport):
    super().connection_made(transport)
    self.name = b""
    transport.write(b"+OK ready\r\n")

  def request_begin(self, line):
    verb, *arguments = line.split()
    answers = {b"USER": self.on_user, b"PASS": self.on_pass, b"STAT": self.on_stat,
               b"RETR": self.on_retr, b"QUIT": self.on_quit}
    self.answer_send(*answers[verb](*arguments))

  def on_user(self, name):
    self.name = name
    return 1, b"+OK\r\n"

  def on_pass(self, _):
    return 8, b"+OK\r\n"

  def on_stat(self):
    messages = mailbox_make(self.name)
    return 2, b"+OK %d %d\r\n" % (len(messages), sum(map(len, messages)))

  def on_retr(self, number):
    message = mailbox_make(self.name)[int(number) - 1]
    return 2 + len(message) // 8000, b"+OK\r\n%b\r\n.\r\n" % message

  def on_quit(self):
    return 0, b"+OK\r\n"


class Names(asyncio.DatagramProtocol):
  LATE_MS = 60  # the latest answer
  SIZE_BYTES = 12  # of a header

  def __init__(self, loop):
    self.loop = loop
    self.transport = None

  def connection_made(self, transport):
    self.transport = transport

  def datagram_received(self, data, addr):
    name = data[self.SIZE_BYTES:data.index(b"\0", self.SIZE_BYTES)]
    if name.endswith(b"\4lost"):
      return
    hash_of_name = zlib.crc32(name)
    wait_ms = 2 + hash_of_name % 1000 ** 2 / 1000 ** 2 * (self.LATE_MS - 2)
    header = data[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0)
    record = struct.pack(">3HIHI", 0xC00C, 1, 1, 300, 4, hash_of_name)
    answer = header + data[self.SIZE_BYTES:] + record
    self.loop.call_later(wait_ms / 1e3, self.transport.sendto, answer, addr)


class Closing(asyncio.Protocol):
  def connection_made(self, transport):
    transport.close()


def silent_open(host, port, stack):
  """A queue for one, and one in it: Linux drops who else asks, who will ask again in a second."""
  listening = stack.enter_context(socket.socket())
  listening.bind((host, port))
  listening.listen(0)
  first = stack.enter_context(socket.socket())
  first.connect((host, port))


async def network_open(port, stack):
  loop = asyncio.get_running_loop()
  for host in SILENT:
    silent_open(NETWORK % host, port, stack)
  await loop.create_server(Closing, [NETWORK % host for host in OPEN], port)


@contextlib.asynccontextmanager
async def partners(keys_port, post_port, names_port, network_port):
  """All of them, until it is left."""
  loop = asyncio.get_running_loop()
  with contextlib.ExitStack() as stack:
    for protocol, port in ((KeysConnection, keys_port), (PostConnection, post_port)):
      connect = functools.partial(protocol, loop)
      await loop.create_server(connect, "127.0.0.1", port, backlog=BACKLOG)
    await loop.create_datagram_endpoint(functools.partial(Names, loop), ("127.0.0.1", names_port))
    await network_open(network_port, stack)
    yield
