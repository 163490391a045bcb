"""What event loops were stalled by, and which of them are fine."""
from _sites import line_of

FINE_SHARE = 0.1


def own_stalls(run):
  """Of all loops, those that the program itself made."""
  return [s for l in run.report["event_loops"] for s in l["stalls"] if s["kind"] != "run-queue"]


def fine_check(run):
  """Under full load a server has many events to serve between two looks, which is no misuse."""
  loops = run.report["event_loops"]
  assert loops, "no event loop was found"
  stalled_s = sum(s["total_s"] - s["run_queue_s"] for s in own_stalls(run)
                  if s["kind"] == "blocking")
  assert stalled_s < FINE_SHARE * run.report["window"]["wall_s"], [
      (s["kind"], s["count"], s["total_s"], s["run_queue_s"], line_of(s["callsite"]))
      for s in own_stalls(run)
  ]
  assert run.verdict()[0] == "keep", run.told()
