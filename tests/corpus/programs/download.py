# A program that downloads one large file from a slow server and checks it while it arrives.
# Operations: one transfer of 600,000 bytes in 60 pieces over 1.2 s; nothing can be overlapped.
# Models: sequential alone.
import os
import sys
import urllib.request
import zlib

MODELS = ["sequential"]


def download():
  crc = size = 0
  url = "http://%s/slow/1200/60/600000" % os.environ["CORPUS_HTTP"]
  with urllib.request.urlopen(url) as answer:
    while piece := answer.read1(65536):
      crc = zlib.crc32(piece, crc)
      size += len(piece)
  return "%d bytes, %08x" % (size, crc)


if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  elif sys.argv[1] in MODELS:
    print(download())
  else:
    sys.exit("no such model: " + sys.argv[1])
