"""What the tests of the command line share: running the program, and recordings made by hand."""
import json
import os
import pathlib
import subprocess
import tempfile

CONCADVISE = os.environ["CONCADVISE"]
SOURCE = pathlib.Path(os.environ["CONCADVISE_SOURCE"])
SECOND = 10**9


def run(*arguments, **options):
  return subprocess.run([CONCADVISE, *map(str, arguments)], stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, timeout=60, **options)


def expect(condition, *words):
  if not condition:
    raise AssertionError(" ".join(map(str, words)))


def expect_status(result, status):
  expect(result.returncode == status, result.args, "exits", result.returncode, "not", status,
         result.stdout[-500:], result.stderr[-500:])


def expect_complaint(result, status, *words):
  """Says what is wrong on standard error, and nothing on standard output."""
  expect_status(result, status)
  text = result.stderr.decode()
  expect(text.startswith("concadvise: "), "no complaint:", text)
  for word in words:
    expect(word in text, repr(word), "is not in", repr(text))
  expect(not result.stdout, "standard output:", result.stdout)


def folder():
  return tempfile.TemporaryDirectory(prefix="concadvise-")


def sleeps(command=("python3", "sleeps.py"), name="python3", wall_s=5):
  """A recording of a program that sleeps a second, five times."""
  wall_ns = int(wall_s * SECOND)
  return {
    "schema": "concadvise.measurement/1", "backend": "ebpf", "wall_ns": wall_ns,
    "sample_hz": 499, "segment_floor_ns": 10**6, "running_ns": [wall_ns, 0],
    "host": {"kernel": "6.18", "arch": "x86_64", "cpus_online": 2, "cpus_allowed": 2,
             "cpu_quota": None, "throttled_ns": 0, "memory_available_bytes": 2**32,
             "thread_limit": None},
    "target": {"mode": "launch", "command": list(command), "pids": [7], "exit_status": 0},
    "processes": [{"pid": 7, "ppid": 1, "start_ns": 0, "end_ns": None, "started": False,
                   "executable": "/usr/bin/python3", "rss_peak_bytes": 10**7,
                   "watched_files": 0,
                   "running_ns": [wall_ns, 0]}],
    "runtimes": [{"process": 0, "name": "cpython", "version": "3.11.2", "global_lock": True,
                  "lock_start": 4096, "lock_end": 8192}],
    "threads": [{"process": 0, "tid": 7, "name": name, "start_ns": 0, "end_ns": None,
                 "started": False, "cpu_ns": 3 * 10**7, "cpu_user_ticks_ns": 0,
                 "cpu_kernel_ticks_ns": 0, "run_queue_ns": 0, "stolen_ns": 0,
                 "unaccounted_ns": 0, "switches_voluntary": 5, "switches_involuntary": 0,
                 "loop": {"polls": 0, "stretches": 0, "stretch_ns": 0, "stretch_max_ns": 0,
                          "durations": []}}],
    "files": [],
    "waits": [{"thread": 0, "block": "interruptible", "iowait": False,
               "syscall": "clock_nanosleep", "file": None, "files_polled": 0,
               "futex_address": 0, "futex_op": 0, "futex_value": 0, "owner_tid": 0, "count": 5,
               "open": 0, "total_ns": wall_ns - 3 * 10**7, "max_ns": wall_ns // 5,
               "durations": [[81, 5]]}],
    "segments": [["wait", "start_ns", "wait_ns", "run_queue_ns", "cpu_before_ns",
                  "run_queue_before_ns", "waits_before_ns", "waits_before", "stretch_ns",
                  "stretch_samples", "stretch_poll_samples"]],
    "samples": [], "losses": [],
    "cost": {"probe_cpu_s": None, "tool_cpu_s": 0.001},
  }


def write(directory, name, content):
  path = pathlib.Path(directory) / name
  path.write_text(content if isinstance(content, str) else json.dumps(content))
  return path


def main(*tests):
  """Runs tests, each a function whose name says what it holds."""
  failed = 0
  for test in tests:
    try:
      test()
      print("ok:", test.__name__.replace("_", " "))
    except Exception as error:
      failed += 1
      print("FAILED:", test.__name__.replace("_", " "), "\n ", repr(error))
  raise SystemExit(failed > 0)
