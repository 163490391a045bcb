# A log enricher that looks up hosts' addresses in the DNS, over UDP, with time-outs of its own.
# Operations: 44 names; most are answered within 2 to 60 ms, 3 never: two tries of 120 ms for those.
# Models: a loop, a ThreadPoolExecutor, a multiprocessing.Pool, an asyncio datagram endpoint.
import asyncio
import concurrent.futures
import multiprocessing
import os
import socket
import struct
import sys

HOST, PORT = os.environ.get("CORPUS_NAMES", ":").split(":")
NAMES = ["host%d.%s" % (n, "lost" if n % 16 == 11 else "example.net") for n in range(44)]
TRIES, PATIENCE_S = 2, 0.12
HEADER = struct.Struct(">6H")


def query_make(number, name):
  labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
  return HEADER.pack(number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)


def answer_parse(answer):
  """The first address: behind the question, and a record's name, kind, class, age and size."""
  question_end = answer.index(b"\0", HEADER.size) + 5
  return socket.inet_ntoa(answer[question_end + 12:question_end + 16])


def name_resolve(number):
  query = query_make(number, NAMES[number])
  with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
    resolver.connect((HOST, int(PORT)))
    resolver.settimeout(PATIENCE_S)
    for _ in range(TRIES):
      resolver.send(query)
      try:
        return answer_parse(resolver.recv(512))
      except TimeoutError:
        pass
  return None


def sequential(_):
  return [name_resolve(number) for number in range(len(NAMES))]


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return list(pool.map(name_resolve, range(len(NAMES))))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return pool.map(name_resolve, range(len(NAMES)), chunksize=2)


class Resolver(asyncio.DatagramProtocol):
  """All look-ups over one socket; an answer is told by its number."""

  def __init__(self, limit):
    self.limit = asyncio.Semaphore(limit)
    self.waiting = {}
    self.transport = None

  def connection_made(self, transport):
    self.transport = transport

  def datagram_received(self, data, addr):
    waiting = self.waiting.get(HEADER.unpack_from(data)[0])
    if waiting and not waiting.done():
      waiting.set_result(answer_parse(data))

  async def name_resolve(self, number):
    async with self.limit:
      for _ in range(TRIES):
        self.waiting[number] = asyncio.get_running_loop().create_future()
        self.transport.sendto(query_make(number, NAMES[number]))
        try:
          return await asyncio.wait_for(self.waiting[number], PATIENCE_S)
        except asyncio.TimeoutError:
          pass
    return None


async def names_resolve(workers):
  transport, resolver = await asyncio.get_running_loop().create_datagram_endpoint(
    lambda: Resolver(workers or len(NAMES)), remote_addr=(HOST, int(PORT)))
  addresses = await asyncio.gather(*map(resolver.name_resolve, range(len(NAMES))))
  transport.close()
  return addresses


def event_loop(workers):
  return asyncio.run(names_resolve(workers))


def main(model, workers):
  addresses = model(workers)
  known = [address for address in addresses if address]
  octets = (int(octet) * at for at, octet in enumerate(".".join(known).split("."), 1))
  print("%d known, %d unknown, %d" % (len(known), addresses.count(None), sum(octets)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
