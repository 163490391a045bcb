"""Tasks that only wait, one after the other.

concadvise says: use threads (io-bound). Nothing runs while a task waits, and no task needs
another's result; with a thread each, all would end together.

Usage: sleeps_sequential.py [TASKS] [SECONDS] [ROUNDS]
"""
import sys
import time

TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 1


def task(number):
  time.sleep(SECONDS)
  return number


if __name__ == "__main__":
  for _ in range(ROUNDS):
    print([task(number) for number in range(TASKS)])
