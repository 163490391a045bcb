"""A server that waits in epoll for who connects, answers one after another, and waits for a while
over each; and clients that come one after another, some at once.

Usage: epoll_acceptor.py CLIENTS SECONDS
"""
import os
import select
import socket
import sys
import threading
import time

CLIENTS, SECONDS = int(sys.argv[1]), float(sys.argv[2])


def serve(listening):
  epoll = select.epoll()
  epoll.register(listening, select.EPOLLIN)
  while True:
    epoll.poll()
    connection, _ = listening.accept()
    connection.recv(100)
    time.sleep(0.03)
    connection.send(b"yes")
    connection.close()


def ask(port, end):
  while time.monotonic() < end:
    with socket.create_connection(("127.0.0.1", port)) as connection:
      connection.send(b"there?")
      connection.recv(100)


if __name__ == "__main__":
  listening = socket.create_server(("127.0.0.1", 0), backlog=CLIENTS)
  port, end = listening.getsockname()[1], time.monotonic() + SECONDS
  if os.fork() == 0:
    for _ in range(CLIENTS):
      threading.Thread(target=ask, args=(port, end)).start()
  else:
    serve(listening)
