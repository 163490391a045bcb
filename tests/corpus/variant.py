"""variant: a program in one model at one size, as the corpus' programs take it: MODEL WORKERS.

The size of threads and processes is their number, that of a hybrid, which is a loop in each of
several processes, theirs. The others have one way to run: a sequential program has no size, and an
event loop's operations are all begun at once (0).
"""
from typing import NamedTuple

WORKERS = 4  # at which programs in threads or processes are started from
FIXED = {"sequential": 1, "event-loop": 0}
SIMPLEST_FIRST = ("sequential", "threads", "processes", "event-loop", "hybrid")


class Variant(NamedTuple):
  model: str
  workers: int

  @property
  def sized(self):
    return self.model not in FIXED

  @property
  def key(self):
    return "%s-%d" % self

  @property
  def rank(self):
    """For sorting: the simplest and smallest first."""
    return SIMPLEST_FIRST.index(self.model), self.workers

  def __str__(self):
    return "%s x%d" % self if self.sized else self.model


def variant_of(model, workers):
  """The variant a row of the report speaks of; None when it names no size."""
  workers = FIXED.get(model, workers)
  return None if workers is None else Variant(model, int(workers))


def variant_parse(key):
  model, workers = key.rsplit("-", 1)
  return Variant(model, int(workers))


def variants_start(models):
  """What concadvise is run on: the program in each of its models. A hybrid is only where advice may
  lead to: for concadvise it is an event loop of which there are several."""
  return [variant_of(model, WORKERS) for model in SIMPLEST_FIRST
          if model in models and model != "hybrid"]


SEQUENTIAL = variant_of("sequential", None)
