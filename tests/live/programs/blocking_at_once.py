"""Coroutines that do nothing but block: the loop gets no chance to wait for anything in between.

As docs/examples/blocking_loop.py, in the form that gives least away: all tasks are ready at once,
and the loop's own wait never sleeps.
Usage: blocking_at_once.py [TASKS] [SECONDS] [ROUNDS]
"""
import asyncio
import sys
import time

TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1


async def task(number):
  time.sleep(SECONDS)
  return number


async def main():
  for _ in range(ROUNDS):
    print(await asyncio.gather(*[task(number) for number in range(TASKS)]))


if __name__ == "__main__":
  asyncio.run(main())
