#!/usr/bin/env python3
"""chains: sleeps under every way there is to call Python code, and knows by which chain of calls.

Prints all chains at the end, one line of JSON each: [function, file, line] of every frame,
innermost first, as the interpreter itself tells them at the moment of sleeping.

Usage: chains.py; CPython 3.7 and later
"""
import asyncio
import bisect
import collections
import contextlib
import ctypes
import functools
import importlib
import json
import os
import re
import sys
import tempfile
import threading
import time

NAP_S = 0.025
DEEPER_THAN_IS_KEPT = 150
chains = []


def frames_of(frame):
  while frame:
    code = frame.f_code
    yield getattr(code, "co_qualname", code.co_name), code.co_filename, frame.f_lineno
    frame = frame.f_back


def nap(*_, **__):
  """The line that asks for the chain is the one that sleeps."""
  return chains.append(list(frames_of(sys._getframe()))) or time.sleep(NAP_S) or 1


class Meta(type):

  def __new__(mcs, *arguments):
    nap()
    return super().__new__(mcs, *arguments)

  def __call__(cls, *arguments):
    nap()
    return super().__call__(*arguments)


class Thing(object):
  # Slots that the interpreter's C code calls.
  __lt__ = __hash__ = __add__ = __len__ = nap

  def __init__(self, rests=False):
    if rests:
      nap()

  def __repr__(self):
    return str(nap())

  def __getattr__(self, name):
    return nap()

  def __getitem__(self, index):
    return nap()

  def __call__(self):
    nap(
        1,
        2,
    )

  def __iter__(self):
    yield nap()

  def __enter__(self):
    nap()

  def __exit__(self, *_):
    nap()

  def __del__(self):
    nap()

  def method(self):
    nap()

  @classmethod
  def of_class(cls):
    nap()

  @staticmethod
  def static():
    nap()

  @property
  def computed(self):
    return nap()


class Derived(Thing):

  def __init__(self):
    super().__init__(True)


def by_the_object_model():
  thing = Thing()
  thing.method(), Thing.of_class(), Thing.static(), thing.computed
  thing.other, thing[0], thing(), repr(thing), len(thing), hash(thing)
  thing < thing, thing + thing, list(thing)
  with thing:
    nap()
  Derived()
  Meta("Made", (), {})()
  del thing


def decorated(function):

  @functools.wraps(function)
  def wrapper(*arguments):
    return function(*arguments)

  return wrapper


@decorated
@functools.lru_cache(None)
def under_decorators():
  nap()


def generator():
  yield nap()
  yield from inner_generator()
  for _ in inner_generator():
    nap()


def inner_generator():
  yield nap()


@contextlib.contextmanager
def manager():
  nap()
  yield
  nap()


def by_syntax():
  nap(), [nap() for _ in "a"], {nap() for _ in "a"}, {nap(): 1 for _ in "a"}
  list(nap() for _ in "a")
  f"{nap()}" + (lambda: str(nap()))()
  under_decorators()
  list(generator())
  with manager():
    pass
  assert nap(), \
      nap()
  try:
    raise ValueError
  except ValueError:
    nap()
  finally:
    nap()
  number = (1 +
            nap() +
            2) if nap() else 3
  while number:
    nap()
    number = 0
  for _ in [nap()]:
    number += 1


def under_c_code():
  sorted([1], key=lambda _: nap())
  max([1], key=nap)
  list(map(nap, "a"))
  functools.reduce(lambda *_: nap(), "ab")
  functools.partial(nap)()
  json.dumps([object()], default=lambda _: nap())
  re.sub("a", lambda _: str(nap()), "a")
  bisect.insort([Thing()], Thing())
  collections.defaultdict(lambda: nap())["a"]
  compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: nap())
  ctypes.CDLL(None).qsort(ctypes.create_string_buffer(2), 2, 1, compare)


def by_the_compiler():
  exec("nap()")
  eval("\nnap()")
  exec(compile("\n\ndef made():\n  nap()\n\nmade()\n", "made up.py", "exec"), {"nap": nap})
  for lines in range(12):  # each in the memory of the one before
    exec("\n" * lines + "nap()")
  with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "imported_chain.py"), "w", encoding="ascii") as file:
      file.write("\nimport __main__\n__main__.nap()\n")
    sys.path.insert(0, folder)
    importlib.import_module("imported_chain")


def recursion(depth):
  if depth:
    recursion(depth - 1)
  else:
    nap()


async def coroutine():
  await asyncio.sleep(0)
  nap()
  await inner_coroutine()


async def inner_coroutine():
  nap()


async def asynchronous_generator():
  yield nap()


async def in_a_loop():
  loop = asyncio.get_running_loop()
  await asyncio.gather(coroutine(), coroutine())
  [_ async for _ in asynchronous_generator()]
  loop.call_soon(nap)
  await loop.run_in_executor(None, nap)


def in_threads():
  for target in (nap, by_syntax):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()


def main():
  sys.setrecursionlimit(10000)
  threading.Event().wait(0.5)  # frames are missing until the interpreter's file has been read
  by_the_object_model()
  by_syntax()
  under_c_code()
  by_the_compiler()
  recursion(10)
  recursion(DEEPER_THAN_IS_KEPT)
  in_threads()
  asyncio.run(in_a_loop())
  for chain in chains:
    print(json.dumps(chain))


main()
