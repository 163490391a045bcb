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

# Lines that a byte cannot reach, up and down, and ones that a later version's syntax makes.
FAR = "def far(a):\n    x = (a," + "\n" * 300 + "         a)" + "\n" * 140 + "    return x + a\n"
LONG = "def long(a):\n" + "".join(f"    a = a + {n} if a else [a, {n}]\n" for n in range(300)) + "    return a\n"
BACK = "def back(a):\n    return max(" + "\n" * 130 + "        a.b(\n            a.c),\n        key=a" + "\n" * 200 + ")\n"
LATER = [
    (10, "def matched(a):\n    match a:\n        case [x, *_] if x:\n            return x\n"
         "        case {'k': v}:\n            return v\n        case _:\n            pass\n    return a\n"),
    (11, "def grouped():\n    try:\n        f()\n    except* OSError as e:\n        g(e)\n    finally:\n        h()\n"),
    (12, "type Pair[T] = tuple[T,\n                     T]\ndef first[T: int](p: Pair[T]) -> T:\n    return f'{p[\n        0]!r:>{p[\n1]}}'\n"),
]

addr2line = ctypes.pythonapi.PyCode_Addr2Line
addr2line.argtypes = ctypes.py_object, ctypes.c_int
addr2line.restype = ctypes.c_int


def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from codes(constant)


def runs(code):
    lines = [max(0, addr2line(code, at)) for at in range(0, len(code.co_code), 2)]
    out = []
    for line in lines:
        if out and out[-1][1] == line:
            out[-1][0] += 1
        else:
            out.append([1, line])
    return " ".join(f"{count}*{line}" for count, line in out)


def tell(source, name):
    for code in codes(compile(source, name, "exec", dont_inherit=True)):
        table = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
        print(sys.version_info[1], code.co_firstlineno, table.hex() or "-", runs(code))


def main():
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            path = importlib.util.find_spec(name).origin
            with open(path, encoding="utf-8") as file:
                tell(file.read(), path)
        return
    with open(os.path.join(HERE, "odd_code.py"), encoding="utf-8") as file:
        tell(file.read(), "odd_code.py")
    for source in (FAR, LONG, BACK, *(s for minor, s in LATER if sys.version_info >= (3, minor))):
        tell(source, "made")


main()
