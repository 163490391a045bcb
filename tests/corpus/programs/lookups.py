# A program that asks a cache server for keys, one after the other, as with Redis or memcached.
# Operations: 1500 requests on a connection, half hits (at once), half misses (a millisecond).
# Models: a loop, threads and processes that take every Nth key, asyncio streams; a connection each.
import asyncio
import multiprocessing
import os
import socket
import sys
import threading
import zlib

HOST, PORT = os.environ.get("CORPUS_LINE", ":").split(":")
KEYS = [b"%s %d\n" % (b"0.5" if key * 7 % 10 < 5 else b"0", 20 + key % 100) for key in range(1500)]


def keys_look_up(keys):
  total = 0
  with socket.create_connection((HOST, int(PORT))) as cache, cache.makefile("rb") as answers:
    for key in keys:
      cache.sendall(key)
      total += zlib.crc32(answers.readline())
  return total


def sequential(_):
  return keys_look_up(KEYS)


def threads(workers):
  totals = [0] * workers

  def share_look_up(number):
    totals[number] = keys_look_up(KEYS[number::workers])

  running = [threading.Thread(target=share_look_up, args=(n,)) for n in range(workers)]
  for thread in running:
    thread.start()
  for thread in running:
    thread.join()
  return sum(totals)


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return sum(pool.map(keys_look_up, [KEYS[number::workers] for number in range(workers)]))


async def share_stream(keys):
  total = 0
  reader, writer = await asyncio.open_connection(HOST, PORT)
  for key in keys:
    writer.write(key)
    total += zlib.crc32(await reader.readline())
  writer.close()
  return total


async def shares_gather(connections):
  return sum(await asyncio.gather(
    *[share_stream(KEYS[number::connections]) for number in range(connections)]))


def event_loop(workers):
  return asyncio.run(shares_gather(workers or 100))  # a cache serves so many clients, not 1500


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
