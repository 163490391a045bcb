#!/usr/bin/env python3
"""Programs that nobody here wrote, idle and under load, each with a verdict that makes sense.

All on loopback, on free ports, in directories of their own, ended by their own ids.

Usage: realworld.py [--write] [WORD...]; --write writes docs/programs.md from what was measured.
"""
import atexit
import contextlib
import glob
import os
import platform
import pwd
import shutil
import socket
import subprocess
import sys
import time

import live
from _stalls import fine_check

SECONDS, WRITE_SECONDS = 2, 4
LOAD_SECONDS = "60"  # longer than any measuring: the load is ended when that has ended
DEVNULL = subprocess.DEVNULL


def port_free():
  with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    return s.getsockname()[1]


def port_wait(port):
  for _ in range(200):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
      return
    time.sleep(0.05)
  raise AssertionError("nobody listens on port %d" % port)


def directory_new():
  made = live.path_new("d")
  os.mkdir(made)
  return made


def file_write(path, text):
  with open(path, "w", encoding="ascii") as file:
    file.write(text)
  return path


def processes_of(pid):
  """The process and all that descend from it, as `pgrep` would list them."""
  found = [pid]
  for parent in found:
    with contextlib.suppress(OSError):
      for path in glob.glob("/proc/%d/task/*/children" % parent):
        with open(path, encoding="ascii") as file:
          found += map(int, file.read().split())
  return found


@contextlib.contextmanager
def redis_server():
  port = port_free()
  command = [
      live.required("redis-server"), "--port",
      str(port), "--bind", "127.0.0.1", "--save", "", "--dir",
      directory_new()
  ]
  with live.background(*command) as server:
    port_wait(port)
    yield server, port


@contextlib.contextmanager
def redis_idle():
  with redis_server() as (server, _):
    yield processes_of(server.pid)


@contextlib.contextmanager
def redis_loaded():
  load = live.required("redis-benchmark")
  with redis_server() as (server, port):
    with live.background(load, "-p", str(port), "-l", "-q", "-t", "set,get", "-n", "1000000"):
      yield processes_of(server.pid)


NGINX = """daemon off; worker_processes 2; pid %(at)s/pid; error_log %(at)s/error.log;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path %(at)s/b; proxy_temp_path %(at)s/p;
  fastcgi_temp_path %(at)s/f;
  uwsgi_temp_path %(at)s/u; scgi_temp_path %(at)s/s;
  server { listen 127.0.0.1:%(port)d; root %(at)s; }
}
"""


@contextlib.contextmanager
def wrk(port, connections=20):
  with live.background(live.required("wrk"),
                       "-t1",
                       "-c%d" % connections,
                       "-d" + LOAD_SECONDS,
                       "http://127.0.0.1:%d/" % port,
                       settle_s=1):
    yield


@contextlib.contextmanager
def nginx_loaded():
  at, port = directory_new(), port_free()
  file_write(at + "/index.html", "hello\n")
  for path in (live.temporary.name, os.path.dirname(at), at):
    os.chmod(path, 0o755)
  config = file_write(at + "/nginx.conf", NGINX % {"at": at, "port": port})
  with live.background(live.required("nginx"), "-c", config) as server:
    port_wait(port)
    with wrk(port):
      yield processes_of(server.pid)


UPSTREAM = """
import asyncio, sys
async def answer(reader, writer):
  await reader.readuntil(b"\\r\\n\\r\\n")
  await asyncio.sleep(0.05)
  writer.write(b"HTTP/1.0 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nok\\n")
  await writer.drain()
  writer.close()
async def main():
  async with await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1])) as server:
    await server.serve_forever()
asyncio.run(main())
"""

APPLICATION = """
import http.client
def application(environ, start_response):
  upstream = http.client.HTTPConnection("127.0.0.1", %d)
  upstream.request("GET", "/")
  body = upstream.getresponse().read()
  start_response("200 OK", [("Content-Length", str(len(body)))])
  return [body]
"""


@contextlib.contextmanager
def gunicorn_slow_upstream():
  at, port, upstream = directory_new(), port_free(), port_free()
  file_write(at + "/application.py", APPLICATION % upstream)
  command = [
      live.required("gunicorn"), "-w", "1", "-k", "sync", "--chdir", at, "-b",
      "127.0.0.1:%d" % port, "application"
  ]
  with live.background("/usr/bin/python3", "-c", UPSTREAM, upstream):
    port_wait(upstream)
    with live.background(*command) as server:
      port_wait(port)
      with wrk(port, 4):
        yield processes_of(server.pid)


NODE_SERVER = """
require("http").createServer((request, response) => {
  setTimeout(() => response.end(JSON.stringify({ path: request.url })), 5);
}).listen(+process.argv[1], "127.0.0.1");
"""


@contextlib.contextmanager
def node_server():
  port = port_free()
  with live.background(live.required("node"), "-e", NODE_SERVER, str(port)) as server:
    port_wait(port)
    with wrk(port):
      yield processes_of(server.pid)


def postgres_programs():
  found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
  if not found:
    raise live.Skip("postgresql is not installed")
  return os.path.dirname(found[-1])


@contextlib.contextmanager
def postgres_loaded():
  programs, user = postgres_programs(), pwd.getpwnam("postgres")
  at, port = directory_new(), str(port_free())
  for path in (live.temporary.name, os.path.dirname(at)):
    os.chmod(path, 0o755)
  os.chown(at, user.pw_uid, user.pw_gid)
  who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": at}
  subprocess.run([programs + "/initdb", "-D", at, "-A", "trust"], check=True, stdout=DEVNULL, **who)
  with live.background(programs + "/postgres",
                       "-D",
                       at,
                       "-p",
                       port,
                       "-k",
                       at,
                       "-h",
                       "127.0.0.1",
                       settle_s=2,
                       **who) as server:
    port_wait(int(port))
    bench = [programs + "/pgbench", "-h", at, "-p", port]
    subprocess.run([*bench, "-i", "-q", "postgres"],
                   check=True,
                   stdout=DEVNULL,
                   stderr=DEVNULL,
                   **who)
    with live.background(*bench, "-c", "4", "-T", LOAD_SECONDS, "postgres", settle_s=1, **who):
      yield processes_of(server.pid)


def xz():
  """Text that is neither random nor all the same, enough for a second on a fast machine."""
  path = live.path_new("numbers")
  file_write(path, "".join("%d %x\n" % (n * n, n * 2654435761 % 4294967296) for n in range(300000)))
  return [live.required("xz"), "-k", "-6", path]


def sqlite_inserts():
  """Each INSERT is a transaction of its own, and waits until it is on the disk."""
  database = os.path.join("/var/tmp", "concadvise-sqlite-%d.db" % os.getpid())
  script = "CREATE TABLE t(a, b);\n" + "".join(
      "INSERT INTO t VALUES(%d, 'word');\n" % n for n in range(700))
  path = file_write(live.path_new("inserts.sql"), script)
  atexit.register(lambda: os.path.exists(database) and os.unlink(database))
  return [live.required("sqlite3"), database, ".read " + path]


class Real:
  """A program, how it is run, and what verdicts make sense: actions, models, classes.

  fine_loops: nothing may be said to stall its event loops.
  """
  def __init__(self, title, run, actions, models, classes, finding=None, fine_loops=False):
    self.title, self.run, self.finding, self.fine_loops = title, run, finding, fine_loops
    self.wanted = (actions, models, classes)


REALS = [
    Real("redis-server, idle", redis_idle, "keep", "event-loop", "idle", fine_loops=True),
    Real("redis-server under redis-benchmark", redis_loaded, "keep",
         "event-loop|processes|hybrid", "cpu-bound|io-bound|mixed", fine_loops=True),
    Real("nginx, two workers, under wrk", nginx_loaded, "keep", "event-loop|processes|hybrid",
         "cpu-bound|io-bound|mixed", fine_loops=True),
    Real("xz packing a file", xz, "adopt", "threads", "cpu-bound"),
    Real("sqlite3, 700 transactions one by one", sqlite_inserts, None, None,
         "io-bound|mixed", "durable"),
    Real("gunicorn, one sync worker, slow upstream", gunicorn_slow_upstream, "adopt|tune",
         "threads", "io-bound"),
    Real("Node HTTP server under wrk", node_server, "keep", "event-loop",
         "io-bound|cpu-bound|mixed|idle"),
    Real("PostgreSQL under pgbench", postgres_loaded, "keep", "processes", None),
]


def measure(real, seconds, *options):
  """A function that gives a command is launched; a context that gives pids is attached to."""
  made = real.run()
  if isinstance(made, list):
    return live.launch(*made, options=options)
  with made as pids:
    return live.attach(pids, seconds, options)


def real_check(real):
  run = measure(real, SECONDS)
  told = "told %s: %s" % (" ".join(run.verdict()), run.report["recommendation"]["summary"])
  for got, wanted in zip(run.verdict(), real.wanted):
    assert wanted is None or got in wanted.split("|"), "%s; expected %s" % (told, wanted)
  if real.finding:
    rules = [f["rule"] for f in run.report["findings"]]
    assert any(real.finding in rule for rule in rules), "%s; findings: %s" % (told, rules)
  if real.fine_loops:
    fine_check(run)


def cases_add():
  for real in REALS:

    def run_case(real=real):
      real_check(real)

    run_case.__name__ = "".join(c if c.isalnum() else "_" for c in real.title.replace(",", ""))
    live.case(run_case)


def report_text(real):
  recording = live.path_new("recording")
  measure(real, WRITE_SECONDS, "--record", recording)
  done = subprocess.run([live.TOOL, "report", recording], capture_output=True, check=True)
  return done.stdout.decode().replace(live.temporary.name, "/tmp")


HEADER = """# Programs that nobody here wrote

Measured by `tests/live/realworld.py --write` on Linux %s with %d CPUs. Servers are attached to for
%d s; how each is run is in that script.
"""


def programs_write(path):
  with open(path + ".new", "w", encoding="utf-8") as file:
    file.write(HEADER % (platform.release(), os.cpu_count(), WRITE_SECONDS))
    for real in REALS:
      try:
        text = report_text(real)
      except live.Skip as reason:
        text = "not measured: %s\n" % reason
      file.write("\n## %s\n\n```\n%s```\n" % (real.title, text))
      print(real.title, flush=True)
  shutil.move(path + ".new", path)


if __name__ == "__main__":
  if "--write" in sys.argv:
    programs_write(str(live.SOURCE / "docs" / "programs.md"))
    sys.exit(0)
  cases_add()
  live.main()
