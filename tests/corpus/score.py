"""score: results of trials judged: each prediction against the truth, each recommendation too.

A speedup is against the variant started from: predicted, as it was recorded; actual, as it runs
without concadvise. Predictions for the variant started from itself are 1 by definition and left
out. A row without a time counts as not predicted, and is never dropped.
"""
import statistics
from typing import NamedTuple

from trial import DISTURBED_CPUS, row_of, variant_recommended
from variant import SEQUENTIAL, Variant, variant_parse

CLOSE = 0.25  # the error within which nine of ten predictions are to be
GOOD = 0.10  # how much longer than the fastest variant a recommended one may take


class Prediction(NamedTuple):
  start: Variant
  target: Variant
  predicted: float  # None: not predicted
  low: float
  high: float
  limited_by: str
  actual: float

  @property
  def error(self):
    return None if self.predicted is None else self.predicted / self.actual - 1

  def within(self, factor):
    return self.predicted is not None and 1 / factor <= 1 + self.error <= factor

  @property
  def holds(self):
    """Whether the printed range holds the truth; None when none was printed."""
    return None if None in (self.low, self.high) else self.low <= self.actual <= self.high


class Advice(NamedTuple):
  """One recommendation: its words, how good that is which it leads to, and why not better."""
  start: Variant
  told: str
  given: bool  # False: it recommends nothing
  slower: float  # how many times as long as the fastest it takes; None: there is no such variant
  missed: float  # what the fastest would save beyond it, of the time of the variant started from
  why: str

  def within(self, factor):
    return self.slower is not None and self.slower <= factor

  @property
  def right(self):
    return self.within(1 + GOOD)


  @property
  def near(self):
    """Right, or the rest is less than a tenth of what the variant started from takes."""
    return self.right or (self.missed is not None and self.missed <= GOOD)


def walls_of(runs):
  return [run["wall_s"] for run in runs]


def times_of(result):
  return {variant_parse(key): statistics.median(walls_of(runs))
          for key, runs in result["truth"].items()}


def predictions_of(result):
  times = times_of(result)
  found = []
  for key, recording in result["recordings"].items():
    start = variant_parse(key)
    targets = sorted((one for one in times if one != start), key=lambda one: one.rank)
    if start not in times:
      continue
    found += [prediction(recording, start, target, times) for target in targets]
  return found


def prediction(recording, start, target, times):
  row = row_of(recording, target) or dict.fromkeys(("wall_s", "speedup_low", "speedup_high",
                                                    "limited_by"))
  predicted = recording["wall_s"] / row["wall_s"] if row["wall_s"] else None
  return Prediction(start, target, predicted, row["speedup_low"], row["speedup_high"],
                    row["limited_by"], times[start] / times[target])


def advice_of(result):
  times = times_of(result)
  return [advice(key, recording, times, result["models"])
          for key, recording in result["recordings"].items()]


def advice(key, recording, times, models):
  told = recording["recommendation"]
  words = "%s %s" % (told["action"], told["model"])
  if told["workers"] is not None and told["action"] in ("adopt", "tune"):
    words += " x%d" % told["workers"]
  start, target = variant_parse(key), variant_recommended(key, recording, models)
  if told["action"] == "measure":
    return Advice(start, words, False, None, None, "it recommends nothing")
  if target is None:
    return Advice(start, words, True, None, None, "it names no number of workers")
  if target not in times:
    return Advice(start, words, True, None, None, "the program has no variant %s" % (target,))
  fastest = min(times, key=times.get)
  why = "%s takes %.2f s, %s %.2f s" % (target, times[target], fastest, times[fastest])
  missed = (times[target] - times[fastest]) / times[start] if start in times else None
  return Advice(start, words, True, times[target] / times[fastest], missed, why)


def share(truths):
  """Of those that are known."""
  known = [truth for truth in truths if truth is not None]
  return statistics.mean(known) if known else None


class Summary:
  """What the predictions and recommendations come to, from starts of one kind."""

  def __init__(self, results, sequential):
    def of_kind(rows):
      return [row for row in rows if (row.start == SEQUENTIAL) == sequential]

    rows = [row for result in results for row in of_kind(predictions_of(result))]
    self.errors = [abs(row.error) for row in rows if row.error is not None]
    self.predicted, self.unpredicted = len(self.errors), len(rows) - len(self.errors)
    self.error_median = statistics.median(self.errors) if self.errors else None
    self.close_share = share([error <= CLOSE for error in self.errors])
    self.held_share = share([row.holds for row in rows])
    self.rangeless = sum(row.predicted is not None and row.holds is None for row in rows)
    told = [(result, one) for result in results for one in of_kind(advice_of(result))]
    self.advised = sum(one.given for _, one in told)
    self.right = sum(one.right for _, one in told)
    self.near = sum(one.near for _, one in told)
    self.silent = len(told) - self.advised
    self.failed = [(result["program"], one) for result, one in told if not one.right]


def spread(results):
  """The median, over variants, of how far their runs lie apart; None when each ran once."""
  several = [walls_of(runs) for result in results for runs in result["truth"].values()
             if len(runs) > 1]
  apart = [(max(times) - min(times)) / statistics.median(times) for times in several]
  return statistics.median(apart) if apart else None


def slowdown(results):
  """The median of the time under concadvise to that without."""
  shares = []
  for result in results:
    times = times_of(result)
    shares += [recording["wall_s"] / times[variant_parse(key)]
               for key, recording in result["recordings"].items() if variant_parse(key) in times]
  return statistics.median(shares) if shares else None


def disturbed(results):
  """The share of runs that others disturbed whenever they were tried."""
  runs = [run for result in results for runs in result["truth"].values() for run in runs]
  return share([run["others_cpus"] > DISTURBED_CPUS for run in runs])
