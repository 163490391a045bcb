# Stands for: a link checker run over a project's documentation before a release.
# An operation is one link: connect, GET, read the answer to its end, note status and length.
# Hosts differ widely: most answer at once, a few take a tenth of a second.
import asyncio
import http.client
import multiprocessing
import os
import random
import re
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

MODELS = ["sequential", "threads", "processes", "event-loop"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HOST, PORT = os.environ.get("CORPUS_HTTP", "127.0.0.1:0").rsplit(":", 1)


def documents():
    """The documentation: chapters of prose with links in it, some of them repeated."""
    rng = random.Random(20240)
    pages = []
    for chapter in range(11):
        lines = [f"# Chapter {chapter}"]
        for number in range(9):
            if rng.random() < 0.06:
                wait = rng.randrange(70, 120)
            else:
                wait = rng.randrange(3, 19)
            size = rng.choice([200, 900, 4000, 16000])
            url = f"/wait/{wait}/{size}?page={chapter}.{number % 8}"
            if chapter % 5 == 2 and number == 4:
                url = f"/removed/{chapter}.html"
            lines.append(f"See [section {number}]({url}) for the details of this option.")
        pages.append("\n".join(lines))
    return pages


def links_of(pages):
    found = {}
    for page in pages:
        for url in LINK.findall(page):
            found.setdefault(url)
    return list(found)


def check(url):
    connection = http.client.HTTPConnection(HOST, int(PORT), timeout=10)
    try:
        connection.request("GET", url, headers={"Connection": "close"})
        response = connection.getresponse()
        return url, response.status, len(response.read())
    finally:
        connection.close()


async def check_async(url, gate):
    async with gate:
        reader, writer = await asyncio.open_connection(HOST, int(PORT))
        request = f"GET {url} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        status = int((await reader.readline()).split()[1])
        length = None
        while (line := await reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            if name.lower() == "content-length":
                length = int(value)
        body = await (reader.read() if length is None else reader.readexactly(length))
        writer.close()
        await writer.wait_closed()
        return url, status, len(body)


async def check_all(urls, limit):
    gate = asyncio.Semaphore(limit or len(urls))
    return await asyncio.gather(*(check_async(url, gate) for url in urls))


def run(model, workers, urls):
    if model == "threads":
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(check, urls))
    if model == "processes":
        with multiprocessing.Pool(workers) as pool:
            return pool.map(check, urls, chunksize=1)
    if model == "event-loop":
        return asyncio.run(check_all(urls, workers))
    return [check(url) for url in urls]


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    model, workers = sys.argv[1], int(sys.argv[2])
    results = run(model, workers, links_of(documents()))
    broken = sum(status != 200 for _, status, _ in results)
    digest = zlib.crc32("\n".join(f"{u} {s} {n}" for u, s, n in results).encode())
    print(f"{len(results)} links, {broken} broken, {digest:08x}")


if __name__ == "__main__":
    main()
