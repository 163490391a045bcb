# A build script that runs an external converter for every file and waits for each to end.
# Operations: 24 children that take 50 ms each, nearly all of it asleep.
# Models: subprocess.run in a loop, in threads, in a Pool; asyncio.create_subprocess_exec.
import asyncio
import concurrent.futures
import multiprocessing
import subprocess
import sys

FILES = ["chapter-%02d" % number for number in range(24)]


def command_of(name):
  return ["sh", "-c", "sleep 0.05; echo converted $0", name]


def file_convert(name):
  ended = subprocess.run(command_of(name), check=True, capture_output=True, text=True)
  return ended.stdout


def words(outputs):
  return sum(int(output.split("-")[1]) + len(output) for output in outputs)


def sequential(_):
  return words(map(file_convert, FILES))


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return words(pool.map(file_convert, FILES))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return words(pool.map(file_convert, FILES, chunksize=1))


async def file_spawn(name, limit):
  async with limit:
    child = await asyncio.create_subprocess_exec(*command_of(name), stdout=subprocess.PIPE)
    output, _ = await child.communicate()
    return output.decode()


async def files_gather(workers):
  limit = asyncio.Semaphore(workers or len(FILES))
  return words(await asyncio.gather(*[file_spawn(name, limit) for name in FILES]))


def event_loop(workers):
  return asyncio.run(files_gather(workers))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
