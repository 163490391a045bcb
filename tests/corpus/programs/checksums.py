# A tool that writes the checksums of a disk image, several kinds for each of its segments.
# Operations: 72 segments of 4 MB of a mapped file, hashed by hashlib, which releases the GIL.
# Models: a loop, a ThreadPoolExecutor with futures, a multiprocessing.Pool that inherits the map.
import concurrent.futures
import hashlib
import mmap
import multiprocessing
import os
import sys

SEGMENT, SEGMENTS = 4 << 20, 72
KINDS = "md5", "sha1", "sha512", "blake2b"
image = None


def image_map():
  """Makes the image, a sparse pattern that no segment shares with another, and maps it."""
  global image
  path = os.path.join(os.environ["CORPUS_DIR"], "image")
  with open(path, "wb+") as file:
    for number in range(SEGMENTS):
      file.write((b"segment %8d" % number) * (SEGMENT // 16))
    file.flush()
    image = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def segment_hash(number):
  segment = image[number * SEGMENT:(number + 1) * SEGMENT]
  return [hashlib.new(kind, segment).hexdigest() for kind in KINDS]


def digest(segments):
  return hashlib.md5("".join(sum(segments, [])).encode()).hexdigest()


def sequential(_):
  return digest([segment_hash(number) for number in range(SEGMENTS)])


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    hashed = [pool.submit(segment_hash, number) for number in range(SEGMENTS)]
    return digest([future.result() for future in hashed])


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return digest(pool.map(segment_hash, range(SEGMENTS), chunksize=1))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    image_map()
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
