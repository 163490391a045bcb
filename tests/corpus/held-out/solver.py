# A heat solver in pure Python: Jacobi's method, whose steps each need the whole result of the last.
# Operations: 180 steps one after the other, each made of 6 blocks of rows that take some 3 ms each.
# Models: a loop, a ThreadPoolExecutor, a multiprocessing.Pool that inherits the matrix.
import concurrent.futures
import multiprocessing
import operator
import sys

SIZE, STEPS, BLOCKS = 660, 180, 6


def row_make(row):
  """Every point is warmed by all others, the nearer the more; the diagonal is left out."""
  return [0.0 if row == column else 1.0 / (8.0 + (row - column) ** 2) for column in range(SIZE)]


def matrix_make():
  return [row_make(row) for row in range(SIZE)]


matrix = []  # made before workers are


def block_solve(block, warmth):
  """New values of a block's rows, from all old ones."""
  first, last = block * SIZE // BLOCKS, (block + 1) * SIZE // BLOCKS
  return [(1.0 + row % 7 + sum(map(operator.mul, matrix[row], warmth))) / 2.5
          for row in range(first, last)]


def steps_run(blocks_map):
  warmth = [0.0] * SIZE
  for _ in range(STEPS):
    blocks = blocks_map(block_solve, [(block, warmth) for block in range(BLOCKS)])
    warmth = [value for block in blocks for value in block]
  return warmth


def sequential(_):
  return steps_run(lambda solve, tasks: [solve(*task) for task in tasks])


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return steps_run(lambda solve, tasks: pool.map(solve, *zip(*tasks)))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return steps_run(lambda solve, tasks: pool.starmap(solve, tasks, chunksize=1))


def main(model, workers):
  matrix.extend(matrix_make())
  warmth = model(workers)
  print("%.9f at most, %.9f in all" % (max(warmth), sum(warmth)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
