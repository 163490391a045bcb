"""ratio: what is told of pairs of measurements: with a tool, and without it just before and after.

The median of their ratios, and between what it lies: from one of the sorted ratios to another, such
that with a probability of 95 % the true median is between them, whatever the ratios are distributed
like. Of five or fewer no two are that far apart: then it is the least and the most.
"""
import math
import statistics

SURE = 0.95
FAR = 1.5  # half as much again is far beyond what is looked for


def ratios_of(pairs):
  return sorted(a / b for a, b in pairs)


def rank_of(count):
  """How many of so many sorted values lie outside at either end."""
  rank, outside = 0, 2 * 0.5 ** count
  while outside <= 1 - SURE:
    rank += 1
    outside += 2 * math.comb(count, rank) * 0.5 ** count
  return rank


def interval(pairs):
  ratios = ratios_of(pairs)
  rank = max(1, rank_of(len(ratios)))
  return ratios[rank - 1], ratios[-rank]


def is_known(pairs, width):
  """To so much, or to a fifth of what is added, or to be far; for the last three pairs are enough,
  which can agree by chance."""
  if len(pairs) < 3:
    return False
  low, high = interval(pairs)
  added = abs(statistics.median(ratios_of(pairs)) - 1)
  sure = rank_of(len(pairs)) > 0
  return low > FAR or (sure and (high - low) / 2 <= max(width, added / 5))


HEAD = ["| under | times the bare run | it lies within | middle half | from, to | pairs |",
        "| --- | --- | --- | --- | --- | --- |"]


def row(name, pairs):
  ratios = ratios_of(pairs)
  quarter = len(ratios) // 4
  return "| %s | %.3f | %.3f to %.3f | %.3f to %.3f | %.3f to %.3f | %d |" % (
      name, statistics.median(ratios), *interval(pairs), ratios[quarter], ratios[-1 - quarter],
      ratios[0], ratios[-1], len(ratios))


def added(pairs):
  return statistics.median(a - b for a, b in pairs)
