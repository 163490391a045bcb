#!/usr/bin/env python3
"""Requests that an event loop has under way: each is seen, however many are waited for together.

What they talk to runs beside the tests, unmeasured, and answers a line of so many milliseconds
after so many. Kernels before 6.3 tell of no socket: then none of it is known.
"""
import asyncio
import contextlib
import json
import platform
import socket
import subprocess
import threading

import live

PYTHON = "/usr/bin/python3"
COUNT, WIDTH, MS = 120, 8, 25
WAIT_S = COUNT * MS / 1000
# Both ends, on a busy machine: an answer may be late by half of its time.
LATE = 1.5

ASYNCIO = """
import asyncio, sys
port, count, width, ms, again = map(int, sys.argv[1:])

async def ask(gate):
  async with gate:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(again):
      writer.write(b"%d\\n" % ms)
      await reader.readline()
    writer.close()

async def main():
  gate = asyncio.Semaphore(width)
  await asyncio.gather(*(ask(gate) for _ in range(count)))

asyncio.run(main())
"""

# Asks a server at each of these addresses, and one at a UNIX socket, the same number of times.
ADDRESSES = """
import asyncio, sys
path, port, count = sys.argv[1], *map(int, sys.argv[2:])

async def answer(reader, writer):
  while await reader.readline():
    await asyncio.sleep(0.005)
    writer.write(b"answer\\n")
  writer.close()

async def ask(reader, writer):
  for _ in range(count):
    writer.write(b"question\\n")
    await reader.readline()
  writer.close()

async def main():
  await asyncio.start_unix_server(answer, path)
  for host in "127.0.0.1", "::1":
    await asyncio.start_server(answer, host, port)
    await ask(*await asyncio.open_connection(host, port))
  await ask(*await asyncio.open_unix_connection(path))

asyncio.run(main())
"""

NODE = """
const net = require("net");
const [port, count, width, ms] = process.argv.slice(1).map(Number);
let left = count;

function ask() {
  if (left-- <= 0) return;
  const socket = net.connect(port, "127.0.0.1");
  socket.write(ms + "\\n");
  socket.on("data", () => { socket.destroy(); ask(); });
}
for (let i = 0; i < width; i++) ask();
"""

GIVEN_UP = """
import asyncio, sys
port, count = map(int, sys.argv[1:])

async def ask():
  reader, writer = await asyncio.open_connection("127.0.0.1", port)
  writer.write(b"60000\\n")
  try:
    await asyncio.wait_for(reader.readline(), 1)
  except asyncio.TimeoutError:
    writer.close()

async def main():
  await asyncio.gather(*(ask() for _ in range(count)))

asyncio.run(main())
"""

HALF_CLOSED = """
import asyncio, sys
port, count, ms = map(int, sys.argv[1:])

async def ask():
  reader, writer = await asyncio.open_connection("127.0.0.1", port)
  await asyncio.sleep(0.01)
  writer.write(b"%d\\n" % ms)
  writer.write_eof()
  await reader.readline()
  writer.close()

async def main():
  await asyncio.gather(*(ask() for _ in range(count)))

asyncio.run(main())
"""

IN_PIECES = """
import selectors, socket, sys, time
port, ms = map(int, sys.argv[1:])
connection = socket.create_connection(("127.0.0.1", port))
connection.setblocking(False)
other, far = socket.socketpair()
ready = selectors.DefaultSelector()
for one in (connection, other):
  ready.register(one, selectors.EVENT_READ)
for _ in range(10):
  connection.sendall(b"%d\\n" % ms)
  ready.select()
  time.sleep(0.005)
  for _ in range(7):
    connection.recv(1)
    end = time.monotonic() + 0.005
    while time.monotonic() < end:
      pass
"""

PIPELINE = """
import asyncio, sys
port, count, ms = map(int, sys.argv[1:])

async def main():
  reader, writer = await asyncio.open_connection("127.0.0.1", port)
  for _ in range(count):
    for _ in range(2):
      writer.write(b"%d\\n" % ms)
      await asyncio.sleep(0.01)
    await reader.readline()
    await reader.readline()

asyncio.run(main())
"""

GOROUTINES = """
package main

import ("bufio"; "fmt"; "net"; "os"; "strconv"; "sync")

func number(i int) int { n, _ := strconv.Atoi(os.Args[i]); return n }

func main() {
  var all sync.WaitGroup
  for worker := 0; worker < number(3); worker++ {
    all.Add(1)
    go func() {
      defer all.Done()
      for i := 0; i < number(2) / number(3); i++ {
        connection, err := net.Dial("tcp", "127.0.0.1:" + os.Args[1])
        if err != nil { panic(err) }
        fmt.Fprintf(connection, "%d\\n", number(4))
        bufio.NewReader(connection).ReadString('\\n')
        connection.Close()
      }
    }()
  }
  all.Wait()
}
"""

AT_ONCE = """
import asyncio, sys
port, count, ms = map(int, sys.argv[1:])

async def main():
  reader, writer = await asyncio.open_connection("127.0.0.1", port)
  for _ in range(count // 10):
    for _ in range(10):
      writer.write(b"%d\\n" % ms)
      await asyncio.sleep(0)
    for _ in range(10):
      await reader.readline()

asyncio.run(main())
"""

DATAGRAMS = """
import asyncio, sys
port, count, ms = map(int, sys.argv[1:])

class Client(asyncio.DatagramProtocol):
  def __init__(self):
    self.answers = asyncio.Queue()
  def datagram_received(self, data, address):
    self.answers.put_nowait(data)

async def main():
  transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
    Client, remote_addr=("127.0.0.1", port))
  for _ in range(count // 10):
    for _ in range(10):
      transport.sendto(b"%d" % ms)
    for _ in range(10):
      await client.answers.get()

asyncio.run(main())
"""

NEVER_ASLEEP = """
import selectors, socket, sys, time
port, count, rounds, ms = map(int, sys.argv[1:])
connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
ready = selectors.DefaultSelector()
for one in connections:
  one.setblocking(False)
  ready.register(one, selectors.EVENT_READ)
for _ in range(rounds):
  for one in connections:
    one.sendall(b"%d\\n" % ms)
  left = count
  while left:
    end = time.monotonic() + 0.03
    while time.monotonic() < end:
      pass
    for key, _ in ready.select(0):
      key.fileobj.recv(100)
      left -= 1
"""

SLEEPS = """
import asyncio
async def main():
  await asyncio.gather(*(asyncio.sleep(1.2) for _ in range(10)))
asyncio.run(main())
"""


async def line_answer(reader, writer):
  with contextlib.suppress(asyncio.CancelledError):  # the tests are over
    while line := await reader.readline():
      await asyncio.sleep(float(line) / 1000)
      writer.write(b"answer\n")
  writer.close()


class Datagrams(asyncio.DatagramProtocol):
  def connection_made(self, transport):
    self.transport = transport

  def datagram_received(self, data, address):
    later = asyncio.get_running_loop().call_later
    later(float(data) / 1000, self.transport.sendto, b"answer", address)


@contextlib.contextmanager
def answering(datagrams=False):
  """Gives the port of a server, of connections or of datagrams."""
  loop = asyncio.new_event_loop()
  if datagrams:
    server, _ = loop.run_until_complete(loop.create_datagram_endpoint(
      Datagrams, local_addr=("127.0.0.1", 0)))
    port = server.get_extra_info("sockname")[1]
  else:
    server = loop.run_until_complete(asyncio.start_server(line_answer, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
  thread = threading.Thread(target=loop.run_forever)
  thread.start()
  try:
    yield port
  finally:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
      task.cancel()
    if waiting:
      loop.run_until_complete(asyncio.wait(waiting))
    loop.close()


def tracepoints_required():
  if tuple(map(int, platform.release().split(".")[:2])) < (6, 3):
    raise live.Skip("this kernel has no tracepoints for sending and receiving")


def exchanges_of(recording):
  with open(recording, encoding="utf-8") as file:
    names, *rows = json.load(file)["exchanges"]
  return [dict(zip(names, row)) for row in rows]


def requests_of(run):
  """And what is predicted of doing one after the other."""
  rows = {row["model"]: row for row in run.report["predictions"]}
  return run.report["concurrency"]["requests"], rows["sequential"]["wall_s"]


def asked_check(run, peak_most=WIDTH):
  tracepoints_required()
  requests, sequential_s = requests_of(run)
  assert requests["count"] == COUNT, requests
  assert WIDTH <= requests["peak"] <= peak_most, requests
  assert 0.95 * WAIT_S <= requests["wait_s"] <= LATE * WAIT_S, requests
  assert sequential_s >= 0.95 * WAIT_S, sequential_s


@live.case
def asyncio_streams():
  with answering() as port:
    asked_check(live.launch(PYTHON, "-c", ASYNCIO, port, COUNT, WIDTH, MS, 1))


@live.case
def node_sockets():
  with answering() as port:
    asked_check(live.launch(live.required("node"), "-e", NODE, port, COUNT, WIDTH, MS))


def goroutines_built():
  source, made = live.path_new("ask.go"), live.path_new("ask")
  with open(source, "w", encoding="ascii") as file:
    file.write(GOROUTINES)
  subprocess.run([live.required("go"), "build", "-o", made, source], check=True)
  return made


@live.case
def goroutines():
  """Whichever thread is free receives their answers; they are what works, and could be more."""
  with answering() as port:
    run = live.launch(goroutines_built(), port, COUNT, WIDTH, MS)
  # One ends when its thread has received all, the next may have begun in another thread.
  asked_check(run, peak_most=1.5 * WIDTH)
  current = [row["model"] for row in run.report["predictions"] if row["current"]]
  assert current == ["threads"], current


@live.case
def one_goroutine_at_a_time():
  """Two or three of the runtime's threads wait in turn: that is a sequential program."""
  with answering() as port:
    run = live.launch(goroutines_built(), port, 60, 1, MS)
  tracepoints_required()
  current = [row["model"] for row in run.report["predictions"] if row["current"]]
  assert current == ["sequential"], current
  told = run.report["recommendation"]
  assert (told["action"], told["model"]) == ("adopt", "threads"), told


@live.case
def connections_that_are_kept():
  """Eight of them, each asked fifteen times."""
  with answering() as port:
    asked_check(live.launch(PYTHON, "-c", ASYNCIO, port, WIDTH, WIDTH, MS, COUNT // WIDTH))


@live.case
def the_port_of_who_is_asked():
  """Once connected it is asked so many times; who answers has the other end's port."""
  with contextlib.closing(socket.socket()) as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
  recording = live.path_new("ports.json")
  live.launch(PYTHON, "-c", ADDRESSES, live.path_new("unix"), port, 40,
              options=["--record", recording])
  tracepoints_required()
  ports = [row["asked_port"] for row in exchanges_of(recording)]
  assert 80 <= ports.count(port) <= 84, ports  # at both addresses
  assert ports.count(0) >= 40, ports


@live.case
def one_at_a_time():
  """However many it could have: that is a sequential program."""
  with answering() as port:
    run = live.launch(PYTHON, "-c", ASYNCIO, port, 60, 1, MS, 1)
  tracepoints_required()
  assert run.report["concurrency"]["requests"] is None, run.report["concurrency"]
  current = [row["model"] for row in run.report["predictions"] if row["current"]]
  assert current == ["sequential"], current


@live.case
def a_connection_is_one_operation():
  """Two questions on each of thirty: the second one needs what the first one's answer is."""
  with answering() as port:
    run = live.launch(PYTHON, "-c", ASYNCIO, port, 30, 1, MS, 2)
  tracepoints_required()
  threads = next(row for row in run.report["predictions"] if row["model"] == "threads")
  assert threads["workers"] <= 30, threads
  assert threads["wall_s"] > 2 * MS / 1000, threads


@live.case
def timers_are_no_requests():
  run = live.launch(PYTHON, "-c", SLEEPS)
  requests, sequential_s = requests_of(run)
  assert requests is None and sequential_s is None, (requests, sequential_s)


@live.case
def several_on_one_connection():
  """Which of them an answer is for, only the program knows."""
  recording = live.path_new("recording")
  with answering() as port:
    run = live.launch(PYTHON, "-c", PIPELINE, port, COUNT // 2, MS, options=["--record", recording])
  tracepoints_required()
  assert run.report["concurrency"]["requests"] is None, run.report["concurrency"]
  rows = exchanges_of(recording)
  assert sum(row["mixed"] for row in rows) >= COUNT // 2, rows


def shared_check(program, count, ms, datagrams=False):
  """That all goes over one socket is no proof that one is awaited after the other."""
  with answering(datagrams) as port:
    run = live.launch(PYTHON, "-c", program, port, count, ms)
  tracepoints_required()
  assert run.report["concurrency"]["requests"] is None, run.report["concurrency"]
  current = [row["model"] for row in run.report["predictions"] if row["current"]]
  assert current == ["event-loop"], current


@live.case
def many_at_once_on_one_connection():
  shared_check(AT_ONCE, COUNT, 5)


@live.case
def many_datagrams_at_once():
  shared_check(DATAGRAMS, 4 * COUNT, MS, datagrams=True)


@live.case
def a_half_closed_connection():
  """This end says that it sends no more, as clients do after a request; it waits all the same."""
  recording = live.path_new("recording")
  with answering() as port:
    live.launch(PYTHON, "-c", HALF_CLOSED, port, 20, MS, options=["--record", recording])
  tracepoints_required()
  waited = [row["wait_ns"] for row in exchanges_of(recording) if row["wait_ns"] >= 0.95e6 * MS]
  assert len(waited) == 20, exchanges_of(recording)


@live.case
def what_lies_there_unread_is_not_waited_for():
  """A large answer is read in pieces, with computing in between."""
  recording = live.path_new("recording")
  with answering() as port:
    live.launch(PYTHON, "-c", IN_PIECES, port, MS, options=["--record", recording])
  tracepoints_required()
  rows = exchanges_of(recording)
  waited_s = sum(row["wait_ns"] for row in rows if row["goes_on"]) / 1e9
  assert rows and waited_s < 0.1, (waited_s, rows)


@live.case
def a_loop_that_need_not_sleep():
  """It computes for so long that it finds all answers there whenever it looks."""
  recording = live.path_new("recording")
  with answering() as port:
    live.launch(PYTHON, "-c", NEVER_ASLEEP, port, 5, 10, 1, options=["--record", recording])
  tracepoints_required()
  rows = [row for row in exchanges_of(recording) if not row["connects"]]
  assert len(rows) == 50, rows
  assert min(row["wait_ns"] for row in rows) >= 0.95e6, rows


@live.case
def what_is_never_answered():
  """It was waited for all the same, until it was given up."""
  with answering() as port:
    run = live.launch(PYTHON, "-c", GIVEN_UP, port, 10)
  tracepoints_required()
  requests, _ = requests_of(run)
  assert requests["count"] == requests["peak"] == 10, requests
  assert 9.5 <= requests["wait_s"] <= 10 * LATE, requests


@live.case
def too_many_are_given_up():
  """Nothing of what they were is told then, and the recording says when it ended."""
  recording = live.path_new("recording")
  with answering() as port:
    run = live.launch(PYTHON, "-c", ASYNCIO, port, 30, 30, 0, 1500,
                      options=["--record", recording])
  tracepoints_required()
  with open(recording, encoding="utf-8") as file:
    recorded = json.load(file)
  assert 0 < recorded["exchanges_end_ns"] < recorded["wall_ns"], recorded["exchanges_end_ns"]
  assert run.report["concurrency"]["requests"] is None, run.report["concurrency"]


if __name__ == "__main__":
  live.main()
