# A Monte Carlo simulation of a stock's price, in pure Python, as in many a notebook.
# Operations: 64 batches of random walks with a seed each, all of them about 50 ms of computing.
# Models: a loop, a ThreadPoolExecutor, a ProcessPoolExecutor.
import concurrent.futures
import random
import sys

SEEDS = range(64)
WALKS, STEPS, LIMIT = 160, 2000, 60


def batch_simulate(seed):
  """How many walks of a batch leave the corridor, and when they do, together."""
  draw = random.Random(seed).random
  left = when = 0
  for _ in range(WALKS):
    place = 0
    for step in range(STEPS):
      place += 1 if draw() < 0.5 else -1
      if not -LIMIT < place < LIMIT:
        left += 1
        when += step
        place = 0
  return left, when


def total(results):
  left, when = map(sum, zip(*results))
  return "%d of them, at %d" % (left, when)


def sequential(_):
  return total([batch_simulate(seed) for seed in SEEDS])


def executor_run(kind, workers):
  with kind(max_workers=workers) as executor:
    return total(executor.map(batch_simulate, SEEDS))


def threads(workers):
  return executor_run(concurrent.futures.ThreadPoolExecutor, workers)


def processes(workers):
  return executor_run(concurrent.futures.ProcessPoolExecutor, workers)


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
