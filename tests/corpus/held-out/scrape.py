# A scraper of a shop: the shelves' pages tell which articles there are, whose pages it then reads.
# Operations: 8 shelves, then 56 articles, 5 to 35 ms of waiting and 2 to 15 ms of html.parser each.
# Models: a loop, a ThreadPoolExecutor, a Pool, asyncio streams, and those in a Pool, some shelves
# each; each worker keeps its connection.
import asyncio
import concurrent.futures
import html.parser
import http.client
import multiprocessing
import os
import sys
import threading

ADDRESS = os.environ.get("CORPUS_HTTP", "")
SHELVES = ["/page/25/7?shelf=%d" % number for number in range(8)]
mine = threading.local()  # the worker's own connection


class Table(html.parser.HTMLParser):
  """Collects the links and prices of a page's items."""

  def __init__(self):
    super().__init__()
    self.links, self.prices = [], []

  def handle_starttag(self, tag, attrs):
    if tag == "a":
      self.links.append(dict(attrs)["href"])

  def handle_data(self, data):
    if data.endswith("€"):
      self.prices.append(int(data.split()[0]))


def page_parse(content):
  table = Table()
  table.feed(content.decode())
  return table


def page_get(path):
  if not hasattr(mine, "connection"):
    mine.connection = http.client.HTTPConnection(ADDRESS)
  mine.connection.request("GET", path)
  return mine.connection.getresponse().read()


def shelf_read(path):
  return page_parse(page_get(path)).links


def article_read(path):
  prices = page_parse(page_get(path)).prices
  return path, len(prices), sum(prices)


def articles_of(shelves):
  return [link for links in shelves for link in links]


def sequential(_):
  return [article_read(link) for link in articles_of(map(shelf_read, SHELVES))]


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return list(pool.map(article_read, articles_of(pool.map(shelf_read, SHELVES))))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    articles = articles_of(pool.map(shelf_read, SHELVES, chunksize=1))
    return pool.map(article_read, articles, chunksize=1)


class Client:
  """Idle connections, used anew; as many are open as pages are read at once."""

  def __init__(self, limit):
    self.idle, self.limit = [], asyncio.Semaphore(limit)

  async def page_get(self, path):
    async with self.limit:
      reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection(
        *ADDRESS.split(":"))
      writer.write(b"GET %b HTTP/1.1\r\nHost: shop\r\n\r\n" % path.encode())
      head = (await reader.readuntil(b"\r\n\r\n")).lower()
      size = int(head.partition(b"content-length:")[2].split()[0])
      content = await reader.readexactly(size)
      self.idle.append((reader, writer))
      return content

  async def shelf_read(self, path):
    return page_parse(await self.page_get(path)).links

  async def article_read(self, path):
    prices = page_parse(await self.page_get(path)).prices
    return path, len(prices), sum(prices)


async def shop_read(workers, shelves=SHELVES):
  client = Client(workers or 100)
  shelves = await asyncio.gather(*map(client.shelf_read, shelves))
  return await asyncio.gather(*map(client.article_read, articles_of(shelves)))


def event_loop(workers):
  return asyncio.run(shop_read(workers))


def part_read(shelves):
  return asyncio.run(shop_read(0, shelves))


def hybrid(workers):
  with multiprocessing.Pool(workers) as pool:
    return articles_of(pool.map(part_read, [SHELVES[i::workers] for i in range(workers)]))


def main(model, workers):
  articles = model(workers)
  print("%d articles, %d offers, %d" % (len(articles), sum(count for _, count, _ in articles),
                                        sum(len(path) * total for path, _, total in articles)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop, "hybrid": hybrid}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
