"""The tasks of sleeps_sequential.py in a pool with a thread for each.

concadvise says: keep the threads (io-bound). The waits overlap already, and a pool of this size
costs nothing worth saving.

Usage: sleeps_threads.py [TASKS] [SECONDS] [ROUNDS]
"""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1


def task(number):
  time.sleep(SECONDS)
  return number


if __name__ == "__main__":
  with ThreadPoolExecutor(max_workers=TASKS) as pool:
    for _ in range(ROUNDS):
      print(list(pool.map(task, range(TASKS))))
