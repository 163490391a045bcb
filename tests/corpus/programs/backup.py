# A backup client: it compresses a chunk, offers it to the store and waits for its word.
# Operations: 40 chunks, some 20 ms in zlib, which releases the GIL, then 20 ms of waiting each.
# Models: a loop, a ThreadPoolExecutor, a multiprocessing.Pool, each worker with its own connection.
import concurrent.futures
import multiprocessing
import os
import random
import socket
import sys
import threading
import zlib

CHUNKS = 40
store = threading.local()


def store_connect():
  host, port = os.environ["CORPUS_LINE"].split(":")
  store.socket = socket.create_connection((host, int(port)))
  store.answers = store.socket.makefile("rb")


def chunk_make(number):
  return random.Random(number).randbytes(200000).hex().encode()


def chunk_store(number):
  packed = zlib.compress(chunk_make(number), 5)
  store.socket.sendall(b"20 %d\n" % (20 + number))
  return zlib.crc32(packed) + len(store.answers.readline())


def sequential(_):
  store_connect()
  return sum(chunk_store(number) for number in range(CHUNKS))


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers, initializer=store_connect) as pool:
    return sum(pool.map(chunk_store, range(CHUNKS)))


def processes(workers):
  with multiprocessing.Pool(workers, store_connect) as pool:
    return sum(pool.imap(chunk_store, range(CHUNKS)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
