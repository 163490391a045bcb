# A reviewer's tool that compares old and new versions of many files, small ones and large ones.
# Operations: 52 comparisons by difflib, pure Python, from about 5 to 200 ms, in no order.
# Models: a loop, multiprocessing.pool.ThreadPool and multiprocessing.Pool, one file at a time.
import difflib
import multiprocessing.pool
import random
import sys

LINES = [500, 1400, 450, 2300, 800, 3600, 600, 1100, 470, 1700, 900, 550, 2700,
         700, 480, 1900, 1000, 3400, 520, 1300, 850, 460, 2100, 650, 1500, 750] * 2


def versions_make(number):
  """An old and a new version of a file: one line in five was changed, some were moved."""
  draw = random.Random(number)
  old = ["%s = %d" % ("abcdefgh"[draw.randrange(8)] * 3, draw.randrange(3))
         for _ in range(LINES[number])]
  new = [line + ";" if draw.random() < 0.2 else line for line in old]
  cut = draw.randrange(len(new))
  return old, new[cut:] + new[:cut]


def file_compare(number):
  """How many lines stayed, and how many places were changed; every line counts, common ones too."""
  matcher = difflib.SequenceMatcher(None, *versions_make(number), autojunk=False)
  stayed = sum(block.size for block in matcher.get_matching_blocks())
  return 1000 * stayed + len(matcher.get_opcodes())


def sequential(_):
  return sum(map(file_compare, range(len(LINES))))


def pool_run(pool):
  with pool:
    return sum(pool.imap_unordered(file_compare, range(len(LINES))))


def threads(workers):
  return pool_run(multiprocessing.pool.ThreadPool(workers))


def processes(workers):
  return pool_run(multiprocessing.Pool(workers))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
