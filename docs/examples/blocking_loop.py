"""Coroutines with a call in them that blocks: the whole loop stands still.

concadvise says: fix the event loop (loop-blocked). While one task is in time.sleep(), no other task
runs, and no event is taken in. It wants `await asyncio.sleep()`, or the blocking call in a thread:
`await asyncio.to_thread(call)` (Python 3.9; before it, `loop.run_in_executor(None, call)`).

Usage: blocking_loop.py [TASKS] [SECONDS] [ROUNDS]
"""
import asyncio
import sys
import time

TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1


async def task(number):
  await asyncio.sleep(SECONDS / 10 * (number + 1))  # a request that comes in some time later
  time.sleep(SECONDS)  # the mistake
  return number


async def main():
  for _ in range(ROUNDS):
    print(await asyncio.gather(*[task(number) for number in range(TASKS)]))


if __name__ == "__main__":
  asyncio.run(main())
