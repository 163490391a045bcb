#!/usr/bin/env python3
"""sharing: how fast pieces of Python are on one CPU while the same goes on on another.

Each piece is repeated for a while in a process bound to a CPU, alone and beside a second one on
another CPU; told is the median CPU time alone in times of that beside, of the slower of the two.
Made with it: docs/sharing.md, for analyzer/sharing.c.

Usage: sharing.py [ROUNDS]. PYTHON names another one than that on PATH.
"""
import os
import statistics
import subprocess
import sys

PYTHON = os.environ.get("PYTHON", "python3")
SECONDS = 0.7
RUN = """
import json, os, random, re, statistics, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
random.seed(1)
%(before)s
def piece():
  %(piece)s
piece()
took, end = [], time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
  began = time.thread_time()
  piece()
  took.append(time.thread_time() - began)
print(statistics.median(took))
"""
# What is told, what is made before, the piece.
PIECES = [
    ("arithmetic", "", "a = 0\n  for i in range(200000): a = (a * 31 + i) % 1000003"),
    ("a product of matrices of 60 x 60",
     "m = [[random.random() for _ in range(60)] for _ in range(60)]",
     "[[sum(a * b for a, b in zip(r, c)) for c in zip(*m)] for r in m]"),
    ("text split and read as numbers, 2 MB",
     "t = ', '.join(str(random.randrange(10**6)) for _ in range(250000))",
     "sum(map(int, t.split(', ')))"),
    ("a regular expression over 2 MB",
     "t = ' '.join('w%d=%d' % (i, i * 7) for i in range(140000))",
     "re.findall(r'(\\w+)=(\\d+)7\\b', t)"),
    ("JSON read, 2 MB", "t = json.dumps([{'a': i, 'b': str(i)} for i in range(70000)])",
     "json.loads(t)"),
    ("200,000 tuples made", "", "[(i, i * 2.5, str(i)) for i in range(200000)]"),
    ("200,000 floats sorted", "x = [random.random() for _ in range(200000)]", "sorted(x)"),
    ("32 MB of bytes copied", "b = bytes(range(256)) * (1 << 17)", "bytearray(b)"),
    ("a table of 50,000 counted in, at random",
     "d = dict.fromkeys(range(50000), 0)\nk = [random.randrange(50000) for _ in range(100000)]",
     "for i in k: d[i] += 1"),
    ("the same, 1,000,000",
     "d = dict.fromkeys(range(1000000), 0)\nk = [random.randrange(1000000) for _ in range(100000)]",
     "for i in k: d[i] += 1"),
    ("200,000 of as many numbers added, at random",
     "x = list(range(200000))\nrandom.shuffle(x)", "sum(v for v in x)"),
    ("200,000 of 2,000,000 numbers added, at random",
     "x = list(range(2000000))\nrandom.shuffle(x)", "sum(v for v in x[:200000])"),
]


def piece_s(program, cpus):
  """Of the slower, on each of these CPUs at once."""
  children = [subprocess.Popen([PYTHON, "-c", program, str(cpu), str(SECONDS)], text=True,
                               stdout=subprocess.PIPE) for cpu in cpus]
  return max(float(child.communicate()[0]) for child in children)


def main(rounds):
  cpus = sorted(os.sched_getaffinity(0))[:2]
  if len(cpus) < 2:
    sys.exit("it takes two CPUs")
  print("| piece | alone | speed beside | rounds |\n| --- | ---: | ---: | ---: |")
  for what, before, piece in PIECES:
    program = RUN % {"before": before, "piece": piece}
    alone, speeds = [], []
    for _ in range(rounds):
      alone.append(piece_s(program, cpus[:1]))
      speeds.append(alone[-1] / piece_s(program, cpus))
    print("| %s | %.1f ms | %.2f | %.2f to %.2f |"
          % (what, statistics.median(alone) * 1e3, statistics.median(speeds), min(speeds),
             max(speeds)), flush=True)


if __name__ == "__main__":
  main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
