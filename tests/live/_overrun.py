"""The program overrun under the tool, and its CPU time as it tells that itself."""
import json

import live
from live import cpu_of

CPU_SHARE = 0.05
CPU_SLACK_S = 0.03


def truths_of(stdout, what):
  return [t for t in map(json.loads, stdout.decode().splitlines()) if t["what"] == what]


def totals_hold(run, whose=("process", "children")):
  """CPU as getrusage has it; that states add up to the wall time is true of every report."""
  used = sum(t["user_s"] + t["kernel_s"] for what in whose for t in truths_of(run.stdout, what))
  live.close("CPU by getrusage", cpu_of(run.report["time"]["thread_s"]), used, CPU_SHARE, CPU_SLACK_S)


def overrun(*words, options=(), **how):
  return live.launch(live.program("overrun"), *words, options=options, **how)
