# A controller's report: it adds up the sales of all branches, each of which sent a CSV file.
# Operations: 48 files, of some 2,000 to 36,000 rows; csv and decimal, and a table of sums each.
# Models: a loop, threads with a lock around the common table, a ProcessPoolExecutor with its maps.
import collections
import concurrent.futures
import csv
import decimal
import os
import sys
import threading

FOLDER = os.environ.get("CORPUS_DIR", ".")
ROWS = [12000, 36000, 4500, 18000, 2000, 9000, 27000, 6500, 3500, 22500, 11000, 3000, 31500, 8000,
        16000, 5500] * 3
ARTICLES = ["%s-%03d" % (group, number) for group in ("LAMP", "SHELF", "CHAIR", "DESK")
            for number in range(60)]
DAYS = ["2024-%02d-%02d" % (month, day) for month in range(1, 13) for day in range(1, 29)]


def branch_path(branch):
  return os.path.join(FOLDER, "branch-%02d.csv" % branch)


def branches_write():
  block = ["%s,%s,%d,%d.%02d,%s\n" % (DAYS[i * 37 % len(DAYS)], ARTICLES[i * 101 % len(ARTICLES)],
                                      1 + i % 4, 5 + i * 7919 % 400, i * 31 % 100,
                                      "return" if i % 41 == 0 else "sale") for i in range(1500)]
  for branch, rows in enumerate(ROWS):
    with open(branch_path(branch), "w", encoding="ascii") as file:
      file.write("day,article,quantity,price,kind\n")
      for first in range(0, rows, 500):
        at = (first + branch * 100) % 1000
        file.write("".join(block[at:at + 500]))


def branch_sum(branch):
  sums = collections.defaultdict(decimal.Decimal)
  with open(branch_path(branch), encoding="ascii", newline="") as file:
    for row in csv.DictReader(file):
      amount = int(row["quantity"]) * decimal.Decimal(row["price"])
      if row["kind"] == "return":
        amount = -amount
      sums[row["article"], row["day"][:7]] += amount
      sums[branch, row["day"][:7]] += amount
  return sums


def sums_add(total, sums):
  for key, amount in sums.items():
    total[key] += amount


def sequential(_, total):
  for branch in range(len(ROWS)):
    sums_add(total, branch_sum(branch))


def threads(workers, total):
  lock = threading.Lock()

  def branch_book(branch):
    sums = branch_sum(branch)
    with lock:
      sums_add(total, sums)

  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    for done in [pool.submit(branch_book, branch) for branch in range(len(ROWS))]:
      done.result()


def processes(workers, total):
  with concurrent.futures.ProcessPoolExecutor(workers) as pool:
    for sums in pool.map(branch_sum, range(len(ROWS))):
      sums_add(total, sums)


def main(model, workers):
  branches_write()
  total = collections.defaultdict(decimal.Decimal)
  model(workers, total)
  best = max((key for key in total if isinstance(key[0], str)), key=lambda key: (total[key], key))
  print("%d sums, %s of all, best %s with %s" % (len(total), sum(total.values()), "/".join(best),
                                                 total[best]))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
