"""live: what the live tests share: running the tool on real programs, and judging its report.

Every report is validated against the tool's own schema and held to what must be true of any
report (report_check), whatever the program was. A test script is a list of cases, functions
marked @case, and ends in main(), which runs those whose names contain a word of the command line,
or all. It exits 0 (all passed), 77 (could not run, and says why) or 1.
"""
import contextlib
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

SOURCE = pathlib.Path(os.environ.get("CONCADVISE_SOURCE", pathlib.Path(__file__).parents[2]))
TOOL = os.environ.get("CONCADVISE", str(SOURCE / "build" / "concadvise"))
EXAMPLES = SOURCE / "docs" / "examples"
PROGRAMS = SOURCE / "tests" / "live" / "programs"
STATES = ("cpu_user cpu_kernel run_queue disk network ipc terminal sleep poll lock interpreter_lock"
          " sync child page_fault stopped other").split()
CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF = 21, 38, 39
TIMEOUT_S = 120  # for one run of the tool; far beyond what any takes, so that a hang ends

cases = []
temporary = tempfile.TemporaryDirectory(prefix="concadvise-live-")


class Skip(Exception):
  """This cannot run here; the words say why."""


class Run:
  """One run of the tool: its status, what was written, and the report (None: none was made)."""
  def __init__(self, status, stdout, stderr, report):
    self.status, self.stdout, self.stderr, self.report = status, stdout, stderr, report

  def verdict(self):
    told = self.report["recommendation"]
    return told["action"], told["model"], self.report["diagnosis"]["class"]

  def told(self):
    return "told %s: %s" % (" ".join(self.verdict()), self.report["recommendation"]["summary"])

  def threads(self, pid=None, tid=None):
    rows = self.report["threads"]
    return [t for t in rows if pid in (None, t["pid"]) and tid in (None, t["tid"])]


def case(function):
  cases.append(function)
  return function


def path_new(name):
  """A path for a new file, which any user may write, that is gone when the test ends."""
  os.chmod(temporary.name, 0o755)
  folder = tempfile.mkdtemp(dir=temporary.name)
  os.chmod(folder, 0o777)
  return os.path.join(folder, name)


def schema_validator():
  if not hasattr(schema_validator, "made"):
    try:
      import jsonschema
    except ImportError:
      raise Skip("python3-jsonschema is not installed") from None
    schema = json.loads(subprocess.run([TOOL, "--schema"], capture_output=True, check=True).stdout)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    schema_validator.made = kind(schema)
  return schema_validator.made


def close(what, got, truth, share, slack=0.0):
  """got is within `share` of the truth, or within `slack` of it (for values near 0)."""
  assert got is not None, "%s: not known, the truth is %.6g" % (what, truth)
  off = (got - truth) / truth if truth else math.inf
  assert abs(got - truth) <= max(share * abs(truth), slack), \
      "%s: %.6g, the truth is %.6g (%+.2f %%)" % (what, got, truth, 100 * off)


def cpu_of(time):
  return time["cpu_user"] + time["cpu_kernel"]


def report_check(report):
  """What is true of every report."""
  errors = sorted(schema_validator().iter_errors(report), key=lambda e: list(e.absolute_path))
  assert not errors, "schema: at %s: %s" % (list(errors[0].absolute_path), errors[0].message)
  window_s = report["window"]["wall_s"]
  # By /proc, beginnings and ends are known to within a look.
  slack_s = 1e-3 if report["tool"]["backend"] == "ebpf" else 1e-2
  for thread in report["threads"]:
    who = "thread %d/%d (%s)" % (thread["pid"], thread["tid"], thread["name"])
    assert sorted(thread["time"]) == sorted(STATES), who + ": states " + str(sorted(thread["time"]))
    assert all(s >= 0 for s in thread["time"].values()), who + ": a negative time"
    close(who + ": states add up", sum(thread["time"].values()), thread["wall_s"], 0.01, 1e-6)
    assert thread["wall_s"] <= window_s * 1.01 + slack_s, who + ": longer than the window"
  times = report["time"]
  for state in STATES:
    close("time of " + state, times["thread_s"][state],
          sum(t["time"][state] for t in report["threads"]), 0.01, 1e-6)
  close("total_s", times["total_s"], sum(times["thread_s"].values()), 0.001, 1e-6)
  running = report["concurrency"]["running_s"]
  close("running_s adds up to the window", sum(running), window_s, 0.02, 2e-3)
  # running_s is by the clock: the way through the scheduler and what a hypervisor took are in it.
  on_cpu, cpu_s = sum(n * s for n, s in enumerate(running)), cpu_of(times["thread_s"])
  taken_s = times["thread_s"]["other"]
  assert 0.75 * cpu_s - 0.05 <= on_cpu <= 1.1 * (cpu_s + taken_s) + 0.05, \
      "running_s adds up to %g s, the CPU time is %g s" % (on_cpu, cpu_s)
  models = [p["model"] for p in report["predictions"]]
  assert {"sequential", "threads", "processes", "event-loop"
         } <= set(models), "predictions: " + str(models)


def report_read(path):
  try:
    with open(path, encoding="utf-8") as file:
      report = json.load(file)
  except (FileNotFoundError, json.JSONDecodeError):
    return None
  report_check(report)
  return report


def tool_run(arguments, tool=TOOL, **how):
  """Runs the tool with a JSON report into a file beside, and reads it back."""
  path = path_new("report.json")
  how.setdefault("timeout", TIMEOUT_S)
  done = subprocess.run([tool, "--json", "-o", path, *map(str, arguments)],
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        **how)
  return Run(done.returncode, done.stdout, done.stderr, report_read(path))


def launch(*command, options=(), **how):
  """Runs a command under the tool; it must end well and give a report."""
  run = tool_run([*options, "--", *command], **how)
  assert run.status == 0, "exit status %d: %s" % (run.status, run.stderr.decode(errors="replace"))
  assert run.report, "no report: " + run.stderr.decode(errors="replace")
  return run


def attach(pids, seconds, options=(), **how):
  run = tool_run(["-p", ",".join(map(str, pids)), "-d", seconds, *options], **how)
  assert run.status == 0, "exit status %d: %s" % (run.status, run.stderr.decode(errors="replace"))
  assert run.report, "no report: " + run.stderr.decode(errors="replace")
  return run


@contextlib.contextmanager
def background(*command, settle_s=0.5, **how):
  """A program that runs beside, in a session of its own, and is ended with its children after."""
  how.setdefault("stdout", subprocess.DEVNULL)
  how.setdefault("stderr", subprocess.DEVNULL)
  child = subprocess.Popen([str(word) for word in command], start_new_session=True, **how)
  try:
    time.sleep(settle_s)
    assert child.poll() is None, "%s ended at once with %s" % (command[0], child.poll())
    yield child
  finally:
    with contextlib.suppress(ProcessLookupError):
      os.killpg(child.pid, signal.SIGTERM)
    try:
      child.wait(5)
    except subprocess.TimeoutExpired:
      os.killpg(child.pid, signal.SIGKILL)
      child.wait()


def program(name, *flags):
  """Compiles programs/NAME.c, or a path that ends in .c, once; returns where it is."""
  source = PROGRAMS / (name + ".c") if not str(name).endswith(".c") else pathlib.Path(name)
  made = os.path.join(temporary.name, source.stem)
  if not os.path.exists(made):
    subprocess.run([
        os.environ.get("CC", "cc"), "-O2", "-g", "-Wall", "-Wextra", "-pthread", "-o", made,
        str(source), *flags
    ],
                   check=True)
  return made


def required(name):
  """The path of an installed program."""
  found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
  if not found:
    raise Skip(name + " is not installed")
  return found


def ready(by_ebpf):
  """Raises Skip when no live test can run here at all."""
  if not os.access(TOOL, os.X_OK):
    raise Skip("no tool at " + TOOL)
  if not by_ebpf:
    return
  if not os.path.exists("/sys/kernel/btf/vmlinux"):
    raise Skip("this kernel has no BTF")
  with open("/proc/self/status", encoding="ascii") as file:
    capabilities = int(next(line for line in file if line.startswith("CapEff")).split()[1], 16)
  needed = [1 << CAP_SYS_ADMIN, 1 << CAP_BPF | 1 << CAP_PERFMON]
  if not any(capabilities & bits == bits for bits in needed):
    raise Skip("no privilege to use eBPF: run as root")


def case_run(function):
  """Runs one case; returns its result as a word."""
  started = time.monotonic()
  try:
    function()
    result, words = "ok", ""
  except Skip as reason:
    result, words = "skipped", str(reason)
  except AssertionError as error:
    result, words = "FAILED", str(error) or traceback.format_exc()
  except Exception:  # a case that breaks is a case that failed; the others still run
    result, words = "FAILED", traceback.format_exc()
  print("%-8s %-40s %5.1f s  %s" % (result, function.__name__, time.monotonic() - started, words),
        flush=True)
  return result


def main(by_ebpf=True):
  wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
  try:
    ready(by_ebpf)
  except Skip as reason:
    print("skipped: " + str(reason))
    sys.exit(77)
  chosen = [c for c in cases if not wanted or any(word in c.__name__ for word in wanted)]
  results = [case_run(function) for function in chosen]
  temporary.cleanup()
  if "FAILED" in results:
    sys.exit(1)
  sys.exit(77 if "skipped" in results or not results else 0)
