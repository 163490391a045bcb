"""point: starts the service in one model, loads it, and measures what it answers and what it costs.

A point is a (kind, model, workers). What the load and the upstream take of the CPUs is measured
beside, and what everything else on the machine takes: tries that were disturbed are made again,
each after waiting for a quiet moment, as long as there is patience. On a machine that is never
quiet, a point's rate is too low by what others took; `at_best` says what it could have been.
"""
import contextlib
import glob
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE), str(HERE.parents[1] / "live")]

import live  # pylint: disable=wrong-import-position
import service  # pylint: disable=wrong-import-position

WARM_UP_S = 1  # as load.c has it
DISTURBED = 0.1  # of a CPU, taken by others: 5 % of two; a try with more is made again
TRIES = 2  # times as many as wanted, at most
QUIET_S = 0.5  # of nothing else is a quiet moment
SETTLE_S = 1.5  # from the beginning of a light load to the beginning of the measuring


class Failed(Exception):
  """This could not be measured; the words say why."""


class Bench:
  """What all points share: the load program, the upstream, how much work is a millisecond."""
  def __init__(self, upstream, upstream_port, options):
    self.load = live.program(HERE / "load.c", "-lm")
    self.upstream, self.upstream_port = upstream, upstream_port
    self.seconds, self.repeats, self.patience_s = options.seconds, options.repeats, options.patience
    self.rounds_per_ms = service.rounds_per_ms()


def port_free():
  with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    return s.getsockname()[1]


def port_wait(port, process):
  for _ in range(200):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
      return
    if process.poll() is not None:
      break
    time.sleep(0.05)
  raise Failed("nobody listens on port %d" % port)


@contextlib.contextmanager
def bench_made(options):
  port = port_free()
  command = [
      sys.executable, HERE.parent / "servers.py", port,
      port_free(),
      live.path_new("socket")
  ]
  with live.background(*command, settle_s=0) as upstream:
    port_wait(port, upstream)
    yield Bench(upstream.pid, port, options)


@contextlib.contextmanager
def service_running(bench, kind, model, workers):
  port = port_free()
  command = [sys.executable, HERE / "service.py", model, workers, port, kind]
  command += [bench.upstream_port, bench.rounds_per_ms]
  with live.background(*command, settle_s=0) as server:
    port_wait(port, server)
    yield server.pid, port


def processes_of(pid):
  """The process and those that it forked."""
  found = [pid]
  for path in glob.glob("/proc/%d/task/*/children" % pid):
    with open(path, encoding="ascii") as file:
      found += map(int, file.read().split())
  return found


def cpu_of(pids):
  """Seconds on a CPU, of all threads."""
  total_ns = 0
  for pid in pids:
    for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
      with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
        total_ns += int(file.read().split()[0])
  return total_ns / 1e9


def cpu_of_machine():
  """Seconds that the CPUs were busy, those that a hypervisor took among them."""
  with open("/proc/stat", encoding="ascii") as file:
    user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
  return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def quiet_wait(bench):
  """Until nothing else runs; all such waiting together is bounded."""
  while bench.patience_s > 0:
    before, started = cpu_of_machine(), time.monotonic()
    time.sleep(QUIET_S)
    waited = time.monotonic() - started
    if (cpu_of_machine() - before) / waited <= DISTURBED:
      return
    bench.patience_s -= waited


class Clocks:
  """CPU times at one moment."""
  def __init__(self, bench, pid):
    self.wall = time.monotonic()
    self.service, self.upstream = cpu_of(processes_of(pid)), cpu_of([bench.upstream])
    self.machine = cpu_of_machine()


def load_command(bench, mode, port, many, seconds):
  return [bench.load, mode, str(port), "%g" % many, "%g" % seconds]


def load_read(output):
  answered = json.loads(output)
  if not answered["answers"]:
    raise Failed("the service answered nothing")
  return answered


def connections_for(kind, model, workers):
  """Each worker has a request at hand and another waiting; a loop, twice what it has at once when
  it never rests."""
  if model != "event-loop":
    return 2 * workers
  wait_ms, compute_ms = service.KINDS[kind]
  return 2 * workers * (1 + wait_ms // compute_ms)


def try_measure(bench, pid, port, connections):
  """One closed-loop run; CPUs are those kept busy on average."""
  before = Clocks(bench, pid)
  done = subprocess.run(load_command(bench, "closed", port, connections, bench.seconds),
                        stdout=subprocess.PIPE,
                        check=True,
                        timeout=bench.seconds + 30)
  after, answered = Clocks(bench, pid), load_read(done.stdout)
  wall = after.wall - before.wall
  taken = {
      "service": (after.service - before.service) / wall,
      "load": answered["cpu_s"] / wall,
      "upstream": (after.upstream - before.upstream) / wall,
  }
  taken["others"] = max(0, (after.machine - before.machine) / wall - sum(taken.values()))
  return {
      "rate": answered["rate"],
      "errors": answered["errors"],
      "cpus": taken,
      "cpu_s_per_request": (after.service - before.service) / answered["total"],
  }


def point_sum(tries, wanted):
  """The median of the least disturbed."""
  quiet = sorted(tries, key=lambda t: t["cpus"]["others"])[:wanted]
  rate = statistics.median(t["rate"] for t in quiet)
  cpus = {who: statistics.median(t["cpus"][who] for t in quiet) for who in quiet[0]["cpus"]}
  return {
      "rate": rate,
      "rates": sorted(t["rate"] for t in quiet),
      "errors": sum(t["errors"] for t in quiet),
      "cpus": cpus,
      "cpu_s_per_request": statistics.median(t["cpu_s_per_request"] for t in quiet),
      "tries": len(tries),
  }


def at_best(made):
  """Requests per second if nothing else ran and nobody waited in vain: what a request takes of its
  worker, of the interpreter or of all CPUs, the load's and the upstream's work among it."""
  cpu_s, cpus = made["cpu_s_per_request"], made["cpus"]
  all_s = cpu_s * (cpus["service"] + cpus["load"] + cpus["upstream"]) / cpus["service"]
  bounds = [len(os.sched_getaffinity(0)) / all_s]
  if made["model"] != "event-loop":
    bounds.append(made["workers"] / (service.KINDS[made["kind"]][0] / 1e3 + cpu_s))
  if made["model"] != "processes":
    bounds.append((made["workers"] if made["model"] == "event-loop" else 1) / cpu_s)
  return min(bounds)


def point_measure(bench, kind, model, workers):
  """The throughput when there is always more to do."""
  tries = []
  with service_running(bench, kind, model, workers) as (pid, port):
    while len(tries) < bench.repeats * (TRIES if bench.patience_s > 0 else 1):
      quiet_wait(bench)
      tries.append(try_measure(bench, pid, port, connections_for(kind, model, workers)))
      undisturbed = [t for t in tries if t["cpus"]["others"] <= DISTURBED]
      if len(undisturbed) >= bench.repeats:
        break
  made = {"kind": kind, "model": model, "workers": workers, **point_sum(tries, bench.repeats)}
  return {**made, "at_best": at_best(made)}


def tool_attach(pids, seconds, recording):
  path = live.path_new("report.json")
  command = [live.TOOL, "--json", "-o", path, "-p", ",".join(map(str, pids)), "-d", str(seconds)]
  if recording:
    command += ["--record", recording]
  done = subprocess.run(command, stderr=subprocess.PIPE, timeout=live.TIMEOUT_S, check=False)
  if done.returncode:
    raise Failed("%s: exit status %d: %s" %
                 (command[0], done.returncode, done.stderr.decode(errors="replace").strip()))
  with open(path, encoding="utf-8") as file:
    return json.load(file)


def light_measure(bench, point, share, recording=None):
  """What the tool says of the point's service when it gets that share of what it could take."""
  rate = point["rate"] * share
  quiet_wait(bench)
  with service_running(bench, point["kind"], point["model"], point["workers"]) as (pid, port):
    command = load_command(bench, "open", port, rate, live.TIMEOUT_S)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as load:
      try:
        time.sleep(WARM_UP_S + SETTLE_S)
        report = tool_attach(processes_of(pid), bench.seconds, recording)
      finally:
        load.send_signal(signal.SIGTERM)
        output = load.communicate()[0]
  return load_read(output), report
