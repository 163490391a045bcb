# Stands for: the nightly backup of a directory: checksum each file and store it compressed.
# An operation is one file: read it in blocks, hash and compress them, write and sync the copy.
# File sizes spread as they do in a home directory: many small, a few large.
import hashlib
import os
import random
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

MODELS = ["sequential", "threads", "processes"]
BLOCK = 256 << 10


def tree_write(root):
    """The directory to back up; prose of which some parts repeat and some do not."""
    rng = random.Random(11)
    words = [rng.randbytes(rng.randrange(2, 9)).hex() for _ in range(800)]
    text = " ".join(rng.choices(words, k=200_000)).encode()
    noise = rng.randbytes(1 << 20)
    paths = []
    for number in range(170):
        size = min(int(rng.paretovariate(0.9) * 120_000), 5_000_000)
        path = os.path.join(root, f"file-{number:03d}")
        with open(path, "wb") as out:
            while size > 0:
                at = rng.randrange(len(noise) - 9000)
                part = text[at : at + 90_000] + noise[at : at + rng.randrange(9000)]
                out.write(part[:size])
                size -= len(part)
        paths.append(path)
    return paths


def store(path):
    target = os.path.join(os.environ["CORPUS_DIR"], "store", os.path.basename(path) + ".z")
    digest = hashlib.blake2b()
    compressor = zlib.compressobj(3)
    with open(path, "rb") as source, open(target, "wb") as copy:
        while block := source.read(BLOCK):
            digest.update(block)
            copy.write(compressor.compress(block))
        copy.write(compressor.flush())
        copy.flush()
        os.fsync(copy.fileno())
        return os.path.basename(path), digest.hexdigest(), copy.tell()


def run(model, workers, paths):
    if model == "threads":
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(store, paths))
    if model == "processes":
        with ProcessPoolExecutor(workers) as pool:
            return list(pool.map(store, paths))
    return [store(path) for path in paths]


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    for folder in ("home", "store"):
        os.makedirs(os.path.join(os.environ["CORPUS_DIR"], folder), exist_ok=True)
    paths = tree_write(os.path.join(os.environ["CORPUS_DIR"], "home"))
    entries = run(sys.argv[1], int(sys.argv[2]), paths)
    manifest = "\n".join(f"{digest}  {size:>9}  {name}" for name, digest, size in entries)
    print(f"{len(entries)} files, {hashlib.sha256(manifest.encode()).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
