# A client that follows an API's `next` links: each page tells where the one after it is found.
# Operations: 30 requests of 40 ms on one keep-alive connection, each depending on the one before.
# Models: sequential alone.
import http.client
import json
import os
import sys

MODELS = ["sequential"]
PAGES = 30


def chain_follow():
  connection = http.client.HTTPConnection(os.environ["CORPUS_HTTP"])
  total = cursor = 0
  for _ in range(PAGES):
    connection.request("GET", "/wait/40/1000?cursor=%d" % cursor)
    numbers = json.load(connection.getresponse())
    cursor = numbers[-1]
    total += sum(numbers)
  connection.close()
  return "%d, ending at %d" % (total, cursor)


if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  elif sys.argv[1] in MODELS:
    print(chain_follow())
  else:
    sys.exit("no such model: " + sys.argv[1])
