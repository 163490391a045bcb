"""A program all of whose names mean ill: `hostile.py FOLDER [WORD...]`.

Its threads, functions, files and sockets are named by EVIL, as far as each may be. In threads of
such names it waits for a FIFO, for a UNIX socket, and computes, in functions of such names, in files
of such names, for about a second.
"""
import ctypes
import os
import socket
import sys
import threading
import time

# What steers terminals (ESC, CSI in one byte, bell, carriage return), turns text around, is no
# UTF-8, is a format, ends strings of JSON and elements of HTML.
EVIL = (b"\x1b]0;owned\x07\x9b31m\r\n\xe2\x80\xae\xff\xfe%s%n\"'\\</script><img src=x>"
        b"\xc2\x9b2J\xe2\x80\xa8&amp;{wait.object}")
PR_SET_NAME = 15
SECONDS = 1.2


def name_set(name):
  ctypes.CDLL(None).prctl(PR_SET_NAME, ctypes.c_char_p(name))


def function_of(source, name, folder):
  """A function from a file and of a name that nobody could write in a program's text."""
  text = EVIL.decode("latin-1")
  space = {"os": os, "time": time, "socket": socket}
  exec(compile(source, os.fsdecode(folder + b"/" + EVIL.replace(b"/", b"|")), "exec"), space)
  function = space["f"]
  changes = {"co_name": name + text}
  if hasattr(function.__code__, "co_qualname"):
    changes["co_qualname"] = name + text
  function.__code__ = function.__code__.replace(**changes)
  return function


COMPUTE = """
def f(until):
  n = 0
  while time.monotonic() < until:
    n += sum(range(1000))
"""
READ = """
def f(path):
  with open(path, "rb") as fifo:
    while fifo.read(1):
      pass
"""
RECEIVE = """
def f(address):
  with socket.socket(socket.AF_UNIX) as s:
    s.connect(address)
    while s.recv(1):
      pass
"""


def feed(fifo, listening, until):
  with open(fifo, "wb", buffering=0) as pipe:
    peer = listening.accept()[0]
    while time.monotonic() < until:
      time.sleep(0.05)
      pipe.write(b"x")
      peer.send(b"x")
    peer.close()


def main():
  folder = os.fsencode(sys.argv[1])
  fifo, address = folder + b"/fifo-" + EVIL.replace(b"/", b"|"), folder + b"/s\x1b[31m\xff%n\xe2\x80\xae"
  os.mkfifo(fifo)
  listening = socket.socket(socket.AF_UNIX)
  listening.bind(address)
  listening.listen()
  until = time.monotonic() + SECONDS
  works = [(function_of(READ, "read", folder), fifo), (function_of(RECEIVE, "receive", folder), address),
           (function_of(COMPUTE, "compute", folder), until)]

  def run(number, function, argument):
    name_set(EVIL[number * 4:][:15])
    function(argument)

  threads = [threading.Thread(target=run, args=(n, *work)) for n, work in enumerate(works)]
  for thread in threads:
    thread.start()
  feed(fifo, listening, until)
  for thread in threads:
    thread.join()


main()
