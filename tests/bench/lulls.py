#!/usr/bin/env python3
"""lulls: what a wait adds to the computing after it, in programs that others wrote.

Clients ask a server on this machine for one answer after the other, each of which it gives after so
many milliseconds. The CPU time that they take for each is compared with that for answers that come
at once: a request after which a CPU idled takes longer, for the caches are cold. Beside it stands
what concadvise times for such a lull (probe/lull.c), before each client, so that what else the
machine and its host do meets all alike; told are the clients' medians, the mean of what was timed,
and the former in times of the latter.

Usage: lulls.py [ROUNDS], with CONCADVISE as for the live tests; needs root. A client that is not
installed is left out.
"""
import asyncio
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "live"))
import live  # noqa: E402

# By milliseconds that each waits for; fewer, the longer they take.
REQUESTS = {0: 150, 3: 150, 10: 100, 30: 60, 100: 30}
WAITS_MS = [wait for wait in REQUESTS if wait]
ANSWER = b"[" + b",".join(b"%d" % number for number in range(800)) + b"]"
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")

URLLIB = """
import json, sys, urllib.request
for url in sys.argv[1:]:
  sum(json.loads(urllib.request.urlopen(url).read()))
"""
HTTP_CLIENT = """
import http.client, json, sys, urllib.parse
site = http.client.HTTPConnection(urllib.parse.urlsplit(sys.argv[1]).netloc)
for url in sys.argv[1:]:
  site.request("GET", url)
  sum(json.loads(site.getresponse().read()))
"""
NODE_FETCH = """
(async () => {
  for (const url of process.argv.slice(1))
    (await (await fetch(url)).json()).reduce((a, b) => a + b);
})();
"""
NODE_HTTP = """
const http = require("http"), agent = new http.Agent({keepAlive: true});
const get = (url) => new Promise((done) => http.get(url, {agent}, (answer) => {
  let text = "";
  answer.on("data", (part) => text += part).on("end", () => done(JSON.parse(text)));
}));
(async () => {
  for (const url of process.argv.slice(1))
    (await get(url)).reduce((a, b) => a + b);
  agent.destroy();
})();
"""
NET_HTTP = """
require "net/http"; require "json"
ARGV.each { |url| JSON.parse(Net::HTTP.get(URI(url))).sum }
"""
HTTP_TINY = """
use HTTP::Tiny; use JSON::PP; my $site = HTTP::Tiny->new;
for (@ARGV) { my $sum = 0; $sum += $_ for @{decode_json($site->get($_)->{content})}; }
"""
CLIENTS = {
    "curl": ["curl", "-s", "-o", "/dev/null"],
    "wget": ["wget", "-q", "-O", "/dev/null"],
    "Python urllib": [PYTHON, "-c", URLLIB],
    "Python http.client": [PYTHON, "-c", HTTP_CLIENT],
    "Node fetch": ["node", "-e", NODE_FETCH],
    "Node http": ["node", "-e", NODE_HTTP],
    "Ruby Net::HTTP": ["ruby", "-e", NET_HTTP],
    "Perl HTTP::Tiny": ["perl", "-e", HTTP_TINY],
}


async def answer(reader, writer):
  """Of GET /MILLISECONDS/NUMBER, one after the other on a connection."""
  try:
    while head := await reader.readuntil(b"\r\n\r\n"):
      await asyncio.sleep(float(head.split(b"/")[-3 if b"http://" in head else 1]) / 1000)
      writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   b"Content-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
  except (asyncio.IncompleteReadError, ConnectionError):
    writer.close()


async def serve(port_told):
  server = await asyncio.start_server(answer, "127.0.0.1", 0)
  os.write(port_told, b"%d\n" % server.sockets[0].getsockname()[1])
  await server.serve_forever()


def server_start():
  """In a process of its own, so that its computing is not the client's."""
  told, port_told = os.pipe()
  pid = os.fork()
  if pid == 0:
    asyncio.run(serve(port_told))
  return pid, int(os.read(told, 16))


def cpu_s(command):
  child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
  _, status, used = os.wait4(child.pid, 0)
  child.returncode = os.waitstatus_to_exitcode(status)
  if child.returncode:
    sys.exit("%s failed" % command[0])
  return used.ru_utime + used.ru_stime


def requests_s(client, port, wait_ms, requests):
  """CPU time of a program that asks so often."""
  return cpu_s(client + ["http://127.0.0.1:%d/%d/%d" % (port, wait_ms, number)
                         for number in range(requests)])


def lulls_us():
  """By length in milliseconds, as concadvise times and tells them."""
  sleeps = "import time\nfor _ in range(16): time.sleep(0.101)"
  with tempfile.TemporaryDirectory() as folder:
    recording = pathlib.Path(folder, "recording.json")
    subprocess.run([live.TOOL, "-q", "-o", os.devnull, "--record", recording, "--", PYTHON, "-c",
                    sleeps], check=True)
    rows = json.loads(recording.read_text())["lulls"]
  return {wait: lull_us([(row["idle_ns"] / 1e6, row["extra_ns"] / 1e3) for row in rows], wait)
          for wait in WAITS_MS}


def lull_us(timed, wait_ms):
  """As analyzer/lull tells it: between what was timed, and from nothing on, in proportion."""
  before = (0, 0)
  for after in timed:
    if wait_ms <= after[0]:
      return before[1] + (after[1] - before[1]) * (wait_ms - before[0]) / (after[0] - before[0])
    before = after
  return before[1]


def measure(rounds):
  """By wait, what the machine's lulls take; of each client, a request."""
  clients = {name: command for name, command in CLIENTS.items() if shutil.which(command[0])}
  lulls = {wait: [] for wait in WAITS_MS}
  began = {name: [] for name in clients}  # with one request, which comes with starting the program
  took = {name: {wait: [] for wait in REQUESTS} for name in clients}
  server, port = server_start()
  try:
    for _ in range(rounds):
      for name, command in clients.items():
        timed = lulls_us()
        for wait in WAITS_MS:
          lulls[wait].append(timed[wait])
        for wait, requests in REQUESTS.items():
          began[name].append(requests_s(command, port, 0, 1))
          took[name][wait].append(requests_s(command, port, wait, requests + 1))
  finally:
    os.kill(server, 9)
    os.waitpid(server, 0)
  return {wait: statistics.mean(those) for wait, those in lulls.items()}, {
      name: {wait: (taken_s - statistics.median(began[name])) / REQUESTS[wait] * 1e6
             for wait, taken_s in medians(took[name]).items()} for name in clients}


def medians(rows):
  return {key: statistics.median(values) for key, values in rows.items()}


def main(rounds):
  lulls, clients = measure(rounds)
  factors = {wait: [] for wait in WAITS_MS}
  print("| | at once | " + " | ".join("after %d ms" % wait for wait in WAITS_MS) + " |")
  print("| --- " + "| ---: " * (len(WAITS_MS) + 1) + "|")
  print("| a lull, as timed | | " + " | ".join("+%.0f us" % lulls[wait] for wait in WAITS_MS) + " |")
  for name, took in clients.items():
    cells = []
    for wait in WAITS_MS:
      factors[wait].append((took[wait] - took[0]) / lulls[wait])
      cells.append("%+.0f us, %.1fx" % (took[wait] - took[0], factors[wait][-1]))
    print("| %s | %.0f us | %s |" % (name, took[0], " | ".join(cells)))
  print("| median | | " + " | ".join("%.1fx" % factor for factor in medians(factors).values())
        + " |")


if __name__ == "__main__":
  main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
