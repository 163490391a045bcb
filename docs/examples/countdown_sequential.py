"""Two pieces of pure computing, one after the other.

concadvise says: use processes (cpu-bound). Threads would take turns at the interpreter's lock.

Usage: countdown_sequential.py [COUNT] [ROUNDS]
"""
import sys

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 20000000
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def count_down(n):
  while n > 0:
    n -= 1


if __name__ == "__main__":
  for _ in range(ROUNDS):
    count_down(COUNT)
    count_down(COUNT)
