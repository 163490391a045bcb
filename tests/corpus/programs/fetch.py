# A script that downloads a list of pages from a slow site with urllib, a new connection for each.
# Operations: 40 downloads that each wait 50 ms for their answer; hardly any computing.
# Models: a loop, a ThreadPoolExecutor, a multiprocessing.Pool, asyncio streams under a semaphore.
import asyncio
import concurrent.futures
import multiprocessing
import os
import sys
import urllib.request
import zlib

HOST, PORT = os.environ.get("CORPUS_HTTP", ":").split(":")
PAGES = ["/wait/50/4000?page=%d" % page for page in range(40)]


def page_fetch(path):
  with urllib.request.urlopen("http://%s:%s%s" % (HOST, PORT, path)) as answer:
    return zlib.crc32(answer.read())


def sequential(_):
  return sum(page_fetch(path) for path in PAGES)


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return sum(pool.map(page_fetch, PAGES))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return sum(pool.imap_unordered(page_fetch, PAGES))


async def page_stream(path, limit):
  async with limit:
    reader, writer = await asyncio.open_connection(HOST, PORT)
    writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path.encode())
    head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    assert b" 200 " in head
    return zlib.crc32(body)


async def pages_gather(workers):
  limit = asyncio.Semaphore(workers or len(PAGES))
  return sum(await asyncio.gather(*[page_stream(path, limit) for path in PAGES]))


def event_loop(workers):
  return asyncio.run(pages_gather(workers))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
