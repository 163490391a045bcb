"""The computing of countdown_sequential.py in two threads.

concadvise says: use processes (gil-bound). At any time one thread computes and the other waits for
the interpreter's lock; more threads would only wait more.

Usage: countdown_threads.py [COUNT] [ROUNDS]
"""
import sys
from concurrent.futures import ThreadPoolExecutor

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 20000000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def count_down(n):
  while n > 0:
    n -= 1


if __name__ == "__main__":
  with ThreadPoolExecutor(max_workers=2) as pool:
    for _ in range(ROUNDS):
      list(pool.map(count_down, [COUNT, COUNT]))
