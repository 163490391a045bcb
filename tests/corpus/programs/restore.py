# Stands for: restoring a data set from its compressed archives into memory, to analyse it there.
# An operation is one archive: unpack it and hand the whole content back, some 10 MB each.
# The caller checks the sum of each and keeps what it needs.
import gzip
import multiprocessing
import random
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

MODELS = ["sequential", "threads", "processes"]
ARCHIVES = 54


def archives():
    """Archives of several members each, as appending with gzip makes them."""
    rng = random.Random(3)
    names = [rng.randbytes(4).hex() for _ in range(300)]
    members = []
    for member in range(6):
        lines = (f"{n},{rng.choice(names)},{rng.random():.6f},{n * member % 977}\n"
                 for n in range(5_000))
        members.append(gzip.compress("".join(lines).encode() * 6, 1, mtime=0))
    return [b"".join(rng.choices(members, k=rng.randrange(5, 11))) for _ in range(ARCHIVES)]


def unpack(archive):
    return gzip.decompress(archive)


def run(model, workers, packed):
    if model == "threads":
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(unpack, packed)
    elif model == "processes":
        with multiprocessing.Pool(workers) as pool:
            yield from pool.imap(unpack, packed)
    else:
        yield from map(unpack, packed)


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    kept = []
    digest = 0
    for content in run(sys.argv[1], int(sys.argv[2]), archives()):
        digest = zlib.crc32(content, digest)
        kept.append(content[: 1 << 16])
    rows = sum(part.count(b"\n") for part in kept)
    print(f"{len(kept)} archives, {rows} rows sampled, {digest:08x}")


if __name__ == "__main__":
    main()
