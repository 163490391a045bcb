"""The tasks of sleeps_sequential.py as coroutines that are awaited together.

concadvise says: keep the event loop (io-bound). One thread waits for all of them at once, and the
loop is never held up.

Usage: gather.py [TASKS] [SECONDS] [ROUNDS]
"""
import asyncio
import sys

TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1


async def task(number):
  await asyncio.sleep(SECONDS)
  return number


async def main():
  for _ in range(ROUNDS):
    print(await asyncio.gather(*[task(number) for number in range(TASKS)]))


if __name__ == "__main__":
  asyncio.run(main())
