# A log rotation: it moves each service's old logs on by one and has gzip pack the newest of them.
# Operations: 24 services; renames, then a gzip of 20 to 140 ms that is looked after every 5 ms.
# Models: a loop, a ThreadPoolExecutor, a Pool; asyncio, which is told when the child has ended, and
# that in a Pool.
import asyncio
import concurrent.futures
import multiprocessing
import os
import subprocess
import sys
import time
import zlib

FOLDER = os.environ.get("CORPUS_DIR", ".")
SERVICES = ["service-%02d" % number for number in range(24)]
KEPT = 5
PATIENCE_S = 20


def log_path(service, age=0):
  return os.path.join(FOLDER, service + ".log" + (".%d" % age if age else ""))


def logs_write():
  """What the services have written, and packed logs of days before."""
  lines = ["%02d:%02d:%02d %s request %d took %d us\n" % (i // 900 % 24, i // 15 % 60, i * 4 % 60,
           ("info", "info", "warning", "debug")[i * 7 % 4], i * 7919 % 99991, i * i % 5003)
           for i in range(12000)]
  for number, service in enumerate(SERVICES):
    with open(log_path(service), "w", encoding="ascii") as log:
      log.write("".join(lines[number * 100:]) * (1 + number * 5 % 7))
    for age in range(1, KEPT):
      with open(log_path(service, age) + ".gz", "wb") as log:
        log.write(b"%s, %d days ago" % (service.encode(), age))


def logs_move(service):
  for age in range(KEPT - 1, 0, -1):
    os.rename(log_path(service, age) + ".gz", log_path(service, age + 1) + ".gz")
  os.rename(log_path(service), log_path(service, 1))
  open(log_path(service), "wb").close()


def command_of(service):
  return ["gzip", "-n", log_path(service, 1)]


def rotated(service):
  with open(log_path(service, 1) + ".gz", "rb") as packed:
    return zlib.crc32(packed.read())


def service_rotate(service):
  logs_move(service)
  began = time.monotonic()
  with subprocess.Popen(command_of(service)) as child:
    while child.poll() is None:
      if time.monotonic() - began > PATIENCE_S:
        child.kill()
      time.sleep(0.005)
  return rotated(service)


def sequential(_):
  return [service_rotate(service) for service in SERVICES]


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return list(pool.map(service_rotate, SERVICES))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return list(pool.imap_unordered(service_rotate, SERVICES))


async def service_spawn(service, limit):
  async with limit:
    logs_move(service)
    child = await asyncio.create_subprocess_exec(*command_of(service))
    await asyncio.wait_for(child.wait(), PATIENCE_S)
    return rotated(service)


async def services_gather(workers, services=SERVICES):
  limit = asyncio.Semaphore(workers or len(services))
  return await asyncio.gather(*[service_spawn(service, limit) for service in services])


def event_loop(workers):
  return asyncio.run(services_gather(workers))


def part_rotate(services):
  return asyncio.run(services_gather(0, services))


def hybrid(workers):
  with multiprocessing.Pool(workers) as pool:
    parts = pool.map(part_rotate, [SERVICES[i::workers] for i in range(workers)])
  return [checksum for part in parts for checksum in part]


def main(model, workers):
  logs_write()
  checksums = model(workers)
  print("%d logs, %d" % (len(checksums), sum(checksums)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop, "hybrid": hybrid}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
