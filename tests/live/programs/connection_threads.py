"""A server with a thread for each connection, and that many clients that speak now and then.

Usage: connection_threads.py CLIENTS SECONDS; the clients are coroutines in a process of their own,
and the server's pid is printed before they come.
"""
import asyncio
import os
import socket
import sys
import threading

CLIENTS, SECONDS = int(sys.argv[1]), float(sys.argv[2])


def answer(connection):
  while connection.recv(100):
    connection.send(b"yes")


def serve(listening):
  while True:
    connection, _ = listening.accept()
    threading.Thread(target=answer, args=(connection,), daemon=True).start()


async def talk(port):
  reader, writer = await asyncio.open_connection("127.0.0.1", port)
  while True:
    writer.write(b"there?")
    await reader.read(100)
    await asyncio.sleep(0.2)


async def clients(port):
  await asyncio.wait([asyncio.ensure_future(talk(port)) for _ in range(CLIENTS)], timeout=SECONDS)


if __name__ == "__main__":
  listening = socket.create_server(("127.0.0.1", 0), backlog=CLIENTS)
  if os.fork() == 0:
    asyncio.run(clients(listening.getsockname()[1]))
    os._exit(0)
  print(os.getpid(), flush=True)
  threading.Thread(target=serve, args=(listening,), daemon=True).start()
  os.wait()
