# A gallery's thumbnailer: it reads photographs, makes them small and writes the small ones.
# Operations: 240 PNG files of 1024x768, unpacked by zlib, averaged in pure Python, packed, written.
# Models: a loop, a ThreadPoolExecutor, a multiprocessing.Pool that takes them in chunks.
import concurrent.futures
import itertools
import multiprocessing
import os
import shutil
import struct
import sys
import zlib

FOLDER = os.environ.get("CORPUS_DIR", ".")
PHOTOGRAPHS, MOTIFS = 240, 8
WIDTH, HEIGHT, CHANNELS = 1024, 768, 3
SCALE = 8
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, content):
  return struct.pack(">I", len(content)) + kind + content + struct.pack(
    ">I", zlib.crc32(kind + content))


def png_write(path, width, height, rows, level):
  """Rows without a filter: each begins with the filter's number, 0."""
  header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
  packed = zlib.compress(b"".join(b"\0" + row for row in rows), level)
  with open(path, "wb") as file:
    file.write(SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def png_read(path):
  with open(path, "rb") as file:
    content = file.read()
  at, packed = len(SIGNATURE), []
  while at < len(content):
    size, kind = struct.unpack_from(">I4s", content, at)
    if kind == b"IHDR":
      width, height = struct.unpack_from(">2I", content, at + 8)
    elif kind == b"IDAT":
      packed.append(content[at + 8:at + 8 + size])
    at += size + 12
  pixels = zlib.decompress(b"".join(packed))
  line = 1 + width * CHANNELS
  return width, height, [pixels[y * line + 1:(y + 1) * line] for y in range(height)]


def photograph_path(number):
  return os.path.join(FOLDER, "photograph-%02d.png" % number)


def photographs_take():
  """Gradients with some grain; a camera would have left them there."""
  grain = bytes((i * i * 40503 >> 9) % 61 for i in range(WIDTH * CHANNELS))
  rows = [bytes((value + y // 4) & 255 for value in grain) for y in range(0, HEIGHT, 16)]
  for number in range(MOTIFS):
    turned = rows[number:] + rows[:number]
    picture = itertools.chain.from_iterable(itertools.repeat(row, 16) for row in turned)
    png_write(photograph_path(number), WIDTH, HEIGHT, picture, 1)
  for number in range(MOTIFS, PHOTOGRAPHS):
    shutil.copyfile(photograph_path(number % MOTIFS), photograph_path(number))


def row_shrink(above, below):
  """Averages two by two points out of each square: good enough for so small a picture."""
  small = bytearray(len(above) // SCALE)
  step, half = SCALE * CHANNELS, SCALE // 2 * CHANNELS
  for channel in range(CHANNELS):
    corners = zip(above[channel::step], above[channel + half::step],
                  below[channel::step], below[channel + half::step])
    small[channel::CHANNELS] = bytes([(a + b + c + d + 2) >> 2 for a, b, c, d in corners])
  return small


def thumbnail_make(number):
  width, height, rows = png_read(photograph_path(number))
  small = [row_shrink(rows[y], rows[y + SCALE // 2]) for y in range(0, height, SCALE)]
  path = os.path.join(FOLDER, "thumbnail-%02d.png" % number)
  png_write(path, width // SCALE, height // SCALE, small, 9)
  return zlib.crc32(b"".join(small)), os.path.getsize(path)


def sequential(_):
  return map(thumbnail_make, range(PHOTOGRAPHS))


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return pool.map(thumbnail_make, range(PHOTOGRAPHS))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return pool.map(thumbnail_make, range(PHOTOGRAPHS))


def main(model, workers):
  photographs_take()
  made = list(model(workers))
  print("%d thumbnails, %d bytes, %d" % (len(made), sum(size for _, size in made),
                                         sum(crc for crc, _ in made)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
