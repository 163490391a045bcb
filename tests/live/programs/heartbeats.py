"""A server of one thread, beside which three threads beat time, and a client in a process of its own
that asks it fifty times a second, some milliseconds of computing each. Until it is ended."""
import os
import socket
import threading
import time


def beat():
  while True:
    time.sleep(0.1)


def serve(listening):
  while True:
    connection, _ = listening.accept()
    with connection:
      connection.recv(100)
      connection.send(b"%d" % sum(number * number % 7 for number in range(20000)))


def ask(port):
  while True:
    with socket.create_connection(("127.0.0.1", port)) as connection:
      connection.send(b"question")
      connection.recv(100)
    time.sleep(0.02)


if __name__ == "__main__":
  listening = socket.create_server(("127.0.0.1", 0))
  if os.fork() == 0:
    ask(listening.getsockname()[1])
  for _ in range(3):
    threading.Thread(target=beat, daemon=True).start()
  serve(listening)
