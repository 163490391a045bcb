"""Fetches pages one after the other from a server that takes its time.

concadvise says: use threads (io-bound). The client waits on its socket for nearly all of its life,
while the server could have answered many requests at once. The server is an event loop in a
process of its own; that it waits for its users is no fault and must not count.

Usage: fetch.py [PAGES] [DELAY]
"""
import asyncio
import http.client
import subprocess
import sys

PAGES = int(sys.argv[1]) if len(sys.argv) > 1 else 40
DELAY = float(sys.argv[2]) if len(sys.argv) > 2 else 0.05


async def answer(reader, writer):
  await reader.readuntil(b"\r\n\r\n")
  await asyncio.sleep(DELAY)
  writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
  await writer.drain()
  writer.close()


async def serve():
  server = await asyncio.start_server(answer, "127.0.0.1", 0)
  print(server.sockets[0].getsockname()[1], flush=True)
  client_gone = asyncio.Event()
  asyncio.get_event_loop().add_reader(sys.stdin, client_gone.set)
  await client_gone.wait()


def fetch(port, number):
  connection = http.client.HTTPConnection("127.0.0.1", port)
  connection.request("GET", "/%d" % number)
  page = connection.getresponse().read()
  connection.close()
  return page


def main():
  server = subprocess.Popen([sys.executable, __file__, str(PAGES), str(DELAY), "serve"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
  port = int(server.stdout.readline())
  pages = [fetch(port, number) for number in range(PAGES)]
  print(len(pages), "pages,", sum(map(len, pages)), "bytes")
  server.stdin.close()
  server.wait()


if __name__ == "__main__":
  if sys.argv[3:] == ["serve"]:
    asyncio.run(serve())
  else:
    main()
