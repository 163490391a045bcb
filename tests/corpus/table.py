"""table: results as people read them: lines while it runs, and the page docs/predictions.md."""
from score import CLOSE, GOOD, Summary, advice_of, disturbed, predictions_of, slowdown, spread
from trial import DISTURBED_CPUS
from variant import SIMPLEST_FIRST, variant_parse

KINDS = (("sequential", True), ("concurrent", False))  # starts
SETS = (("programs", "Building set"), ("held-out", "Held-out set"))
LINE = "  %-15s %-18s %9s %9s %7s  %-18s %s"


def number(form, value, unknown="-"):
  return unknown if value is None else form % value


def percent(value):
  return "-" if value is None else "%.0f %%" % (100 * value)


def ranged(row):
  if row.holds is None:
    return "-"
  return "%.2f..%.2f%s" % (row.low, row.high, "" if row.holds else " misses")


def program_print(result):
  """One program's predictions and recommendations, for a terminal."""
  print(result["program"])
  predictions = predictions_of(result)
  if predictions:
    print(LINE % ("start", "target", "predicted", "actual", "error", "range", "limited by"))
  for row in predictions:
    error = number("%+.0f %%", None if row.error is None else 100 * row.error)
    print(LINE % (row.start, row.target, number("%.2fx", row.predicted, "none"),
                  "%.2fx" % row.actual, error, ranged(row), row.limited_by or "-"))
  for one in advice_of(result):
    print("  %-15s told %s: %s" % (one.start, one.told, verdict(one)))
  print(flush=True)


def verdict(one):
  if one.right:
    return "right"
  return "WRONG, " + one.why if one.given else one.why


def summary_rows(results):
  """Rows of the summary: what it counts, then a cell for each kind of start."""
  kinds = [Summary(results, sequential) for _, sequential in KINDS]
  within = "within %s of the actual speedup" % percent(CLOSE)
  near = "or losing less than %s of the measured time against it" % percent(GOOD)
  right = "recommendations within %s of the fastest variant" % percent(GOOD)
  return [
      ("predicted", ["%d" % one.predicted for one in kinds]),
      ("not predicted", ["%d" % one.unpredicted for one in kinds]),
      ("median error of the speedup", [percent(one.error_median) for one in kinds]),
      (within, [percent(one.close_share) for one in kinds]),
      ("the printed range holds the truth", [percent(one.held_share) for one in kinds]),
      ("predicted without a range", ["%d" % one.rangeless for one in kinds]),
      (right, ["%d of %d" % (one.right, one.advised) for one in kinds]),
      (near, ["%d of %d" % (one.near, one.advised) for one in kinds]),
      ("nothing recommended", ["%d" % one.silent for one in kinds]),
  ]


def failed_lines(results):
  for _, sequential in KINDS:
    for program, one in Summary(results, sequential).failed:
      yield "%s from %s: told %s: %s" % (program, one.start, one.told, verdict(one))


def measured_line(results):
  words = "%d programs, %d variants measured; runs of one lie %s apart (median); under " \
      "concadvise a run takes %s times as long (median); during %s of the runs other programs " \
      "used more than %g CPUs."
  return words % (len(results), sum(len(result["truth"]) for result in results),
                  percent(spread(results)), number("%.3f", slowdown(results)),
                  percent(disturbed(results)), DISTURBED_CPUS)


def summary_print(results):
  print("%-50s %12s %12s" % ("from starts that are", *(name for name, _ in KINDS)))
  for name, cells in summary_rows(results):
    print("%-50s %12s %12s" % (name, *cells))
  for line in failed_lines(results):
    print(line)
  for result in results:
    for problem in result["problems"]:
      print("FAILED  " + problem)
  print(measured_line(results))


HEADER = """# Predictions against the truth

Every program of `tests/corpus` is really written in several models. concadvise was run on each
variant and asked how fast the others would be; then all were timed without it. The held-out
programs were not used while the predictions were built. Made by

    tests/corpus/run --out programs.json
    tests/corpus/run --held-out --out held-out.json
    tests/corpus/run --from programs.json held-out.json --table

on %s.

A cell of the tables says how many times as fast as the variant started from a model is: predicted,
then actual. **Bold**: more than %s off. `!`: the printed range does not hold the truth. `?`: not
predicted. Predictions that were off by more have what they were limited by in brackets.
"""


def cell(rows):
  return "<br>".join(map(cell_line, rows))


def cell_line(row):
  size = "x%d: " % row.target.workers if row.target.sized else ""
  off = row.error is not None and abs(row.error) > CLOSE
  words = "%s%s, %.2f%s" % (size, number("%.2f", row.predicted, "?"), row.actual,
                            " !" if row.holds is False else "")
  return "**%s** (%s)" % (words, row.limited_by) if off else words


def advice_cell(one):
  return one.told + (" **(wrong)**" if one.given and not one.right else "")


def rows_markdown(result):
  predictions = predictions_of(result)
  advice = {one.start: one for one in advice_of(result)}
  for start in map(variant_parse, result["recordings"]):
    cells = [cell([row for row in predictions if (row.start, row.target.model) == (start, model)])
             for model in SIMPLEST_FIRST]
    yield "| %s | %s | %s | %s |" % (result["program"], start, " | ".join(cells),
                                     advice_cell(advice[start]))


def set_markdown(title, results):
  yield "\n## %s\n" % title
  yield measured_line(results) + "\n"
  yield "| from starts that are | %s |" % " | ".join(name for name, _ in KINDS)
  yield "| --- | ---: | ---: |"
  for name, cells in summary_rows(results):
    yield "| %s | %s |" % (name, " | ".join(cells))
  yield "\n| program | start | %s | told |" % " | ".join(SIMPLEST_FIRST)
  yield "| --- | --- | %s--- |" % ("--- | " * len(SIMPLEST_FIRST))
  for result in results:
    yield from rows_markdown(result)
  failed = list(failed_lines(results))
  if failed:
    yield "\nRecommendations that were not right, and none:\n"
    yield from ("- " + line for line in failed)
  problems = [problem for result in results for problem in result["problems"]]
  if problems:
    yield "\nCould not be measured:\n"
    yield from ("- " + problem for problem in problems)


def page_write(path, machines, results):
  with open(path, "w", encoding="utf-8") as file:
    file.write(HEADER % ("; ".join(machines), percent(CLOSE)))
    for name, title in SETS:
      of_set = [result for result in results if result["set"] == name]
      if of_set:
        file.write("\n".join(set_markdown(title, of_set)) + "\n")
