"""timers: sixty turns of some 7 ms of computing each, a sleep between them: half a second of a
program that is over soon, of which starting is a part.
"""
import json
import time

for turn in range(60):
  total = 0
  for i in range(80_000):
    total += i * i % 7
  json.loads(json.dumps(list(range(500))))
  time.sleep(0.001)
