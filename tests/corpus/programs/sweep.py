# Stands for: a port scanner that looks for forgotten services in a small network.
# An operation is one address and port: try to connect, note whether somebody listens.
# There are thousands of them and nearly all are refused at once.
import asyncio
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool

MODELS = ["sequential", "threads", "processes", "event-loop"]
PORTS = [7, 9, 13, 19, 37, 79, 109, 113, 515, 540, 1433, 1521, 2049, 5060, 5900, 7001]
HOSTS = 4000


def targets():
    """Every port of every host of the network, and the one service that is known."""
    host, port = os.environ["CORPUS_LINE"].rsplit(":", 1)
    found = [(f"127.90.{n >> 8}.{n & 255}", port) for n in range(HOSTS) for port in PORTS]
    return found + [(host, int(port))]


def is_open(target):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(target) == 0


async def is_open_async(target, gate):
    loop = asyncio.get_running_loop()
    async with gate:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            try:
                async with asyncio.timeout(1.0):
                    await loop.sock_connect(probe, target)
            except OSError:
                return False
            return True


async def open_all(work, limit):
    # Without a limit there still are only so many file descriptors.
    gate = asyncio.Semaphore(limit or 500)
    return await asyncio.gather(*(is_open_async(target, gate) for target in work))


def run(model, workers, work):
    if model == "threads":
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(is_open, work))
    if model == "processes":
        with Pool(workers) as pool:
            return pool.map(is_open, work)
    if model == "event-loop":
        return asyncio.run(open_all(work, workers))
    return [is_open(target) for target in work]


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    work = targets()
    answers = run(sys.argv[1], int(sys.argv[2]), work)
    # The known service's port differs from run to run: its place in the list does not.
    places = [place for place, answer in enumerate(answers) if answer]
    print(f"{len(answers)} tried, open: {places}")


if __name__ == "__main__":
    main()
