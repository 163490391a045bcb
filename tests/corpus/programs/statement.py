# A nightly report: it loads its tables, asks a service about each customer, and sums all up.
# Operations: 30 requests of 30 ms, between 0.35 s of serial loading and 0.1 s of summing up.
# Models: a loop, a ThreadPoolExecutor, a multiprocessing.Pool, asyncio.gather under a semaphore.
import asyncio
import concurrent.futures
import json
import multiprocessing
import os
import sys
import urllib.request

ADDRESS = os.environ.get("CORPUS_HTTP", "")
CUSTOMERS = range(30)


def table_load():
  """Each customer's past orders by article, from text as an export would have it."""
  table = {}
  for number in range(180000):
    line = "%d;%d;%d" % (number % len(CUSTOMERS), number * 31 % 499, number * 17 % 1009)
    customer, article, cents = map(int, line.split(";"))
    orders = table.setdefault(customer, {})
    orders[article] = orders.get(article, 0) + cents
  return table


def path_of(customer):
  return "/wait/30/2000?customer=%d" % customer


def rates_ask(customer):
  with urllib.request.urlopen("http://%s%s" % (ADDRESS, path_of(customer))) as answer:
    return json.load(answer)


def statement_sum(table, answers):
  total = 0
  for customer, rates in zip(CUSTOMERS, answers):
    for article, cents in table[customer].items():
      for discount in range(30):
        rate = rates[(article + discount) % len(rates)]
        total += cents * rate * (100 - discount) // 100 % 100003
  return total


def sequential(_):
  table = table_load()
  return statement_sum(table, [rates_ask(customer) for customer in CUSTOMERS])


def threads(workers):
  table = table_load()
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return statement_sum(table, list(pool.map(rates_ask, CUSTOMERS)))


def processes(workers):
  table = table_load()
  with multiprocessing.Pool(workers) as pool:
    return statement_sum(table, pool.map(rates_ask, CUSTOMERS, chunksize=1))


async def rates_stream(customer, limit):
  async with limit:
    reader, writer = await asyncio.open_connection(*ADDRESS.split(":"))
    writer.write(b"GET %b HTTP/1.0\r\n\r\n" % path_of(customer).encode())
    answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])


async def rates_gather(workers):
  limit = asyncio.Semaphore(workers or len(CUSTOMERS))
  return await asyncio.gather(*[rates_stream(customer, limit) for customer in CUSTOMERS])


def event_loop(workers):
  table = table_load()
  return statement_sum(table, asyncio.run(rates_gather(workers)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
