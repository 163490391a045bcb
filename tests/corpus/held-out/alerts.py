# A monitoring agent: it reads events that come in bursts, judges each and asks who is on duty.
# Operations: 96 events in 24 bursts with 4 to 80 ms between; 6 ms of matching and 8 ms of waiting.
# Models: a loop; a reader that feeds threads or processes through queues, or begins asyncio tasks.
import asyncio
import json
import multiprocessing
import os
import queue
import re
import socket
import sys
import threading

STREAM = os.environ.get("CORPUS_UNIX", "")
DUTY = os.environ.get("CORPUS_LINE", ":").split(":")
WAITS_MS = [12, 30, 4, 80, 6, 45, 20, 9, 60, 15, 5, 35, 70, 8, 25, 4, 50, 10, 18, 40, 7, 65, 22, 11]
SIZES = [1, 0, 9, 2, 14, 0, 3, 6, 1, 0, 11, 2, 4, 0, 8, 13, 1, 5, 0, 2, 7, 0, 3, 4]
RULES = [re.compile(rule) for rule in (
  r"(\d)\d*\1 .*(\d\d)\d*\2", r"9[0-4]+\b.*\b[13579]+\b", r"(?:\d{2}[02468] ){3}",
  r"\b(\d)(\d)\d*\2\1\b", r"7.*7.*7.*77", r"(\d{3})\d* .*\b\1")]


def burst_ask(number):
  return b"%d 900\n" % WAITS_MS[number]


def events_of(number, line):
  """A burst's events, as texts made of the numbers in it."""
  values = json.loads(line)
  return [" ".join(str(value * (number * 16 + i + 1) % 1000003) for value in values)
          for i in range(SIZES[number])]


def duty_ask(severity):
  return b"8 %d\n" % (20 + severity)


def event_judge(event):
  """How often rules match."""
  return sum(1 for rule in RULES for _ in rule.finditer(event))


def bursts_read():
  with socket.socket(socket.AF_UNIX) as stream:
    stream.connect(STREAM)
    with stream.makefile("rb") as lines:
      for number in range(len(SIZES)):
        stream.sendall(burst_ask(number))
        yield events_of(number, lines.readline())


class Duty:
  """The service that knows who is on duty: one question, one answer."""

  def __init__(self):
    self.socket = socket.create_connection(DUTY)
    self.answers = self.socket.makefile("rb")

  def event_handle(self, event):
    severity = event_judge(event)
    self.socket.sendall(duty_ask(severity))
    return severity, len(self.answers.readline())


def sequential(_):
  duty = Duty()
  return [duty.event_handle(event) for events in bursts_read() for event in events]


def worker_run(todo, done):
  duty = Duty()
  while (event := todo.get()) is not None:
    done.put(duty.event_handle(event))
  done.put(None)


def workers_feed(workers, kind, queue_new):
  todo, done, handled = queue_new(), queue_new(), []
  running = [kind(target=worker_run, args=(todo, done)) for _ in range(workers)]
  for one in running:
    one.start()
  for events in bursts_read():
    for event in events:
      todo.put(event)
  for _ in running:
    todo.put(None)
  for _ in running:
    handled.extend(iter(done.get, None))
  for one in running:
    one.join()
  return handled


def threads(workers):
  return workers_feed(workers, threading.Thread, queue.Queue)


def processes(workers):
  return workers_feed(workers, multiprocessing.Process, multiprocessing.Queue)


async def event_task(event, limit):
  async with limit:
    severity = event_judge(event)
    reader, writer = await asyncio.open_connection(*DUTY)
    writer.write(duty_ask(severity))
    answer = await reader.readline()
    writer.close()
    return severity, len(answer)


async def events_handle(workers):
  limit = asyncio.Semaphore(workers or sum(SIZES))
  reader, writer = await asyncio.open_unix_connection(STREAM)
  tasks = []
  for number in range(len(SIZES)):
    writer.write(burst_ask(number))
    for event in events_of(number, await reader.readline()):
      tasks.append(asyncio.create_task(event_task(event, limit)))
  handled = await asyncio.gather(*tasks)
  writer.close()
  return handled


def event_loop(workers):
  return asyncio.run(events_handle(workers))


def main(model, workers):
  handled = model(workers)
  print("%d events, %d matches, %d" % (len(handled), sum(severity for severity, _ in handled),
                                       sum(severity * size for severity, size in handled)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
