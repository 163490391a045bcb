#!/usr/bin/env python3
"""sites_blocked: threads that are blocked for good, each at another line, when one comes to look.

Prints function and line of each as a line of JSON, by the interpreter's own word.

Usage: sites_blocked.py
"""
import asyncio
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time


def sleeps():
  time.sleep(1000)


def gets():
  queue.Queue().get()


def reads():
  os.read(os.pipe()[0], 1)


def receives():
  a, b = socket.socketpair()
  a.recv(len([b]))


def locks():
  lock = threading.Lock()
  lock.acquire()
  lock.acquire()


def sleeps_deep_down(depth=40):
  if depth:
    sleeps_deep_down(depth - 1)
  time.sleep(1000)


def sleeps_in_a_sorting_key():
  sorted([1, 2], key=lambda _: time.sleep(1000))


def sleeps_in_a_coroutine():
  async def sleep():
    await asyncio.sleep(0)
    time.sleep(1000)

  asyncio.new_event_loop().run_until_complete(sleep())


def waits_for_a_child():
  with subprocess.Popen(["sleep", "1000"]) as child:
    child.wait()


WORKS = [sleeps, gets, reads, receives, locks, sleeps_deep_down, sleeps_in_a_sorting_key,
         sleeps_in_a_coroutine, waits_for_a_child]


def own_frame(frame):
  """The innermost one that is this file's."""
  while frame.f_code.co_filename != __file__:
    frame = frame.f_back
  return frame


def truth_print(thread):
  frame = own_frame(sys._current_frames()[thread.ident])
  code = frame.f_code
  print(json.dumps({"function": getattr(code, "co_qualname", code.co_name),
                    "line": frame.f_lineno}), flush=True)


def main():
  threads = [threading.Thread(target=work, daemon=True) for work in WORKS]
  for thread in threads:
    thread.start()
  time.sleep(0.5)
  for thread in threads:
    truth_print(thread)
  print("{}", flush=True)
  threads[0].join()


if __name__ == "__main__":
  main()
