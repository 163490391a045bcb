# A job that gets price series from an HTTP API, one connection per worker, and rates each of them.
# Operations: 60 series, 20 ms of waiting and about 4 ms of pure-Python parsing and averaging each.
# Models: a loop, a ThreadPoolExecutor, a ProcessPoolExecutor, asyncio workers sharing a list, and
# those in a ProcessPoolExecutor.
import asyncio
import concurrent.futures
import http.client
import os
import sys
import threading

ADDRESS = os.environ.get("CORPUS_HTTP", "")
SERIES = ["/wait/20/64000?series=%d" % number for number in range(60)]
worker = threading.local()


def series_rate(text):
  """The highest average over time and the deepest fall from a peak, in hundredths."""
  average = best = peak = fall = 0
  for field in text.strip("[] ").split(", "):
    price = int(field)
    average = (7 * average + 100 * price) // 8
    if average > best:
      best = average
    if price > peak:
      peak = price
    elif peak - price > fall:
      fall = peak - price
  return best, fall


def connection_open():
  worker.connection = http.client.HTTPConnection(ADDRESS)


def series_process(path):
  worker.connection.request("GET", path)
  return series_rate(worker.connection.getresponse().read().decode())


def total(rates):
  return sum(best + 3 * fall for best, fall in rates)


def sequential(_):
  connection_open()
  return total(map(series_process, SERIES))


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers, initializer=connection_open) as pool:
    return total(pool.map(series_process, SERIES))


def processes(workers):
  with concurrent.futures.ProcessPoolExecutor(workers, initializer=connection_open) as pool:
    return total(pool.map(series_process, SERIES))


async def series_take(paths, rates):
  """Handles one path after the other on a connection of its own until none is left."""
  reader, writer = await asyncio.open_connection(*ADDRESS.split(":"))
  for path in paths:
    writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split()[0])
    rates.append(series_rate((await reader.readexactly(length)).decode()))
  writer.close()


async def workers_gather(workers, series=SERIES):
  paths, rates = iter(series), []
  await asyncio.gather(*[series_take(paths, rates) for _ in range(workers or len(series))])
  return total(rates)


def event_loop(workers):
  return asyncio.run(workers_gather(workers))


def part_process(series):
  return asyncio.run(workers_gather(0, series))


def hybrid(workers):
  with concurrent.futures.ProcessPoolExecutor(workers) as pool:
    return sum(pool.map(part_process, [SERIES[i::workers] for i in range(workers)]))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop, "hybrid": hybrid}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
