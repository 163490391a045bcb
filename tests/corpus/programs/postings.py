# Stands for: a batch loader that takes bookings from a queue and posts them to one database file.
# An operation is one batch: ask the queue's socket for it, check its rows, then post them in one
# transaction. The connection to the database is shared and guarded by a lock.
import asyncio
import json
import multiprocessing
import os
import socket
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

MODELS = ["sequential", "threads", "processes", "event-loop"]
BATCHES = 64
ROWS = 150

database = None
lock = None


def database_path():
    return os.path.join(os.environ["CORPUS_DIR"], "bookings.db")


def database_open(guard=None):
    global database, lock
    database = sqlite3.connect(database_path(), check_same_thread=False)
    lock = guard or threading.Lock()


def database_create():
    with sqlite3.connect(database_path()) as fresh:
        fresh.executescript(
            "DROP TABLE IF EXISTS booking;"
            "CREATE TABLE booking (id INTEGER PRIMARY KEY, account INTEGER, cents INTEGER);"
            "CREATE INDEX by_account ON booking (account);")
    fresh.close()


def request(batch):
    return f"{6 + batch * 5 % 13} {ROWS * 8 + batch % 3}\n".encode()


def rows(batch, answer):
    """The rows of a batch, checked: number, account and amount."""
    checked = []
    for position, number in enumerate(json.loads(answer)):
        account, cents = divmod(number, 1000)
        if not 100 <= account < 1000:
            raise ValueError(f"batch {batch}: no such account: {account}")
        checked.append((batch * ROWS + position, account, cents))
    return checked


def post(checked):
    with database:
        database.executemany("INSERT INTO booking VALUES (?, ?, ?)", checked)


def load(batch):
    with socket.socket(socket.AF_UNIX) as queue:
        queue.connect(os.environ["CORPUS_UNIX"])
        queue.sendall(request(batch))
        with queue.makefile("rb") as answers:
            checked = rows(batch, answers.readline())
    with lock:
        post(checked)


async def load_async(batch, gate, guard):
    async with gate:
        reader, writer = await asyncio.open_unix_connection(
            os.environ["CORPUS_UNIX"], limit=1 << 20)
        writer.write(request(batch))
        checked = rows(batch, await reader.readline())
        writer.close()
        await writer.wait_closed()
        async with guard:
            post(checked)


async def load_all(limit):
    gate = asyncio.Semaphore(limit or BATCHES)
    guard = asyncio.Lock()
    await asyncio.gather(*(load_async(batch, gate, guard) for batch in range(BATCHES)))


def run(model, workers):
    if model == "processes":
        guard = multiprocessing.Lock()
        with multiprocessing.Pool(workers, database_open, (guard,)) as pool:
            pool.map(load, range(BATCHES), chunksize=1)
        return
    database_open()
    if model == "threads":
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(load, range(BATCHES)))
    elif model == "event-loop":
        asyncio.run(load_all(workers))
    else:
        for batch in range(BATCHES):
            load(batch)


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    database_create()
    run(sys.argv[1], int(sys.argv[2]))
    database_open()
    query = "SELECT count(*), sum(cents), sum(cents * (account % 13)) FROM booking"
    print(*database.execute(query).fetchone())


if __name__ == "__main__":
    main()
