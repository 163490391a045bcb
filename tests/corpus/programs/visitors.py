# Stands for: a web log analyser that counts visitors by country; it loads its address table first.
# An operation is one piece of the log: read the byte range, parse each line, look the address up,
# count. The table is built anew in each worker process, as on systems that cannot fork.
import bisect
import collections
import functools
import multiprocessing
import os
import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor

MODELS = ["sequential", "threads", "processes"]
LINE = re.compile(r'(\S+) \S+ \S+ \[([^\]]+)\] "(\w+) (\S+) [^"]*" (\d{3}) (\d+|-)')
COUNTRIES = "AT BE BR CH CN CZ DE DK ES FR GB IN IT JP NL PL SE TR US ZA".split()
PIECE = 256 << 10


@functools.lru_cache(maxsize=None)
def address_table():
    """The ranges of addresses and their countries, as read from a registry's text dump."""
    rng = random.Random(4)
    dump = []
    start = 0
    while start < 1 << 32:
        size = 1 << rng.randrange(10, 19)
        dump.append(f"{start}|{size}|{rng.choice(COUNTRIES)}")
        start += size
    starts, countries = [], []
    for line in dump:
        first, _, country = line.split("|")
        starts.append(int(first))
        countries.append(country)
    return starts, countries


def log_write(path):
    """A month of requests; the same hour's requests come back on other days."""
    rng = random.Random(7)
    hours = []
    for hour in range(24):
        lines = []
        for _ in range(rng.randrange(100, 400)):
            address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
            page = rng.choice(["/", "/index.html", "/search?q=shoes", "/cart", "/img/logo.png"])
            status = rng.choice([200, 200, 200, 304, 404, 500])
            lines.append(f'{address} - - [DAY/Mar/2024:{hour:02d}:{rng.randrange(60):02d}:00 +0000]'
                         f' "GET {page} HTTP/1.1" {status} {rng.randrange(90000)}\n')
        hours.append("".join(lines))
    with open(path, "w") as log:
        for day in range(1, 31):
            for hour in hours:
                log.write(hour.replace("DAY", f"{day:02d}"))


def pieces(path):
    size = os.path.getsize(path)
    return [(path, start, min(start + PIECE, size)) for start in range(0, size, PIECE)]


def lines_of(piece):
    """Whole lines only: one that starts in the piece before belongs to that piece."""
    path, start, end = piece
    with open(path, "rb") as log:
        if start:
            log.seek(start - 1)
            log.readline()
        while log.tell() < end:
            yield log.readline().decode()


def analyse(piece):
    starts, countries = address_table()
    hits = collections.Counter()
    for line in lines_of(piece):
        address, _, _, page, status, size = LINE.match(line).groups()
        a, b, c, d = map(int, address.split("."))
        index = bisect.bisect_right(starts, a << 24 | b << 16 | c << 8 | d) - 1
        country = countries[index]
        hits[country, "requests"] += 1
        hits[country, "bytes"] += 0 if size == "-" else int(size)
        hits[country, "errors"] += status[0] in "45"
        hits[country, page.partition("?")[0]] += 1
    return hits


def run(model, workers, work):
    if model == "processes":
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(workers, initializer=address_table) as pool:
            return pool.map(analyse, work, chunksize=1)
    address_table()
    if model == "threads":
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(analyse, work))
    return [analyse(piece) for piece in work]


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    path = os.path.join(os.environ["CORPUS_DIR"], "access.log")
    log_write(path)
    total = sum(run(sys.argv[1], int(sys.argv[2]), pieces(path)), collections.Counter())
    top = max(COUNTRIES, key=lambda country: total[country, "requests"])
    digest = sum(total.values()) + 31 * total[top, "bytes"]
    print(f"{top} leads with {total[top, 'requests']} requests, {digest}")


if __name__ == "__main__":
    main()
