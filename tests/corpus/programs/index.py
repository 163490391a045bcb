# A search engine's indexer: it fetches documents and counts their terms and pairs of terms.
# Operations: 70 documents, 10 ms of waiting and about 10 ms of pure-Python text work each.
# Models: a loop, threads on a queue.Queue, processes on multiprocessing queues, asyncio tasks, and
# those in a multiprocessing.Pool.
import asyncio
import collections
import multiprocessing
import os
import queue
import sys
import threading
import urllib.request

ADDRESS = os.environ.get("CORPUS_HTTP", "")
DOCUMENTS = ["/wait/10/24000?document=%d" % number for number in range(70)]
SYLLABLES = "a lo min nu re sor ti va wu zyk".split()


def document_index(text):
  """The terms of a document, which are made of its numbers, by how often and how near they are."""
  counts = collections.defaultdict(int)
  before = ""
  for field in text[1:].split(", "):
    if not field[:6].isdigit():
      continue
    term = "".join([SYLLABLES[int(digit)] for digit in field[:6]])
    counts[term] += 1
    counts[before, term] += 2
    before = term
  return sum(count * len(term) for term, count in counts.items())


def document_process(path):
  with urllib.request.urlopen("http://%s%s" % (ADDRESS, path)) as answer:
    return document_index(answer.read().decode())


def sequential(_):
  return sum(map(document_process, DOCUMENTS))


def worker_run(todo, done):
  while (path := todo.get()) is not None:
    done.put(document_process(path))


def workers_run(workers, kind, queue_new):
  todo, done = queue_new(), queue_new()
  for item in DOCUMENTS + [None] * workers:
    todo.put(item)
  running = [kind(target=worker_run, args=(todo, done)) for _ in range(workers)]
  for one in running:
    one.start()
  total = sum(done.get() for _ in DOCUMENTS)
  for one in running:
    one.join()
  return total


def threads(workers):
  return workers_run(workers, threading.Thread, queue.Queue)


def processes(workers):
  return workers_run(workers, multiprocessing.Process, multiprocessing.Queue)


async def document_task(path, limit):
  async with limit:
    reader, writer = await asyncio.open_connection(*ADDRESS.split(":"))
    writer.write(b"GET %b HTTP/1.0\r\n\r\n" % path.encode())
    await reader.readuntil(b"\r\n\r\n")
    body = await reader.read()
    writer.close()
    return document_index(body.decode())


async def documents_gather(workers, documents=DOCUMENTS):
  limit = asyncio.Semaphore(workers or len(documents))
  tasks = [asyncio.create_task(document_task(path, limit)) for path in documents]
  return sum([await task for task in asyncio.as_completed(tasks)])


def event_loop(workers):
  return asyncio.run(documents_gather(workers))


def part_index(documents):
  return asyncio.run(documents_gather(0, documents))


def hybrid(workers):
  with multiprocessing.Pool(workers) as pool:
    return sum(pool.map(part_index, [DOCUMENTS[i::workers] for i in range(workers)]))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop, "hybrid": hybrid}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
