# A shop's importer: it asks a service about each order and books it over one shared connection.
# Operations: 60 orders, 16 ms of waiting of their own, then 4 ms of waiting with the lock held.
# Models: a loop, threads with a threading.Lock, processes with a multiprocessing.Lock, asyncio.
import asyncio
import concurrent.futures
import multiprocessing
import os
import socket
import sys
import threading
import urllib.request
import zlib

ADDRESS = os.environ.get("CORPUS_HTTP", "")
ORDERS = ["/wait/16/500?order=%d" % order for order in range(60)]
booking = lock = None


def booking_open(kind):
  """Connects to the books; whoever has the lock may use the connection, also a forked child."""
  global booking, lock
  host, port = os.environ["CORPUS_LINE"].split(":")
  booking = socket.create_connection((host, int(port)))
  lock = kind()


def order_book(details):
  with lock:
    booking.sendall(b"4 %d\n" % (20 + details[1] % 7))
    answer = booking.recv(4096)
    while not answer.endswith(b"\n"):
      answer += booking.recv(4096)
  return zlib.crc32(details + answer)


def order_import(path):
  with urllib.request.urlopen("http://%s%s" % (ADDRESS, path)) as answer:
    return order_book(answer.read())


def sequential(_):
  booking_open(threading.Lock)
  return sum(map(order_import, ORDERS))


def threads(workers):
  booking_open(threading.Lock)
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return sum(pool.map(order_import, ORDERS))


def processes(workers):
  booking_open(multiprocessing.Lock)
  with multiprocessing.Pool(workers) as pool:
    return sum(pool.imap_unordered(order_import, ORDERS))


async def order_stream(path, limit, free, reader, writer):
  async with limit:
    own_reader, own_writer = await asyncio.open_connection(*ADDRESS.split(":"))
    own_writer.write(b"GET %b HTTP/1.0\r\n\r\n" % path.encode())
    details = (await own_reader.read()).partition(b"\r\n\r\n")[2]
    own_writer.close()
    async with free:
      writer.write(b"4 %d\n" % (20 + details[1] % 7))
      return zlib.crc32(details + await reader.readline())


async def orders_gather(workers):
  limit, free = asyncio.Semaphore(workers or len(ORDERS)), asyncio.Lock()
  reader, writer = await asyncio.open_connection(*os.environ["CORPUS_LINE"].split(":"))
  booked = await asyncio.gather(
    *[order_stream(path, limit, free, reader, writer) for path in ORDERS])
  writer.close()
  return sum(booked)


def event_loop(workers):
  return asyncio.run(orders_gather(workers))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
