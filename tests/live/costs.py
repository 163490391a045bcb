#!/usr/bin/env python3
"""What a recording tells of the machine and of memory: costs of concurrency, cores, early sizes."""
import json
import os
import pathlib
import subprocess
import time

import live
from _sites import rows

MIB = 1 << 20
PYTHON = "/usr/bin/python3"
# In ns, far beyond what any machine takes, so that one that is busy passes too.
BOUNDS = {
    "thread_start_ns": (1e3, 5e6),
    "process_start_ns": (5e3, 50e6),
    "process_child_ns": (1e3, 50e6),
    "fork_ns_per_mib": (1e2, 5e6),
    "copy_ns_per_mib": (1e4, 50e6),
    "wakeup_ns": (1e2, 5e6),
    "waking_ns": (1e2, 5e6),
    "pass_ns_per_mib": (1e4, 50e6),
    "touch_ns_per_mib": (1e4, 50e6),
}


def recorded(run, *words, options=()):
  """The recording that launch or attach makes."""
  path = live.path_new("recording")
  run(*words, options=["--record", path, *options])
  with open(path, encoding="utf-8") as file:
    return json.load(file)


def costs_check(recording):
  """What a fork copies can drown in what else a busy machine does: then it is null."""
  host = recording["host"]
  for name, (least, most) in BOUNDS.items():
    known = host[name] is not None or name in ("fork_ns_per_mib", "copy_ns_per_mib")
    assert known and least <= (host[name] or least) <= most, "%s: %s" % (name, host)


def own_cost_check(recording):
  cost, wall_s = recording["cost"], recording["wall_ns"] / 1e9
  for part in ("probe_cpu_s", "tool_cpu_s"):
    assert cost[part] is not None and 0 < cost[part] < wall_s, "%s: %s" % (part, cost)


@live.case
def costs_are_timed_after_a_launch():
  recording = recorded(live.launch, "sleep", "0.1")
  costs_check(recording)
  own_cost_check(recording)


@live.case
def costs_are_timed_while_the_command_goes_on():
  """The window ends before the command does, which keeps its end and its status."""
  path = live.path_new("recording")
  run = live.tool_run(["-d", 0.2, "--record", path, "--", "sh", "-c", "sleep 1; exit 7"])
  assert run.status == 7, "exit status %d" % run.status
  with open(path, encoding="utf-8") as file:
    costs_check(json.load(file))


@live.case
def costs_are_timed_after_attaching():
  with live.background("sleep", 60) as child:
    recording = recorded(live.attach, [child.pid], 0.2)
  costs_check(recording)
  own_cost_check(recording)


def cpus_several():
  cpus = os.sched_getaffinity(0)
  if len(cpus) < 2:
    raise live.Skip("there is one CPU alone")
  return cpus


@live.case
def a_bound_service_has_its_cpus_to_itself():
  """The tool keeps off them while it measures, where there are others; then it times them all."""
  cpus = cpus_several()
  own = max(cpus)
  for backend in ("ebpf", "proc"):
    path = live.path_new("recording")
    with live.background("sleep", 60) as child:
      os.sched_setaffinity(child.pid, {own})
      tool = subprocess.Popen([live.TOOL, "-q", "-o", os.devnull, "--backend", backend,
                               "--record", path, "-d", "2", "-p", str(child.pid)])
      time.sleep(1.5)
      meanwhile = os.sched_getaffinity(tool.pid)
      assert tool.wait() == 0
    assert meanwhile == cpus - {own}, "%s: %s" % (backend, meanwhile)
    with open(path, encoding="utf-8") as file:
      costs_check(json.load(file))


def perf_events_beside(cpus):
  """How many the tool holds open beside a process that may use these CPUs."""
  with live.background("sleep", 60) as child:
    os.sched_setaffinity(child.pid, cpus)
    tool = subprocess.Popen([live.TOOL, "-q", "-o", os.devnull, "-d", "2", "-p", str(child.pid)])
    time.sleep(1)
    folder = pathlib.Path("/proc/%d/fd" % tool.pid)
    held = [os.readlink(fd) for fd in folder.iterdir()]
    assert tool.wait() == 0
  return held.count("anon_inode:[perf_event]")


@live.case
def cpus_that_the_target_cannot_use_are_not_sampled():
  cpus = cpus_several()
  own = min(cpus)
  left = perf_events_beside(cpus) - perf_events_beside({own})
  assert left == len(cpus) - 1, "%d of %d CPUs were left alone" % (left, len(cpus))


MOVES = """
import os, time
os.sched_setaffinity(0, {%d})
end = time.monotonic() + 1.5
while time.monotonic() < end:
  pass
os.sched_setaffinity(0, {%d})
while True:
  pass
"""


@live.case
def a_thread_is_sampled_where_it_goes():
  """To a CPU that it could not use when measuring began, for three quarters of the window."""
  first, *_, other = sorted(cpus_several())
  with live.background(PYTHON, "-c", MOVES % (first, other), settle_s=1) as child:
    recording = recorded(live.attach, [child.pid], 2)
    assert os.sched_getaffinity(child.pid) == {other}
  taken = sum(sample["count"] for sample in rows(recording["samples"]))
  expected = rows(recording["threads"])[0]["cpu_ns"] / 1e9 * recording["sample_hz"]
  live.close("samples", taken, expected, 0.25)


@live.case
def costs_are_no_part_of_the_window():
  """The threads and processes that are timed are the tool's, and it never measures itself."""
  run = live.launch("sleep", "0.3")
  assert run.report["window"]["processes_seen"] == 1, run.report["window"]
  assert run.report["window"]["threads_seen"] == 1, run.report["window"]


@live.case
def machine_is_not_timed_for_next_to_nothing():
  """Its run would take a tenth of that time, and nothing can be said of it."""
  host = recorded(live.launch, "true")["host"]
  assert all(host[name] is None for name in BOUNDS), host
  assert host["compute_together"] == host["memory_together"] == 0, host


def cost_check(recording, report):
  """Both parts, in the recording and in the report."""
  cost, tool = recording["cost"], report["tool"]
  assert cost["probe_cpu_s"] > 0 and cost["tool_cpu_s"] > 0, cost
  live.close("kernel side", tool["kernel_side_cpu_s"], cost["probe_cpu_s"], 1e-6)
  live.close("tool", tool["cpu_s"], cost["tool_cpu_s"], 1e-6)


@live.case
def what_measuring_cost_is_told_after_a_launch():
  path = live.path_new("recording")
  run = live.launch("sleep", "0.3", options=["--record", path])
  with open(path, encoding="utf-8") as file:
    cost_check(json.load(file), run.report)


@live.case
def what_measuring_cost_is_told_after_attaching():
  path = live.path_new("recording")
  with live.background("sleep", 60) as child:
    run = live.attach([child.pid], 0.3, options=["--record", path])
  with open(path, encoding="utf-8") as file:
    cost_check(json.load(file), run.report)


def core_of(cpu):
  """The kernel's other way to tell than the one that the tool reads."""
  folder = pathlib.Path("/sys/devices/system/cpu/cpu%d/topology" % cpu)
  try:
    return tuple(
        int((folder / name).read_text()) for name in ("physical_package_id", "die_id", "core_id"))
  except FileNotFoundError:
    raise live.Skip("this kernel does not tell which CPUs share a core") from None


@live.case
def cores_are_those_of_the_allowed_cpus():
  allowed = sorted(os.sched_getaffinity(0))
  host = recorded(live.launch, "sleep", "0.3")["host"]
  assert host["cores_allowed"] == len({core_of(cpu) for cpu in allowed}), host
  bound = recorded(live.launch, live.required("taskset"), "-c", allowed[0], "sleep", "0.3")["host"]
  assert (bound["cpus_allowed"], bound["cores_allowed"]) == (1, 1), bound


GROWS = "import time\ntime.sleep(%g)\nx = b'x' * (%d << 20)\ntime.sleep(%g)"


@live.case
def early_memory_is_that_of_the_first_look():
  """A tenth of a second after the start, long before it grows."""
  process = recorded(live.launch, PYTHON, "-c", GROWS % (0.5, 64, 1))["processes"][0]
  early, peak = process["anonymous_early_bytes"], process["anonymous_peak_bytes"]
  assert early and MIB < early < peak - 60 * MIB, process
  assert peak < process["rss_peak_bytes"], process


@live.case
def early_memory_on_attach_is_that_of_the_start():
  """Not of the process's own start, a second before."""
  with live.background(PYTHON, "-c", GROWS % (0.5, 64, 60), settle_s=1.5) as child:
    with open("/proc/%d/statm" % child.pid, encoding="ascii") as file:
      resident, shared = map(int, file.read().split()[1:3])
    truth = (resident - shared) * os.sysconf("SC_PAGESIZE")
    process = recorded(live.attach, [child.pid], 0.2)["processes"][0]
  live.close("early memory", process["anonymous_early_bytes"], truth, 0.02)


if __name__ == "__main__":
  live.main()
