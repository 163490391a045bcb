#!/usr/bin/env python3
"""sites_gil: one thread computes under the interpreter's lock, another always wants it.

Which line holds the lock most while it is wanted, and which one waits for it, is marked.

Usage: sites_gil.py SECONDS; prints both as JSON
"""
import json
import sys
import threading
import time

end = time.monotonic() + float(sys.argv[1])


def hog():
  while time.monotonic() < end:
    for n in range(20000): n * n  # <- holds


def wants():
  while time.monotonic() < end:
    time.sleep(0.0005)  # <- waits


def line_of(mark):
  with open(__file__, encoding="utf-8") as file:
    return next(n for n, line in enumerate(file, 1) if line.rstrip().endswith("# <- " + mark))


threads = [threading.Thread(target=work) for work in (hog, wants, wants)]
for thread in threads:
  thread.start()
for thread in threads:
  thread.join()
print(json.dumps({"holds": ["hog", line_of("holds")], "waits": ["wants", line_of("waits")]}))
