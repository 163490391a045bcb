"""Ever new commands, threads, files and ports, and the same work again and again.

Usage: turnover.py SECONDS A_SECOND. Ten threads, in all so many times a second: each goes one of
200 ways through 15 functions to a short wait, runs a command and a thread to their ends, writes to
a file of a new name and removes it, and connects to a port that was not there before. Tells how
many times.
"""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

WORKERS, WAYS, DEPTH = 10, 200, 5
COMMANDS = (["/bin/true"], ["/bin/ls", "/"], ["/bin/cat", "/etc/hostname"], ["/usr/bin/env"],
            ["/bin/sh", "-c", "/bin/true; /bin/date"], ["/bin/echo"])
FUNCTION = """
def way_%d(depth, bits):
  if depth == 0:
    return time.sleep(0.002)
  return functions[bits %% 15](depth - 1, bits // 15 + 7 * bits)
"""

functions = []
for number in range(15):
  made = {"functions": functions, "time": time}
  exec(FUNCTION % number, made)  # pylint: disable=exec-used
  functions.append(made["way_%d" % number])


def way_go(number):
  functions[number % 15](DEPTH, number)


def thread_run(number):
  thread = threading.Thread(target=way_go, args=(number % WAYS,))
  thread.start()
  thread.join()


def file_write(folder, number):
  path = os.path.join(folder, "file-%d" % number)
  with open(path, "wb") as file:
    file.write(b"x" * 1000)
    file.flush()
    os.fsync(file.fileno())
  os.unlink(path)


def port_use():
  def answer():
    accepted, _ = listener.accept()
    time.sleep(0.002)
    accepted.sendall(b"x")
    accepted.close()

  with socket.create_server(("127.0.0.1", 0)) as listener:
    server = threading.Thread(target=answer)
    server.start()
    with socket.create_connection(listener.getsockname()) as client:
      client.recv(1)
    server.join()


def work(worker, folder, end, period, done):
  due = time.monotonic()
  for number in range(worker, sys.maxsize, WORKERS):
    way_go(number * 13 % WAYS)
    subprocess.run(COMMANDS[number % len(COMMANDS)], stdout=subprocess.DEVNULL, check=True)
    thread_run(number)
    file_write(folder, number)
    port_use()
    done[worker] += 1
    due = max(due + period, time.monotonic() - period)
    if due >= end:
      break
    time.sleep(max(0, due - time.monotonic()))


def main():
  seconds, a_second = float(sys.argv[1]), float(sys.argv[2])
  end, done = time.monotonic() + seconds, [0] * WORKERS
  with tempfile.TemporaryDirectory() as folder:
    workers = [threading.Thread(target=work, args=(w, folder, end, WORKERS / a_second, done))
               for w in range(WORKERS)]
    for worker in workers:
      worker.start()
    for worker in workers:
      worker.join()
  print(sum(done))


main()
