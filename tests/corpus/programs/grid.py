# A terrain tool that computes tiles of heights and hands them back whole to be put together.
# Operations: 36 tiles, each some 60 ms of pure Python and a list of 300,000 numbers as its result.
# Models: a loop, a ThreadPoolExecutor, a ProcessPoolExecutor (whose results travel pickled).
import array
import concurrent.futures
import sys
import zlib

TILES, COLUMNS, ROWS = 36, 600, 500


def tile_compute(tile):
  """A tile's heights in millimetres, row by row: two slopes and a ripple across them."""
  heights = []
  for y in range(ROWS):
    slope = (y * (tile + 3)) % 977 * 1000
    heights += [slope + x * x * (tile + 1) % 65521 - (x ^ y) for x in range(COLUMNS)]
  return heights


def map_join(tiles):
  crc = 0
  for heights in tiles:
    crc = zlib.crc32(array.array("q", heights).tobytes(), crc)
  return crc


def sequential(_):
  return map_join(map(tile_compute, range(TILES)))


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return map_join(pool.map(tile_compute, range(TILES)))


def processes(workers):
  with concurrent.futures.ProcessPoolExecutor(workers) as pool:
    return map_join(pool.map(tile_compute, range(TILES)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
