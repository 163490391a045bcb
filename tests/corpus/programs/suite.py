# Stands for: a test runner that gives each test case a process of its own and reads its output.
# An operation is one case: start the interpreter or a shell, feed standard input, collect standard
# output and the exit status. Some cases compute, some only wait for a timeout of theirs.
import asyncio
import multiprocessing
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

MODELS = ["sequential", "threads", "processes", "event-loop", "hybrid"]

PARSER = """
import sys
depth = best = 0
for symbol in sys.stdin.read():
    depth += (symbol == "(") - (symbol == ")")
    best = max(best, depth)
print("ok" if depth == 0 else "not ok", best)
sys.exit(depth != 0)
"""
SORTER = """
import sys
numbers = [int(n) for n in sys.stdin.read().split()]
print("ok" if sorted(numbers, reverse=True)[::-1] == sorted(numbers) else "not ok", len(numbers))
"""
RETRY = 'read expected; sleep "$expected"; echo ok timeout'
TALLY = "awk '{ n += length($0) } END { print \"ok\", n }'"


def cases():
    """Name, command and standard input of each case."""
    python = [sys.executable, "-S", "-E", "-c"]
    found = []
    for number in range(84):
        if number % 7 == 3:
            found.append((f"retry-{number}", ["sh", "-c", RETRY], b"0.0%d\n" % (40 + number)))
        elif number % 3 == 0:
            text = ("(a(b)c)" * (400 + 150 * number) + "(" * (number % 12 == 6)).encode()
            found.append((f"parser-{number}", [*python, PARSER], text))
        elif number % 3 == 1:
            text = " ".join(str(i * 7919 % 100_003) for i in range(500 * number)).encode()
            found.append((f"sorter-{number}", [*python, SORTER], text))
        else:
            found.append((f"tally-{number}", ["sh", "-c", TALLY], b"line of text\n" * 2000))
    return found


def attempt(case):
    name, command, text = case
    done = subprocess.run(command, input=text, capture_output=True)
    return name, done.returncode, done.stdout


async def attempt_async(case, gate):
    name, command, text = case
    async with gate:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe)
        output, _ = await child.communicate(text)
        return name, child.returncode, output


async def attempt_all(work, limit):
    gate = asyncio.Semaphore(limit or len(work))
    return await asyncio.gather(*(attempt_async(case, gate) for case in work))


def attempt_part(work):
    return asyncio.run(attempt_all(work, 0))


def run(model, workers, work):
    if model == "threads":
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(attempt, work))
    if model == "processes":
        with multiprocessing.Pool(workers) as pool:
            return list(pool.imap(attempt, work))
    if model == "hybrid":
        with multiprocessing.Pool(workers) as pool:
            parts = pool.map(attempt_part, [work[i::workers] for i in range(workers)])
        return [parts[i % workers][i // workers] for i in range(len(work))]
    if model == "event-loop":
        return asyncio.run(attempt_all(work, workers))
    return [attempt(case) for case in work]


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    results = run(sys.argv[1], int(sys.argv[2]), cases())
    failed = [name for name, status, _ in results if status]
    digest = zlib.crc32(repr(results).encode())
    print(f"{len(results)} run, {len(failed)} failed, {digest:08x}")


if __name__ == "__main__":
    main()
