"""The computing of countdown_sequential.py in two processes.

concadvise says: keep the processes (cpu-bound). Each has an interpreter of its own, and both
compute at the same time.

Usage: countdown_processes.py [COUNT] [ROUNDS]
"""
import sys
from concurrent.futures import ProcessPoolExecutor

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 20000000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def count_down(n):
  while n > 0:
    n -= 1


if __name__ == "__main__":
  with ProcessPoolExecutor(max_workers=2) as pool:
    for _ in range(ROUNDS):
      list(pool.map(count_down, [COUNT, COUNT]))
