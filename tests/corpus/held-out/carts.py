# A shop's job that prices carts anew; all it needs is in a key-value store, as with Redis.
# Operations: 480 carts of up to 9 small requests in a row, then one that is made durable in 2 ms.
# Models: a loop, threads, processes that have their share, asyncio; a connection for each worker.
import asyncio
import multiprocessing
import os
import queue
import socket
import sys
import threading

ADDRESS = os.environ.get("CORPUS_KEYS", ":").split(":")
CARTS = 480


class Store:
  """The usual blocking client: one command, one answer."""

  def __init__(self):
    self.socket = socket.create_connection(ADDRESS)
    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    self.answers = self.socket.makefile("rb")

  def ask(self, command):
    self.socket.sendall(command.encode() + b"\n")
    return self.answers.readline().decode().rstrip("\n")


def articles_of(cart):
  """The keys of a cart's articles, of which the store knows only a number."""
  return ["article:%d" % (cart * (i + 7) % 1009) for i in range(1 + cart % 8)]


def price_of(article, customer):
  cents = 199 + int(article) % 9000
  return cents * 93 // 100 if int(customer) % 5 == 0 else cents


def steps_of(cart):
  """The commands for a cart; each one's answer is sent back in before the next is asked for."""
  customer = yield "GET customer:%d" % cart
  total = 0
  for article in articles_of(cart):
    total += price_of((yield "GET " + article), customer)
  yield "SET total:%d %d" % (cart, total)
  return total


def cart_price(store, cart):
  steps = steps_of(cart)
  command = next(steps)
  try:
    while True:
      command = steps.send(store.ask(command))
  except StopIteration as end:
    return end.value


def sequential(_):
  store = Store()
  return sum(cart_price(store, cart) for cart in range(CARTS))


def threads(workers):
  todo, totals = queue.SimpleQueue(), []
  for cart in [*range(CARTS), *[None] * workers]:
    todo.put(cart)

  def worker_run():
    store = Store()
    while (cart := todo.get()) is not None:
      totals.append(cart_price(store, cart))

  running = [threading.Thread(target=worker_run) for _ in range(workers)]
  for one in running:
    one.start()
  for one in running:
    one.join()
  return sum(totals)


def carts_price(carts):
  store = Store()
  return sum(cart_price(store, cart) for cart in carts)


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return sum(pool.map(carts_price, [range(n, CARTS, workers) for n in range(workers)]))


async def carts_stream(carts):
  total = 0
  reader, writer = await asyncio.open_connection(*ADDRESS)
  for cart in carts:
    steps = steps_of(cart)
    command = next(steps)
    try:
      while True:
        writer.write(command.encode() + b"\n")
        answer = await reader.readline()
        command = steps.send(answer.decode().rstrip("\n"))
    except StopIteration as end:
      total += end.value
  writer.close()
  return total


async def carts_gather(connections):
  carts = iter(range(CARTS))  # whoever is free takes the next
  return sum(await asyncio.gather(*[carts_stream(carts) for _ in range(connections)]))


def event_loop(workers):
  return asyncio.run(carts_gather(workers or 64))  # more connections a store does not like


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
