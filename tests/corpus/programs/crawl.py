# A crawler that checks links on sites quick and slow; how long one takes shows only when it ends.
# Operations: 32 links that wait from 5 to 300 ms each, most of them briefly.
# Models: a loop, futures as they complete (threads, processes), asyncio tasks as they complete.
import asyncio
import concurrent.futures
import http.client
import os
import sys
import zlib

ADDRESS = os.environ.get("CORPUS_HTTP", "")
WAITS = [20, 5, 45, 8, 150, 12, 30, 70, 6, 300, 15, 25, 9, 40, 110, 7,
         60, 10, 35, 220, 5, 18, 28, 90, 11, 50, 6, 180, 22, 14, 8, 32]
LINKS = ["/wait/%d/3000?link=%d" % (ms, link) for link, ms in enumerate(WAITS)]


def link_check(path):
  connection = http.client.HTTPConnection(ADDRESS)
  connection.request("GET", path, headers={"Connection": "close"})
  answer = connection.getresponse()
  body = answer.read()
  connection.close()
  return answer.status, zlib.crc32(body)


def links_report(checked):
  good = [crc for status, crc in checked if status == 200]
  return "%d good, %d" % (len(good), sum(good))


def sequential(_):
  return links_report(map(link_check, LINKS))


def executor_run(executor):
  with executor:
    futures = [executor.submit(link_check, path) for path in LINKS]
    return links_report(done.result() for done in concurrent.futures.as_completed(futures))


def threads(workers):
  return executor_run(concurrent.futures.ThreadPoolExecutor(workers))


def processes(workers):
  return executor_run(concurrent.futures.ProcessPoolExecutor(workers))


async def link_stream(path, limit):
  async with limit:
    reader, writer = await asyncio.open_connection(*ADDRESS.split(":"))
    writer.write(b"GET %b HTTP/1.0\r\n\r\n" % path.encode())
    status = int((await reader.readline()).split()[1])
    await reader.readuntil(b"\r\n\r\n")
    body = await reader.read()
    writer.close()
    return status, zlib.crc32(body)


async def links_stream(workers):
  limit = asyncio.Semaphore(workers or len(LINKS))
  checks = asyncio.as_completed([link_stream(path, limit) for path in LINKS])
  return links_report([await check for check in checks])


def event_loop(workers):
  return asyncio.run(links_stream(workers))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
