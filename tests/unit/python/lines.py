"""Tables of lines of code objects, and which line each instruction has by the interpreter itself.

usage: lines.py [MODULE...]     run by any CPython from 3.7 on; without a MODULE: odd_code.py

One line of output for each code object: the minor version, the first line, the table in hex, and
the lines of all instructions (of two bytes each) as COUNT*LINE, line 0 where there is none.
"""
import ctypes
import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# Lines further off than a byte can say, up and down; more of them than a byte can count.
FAR = """
def far(a):
    return max(%s
        a.b(
            a.c),
        key=a%s)
""" % ("\n" * 300, "\n" * 140)
LONG = "def long(a):\n" + "    a = a + 1 if a else [a, 2]\n" * 300 + "    return a\n"

# Syntax of later versions, by the minor one.
MATCH = 10, """
def matched(a):
    match a:
        case [x, *_] if x:
            return x
        case {'k': v}:
            return v
        case _:
            pass
    return a
"""
GROUP = 11, """
def grouped():
    try:
        f()
    except* OSError as e:
        g(e)
    finally:
        h()
"""
GENERIC = 12, """
type Pair[T] = tuple[T,
                     T]
def first[T: int](p: Pair[T]) -> T:
    return f'{p[
        0]!r:>{p[
            1]}}'
"""

addr2line = ctypes.pythonapi.PyCode_Addr2Line
addr2line.argtypes = ctypes.py_object, ctypes.c_int
addr2line.restype = ctypes.c_int


def codes(code):
  yield code
  for constant in code.co_consts:
    if hasattr(constant, "co_code"):
      yield from codes(constant)


def runs(code):
  """Lines of instructions, those with the same one behind each other as one."""
  found = []
  for at in range(0, len(code.co_code), 2):
    line = max(0, addr2line(code, at))
    if found and found[-1][1] == line:
      found[-1][0] += 1
    else:
      found.append([1, line])
  return " ".join("%d*%d" % run for run in map(tuple, found))


def tell(source, name):
  minor = sys.version_info[1]
  for code in codes(compile(source, name, "exec", dont_inherit=True)):
    table = code.co_linetable if minor >= 10 else code.co_lnotab
    print(minor, code.co_firstlineno, table.hex() or "-", runs(code))


def tell_file(path):
  with open(path, encoding="utf-8") as file:
    tell(file.read(), path)


def main():
  for name in sys.argv[1:]:
    tell_file(importlib.util.find_spec(name).origin)
  if sys.argv[1:]:
    return
  tell_file(os.path.join(HERE, "odd_code.py"))
  later = [source for minor, source in (MATCH, GROUP, GENERIC) if sys.version_info >= (3, minor)]
  for source in (FAR, LONG, *later):
    tell(source, "made")


main()
