"""table: what was measured, in words and columns."""
import statistics


def lines_align(rows):
  """Columns as wide as their longest cell; numbers, which are made as text here, to the right."""
  widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
  lines = []
  for row in rows:
    cells = [c.ljust(w) if c[:1].isalpha() else c.rjust(w) for c, w in zip(row, widths)]
    lines.append("  ".join(cells).rstrip())
  return lines


def number(value, form):
  return "-" if value is None else form % value


def points_lines(result):
  """Saturation, and who kept how many CPUs busy meanwhile."""
  rows = [("kind", "model", "workers", "requests/s", "lowest", "highest", "at best", "CPU ms each",
           "service", "load", "upstream", "others", "errors")]
  for p in result["points"]:
    cpus = ["%.2f" % p["cpus"][who] for who in ("service", "load", "upstream", "others")]
    rows.append((p["kind"], p["model"], str(p["workers"]), "%.1f" % p["rate"],
                 "%.1f" % p["rates"][0], "%.1f" % p["rates"][-1], "%.1f" % p["at_best"],
                 "%.2f" % (1e3 * p["cpu_s_per_request"]), *cpus, str(p["errors"])))
  return lines_align(rows)


def lights_lines(result):
  """What the tool saw of the light loads; CPU per request beside that of the full load."""
  full = {(p["kind"], p["model"], p["workers"]): p for p in result["points"]}
  rows = [("kind", "model", "workers", "requests/s", "latency ms", "CPU ms each", "at full load",
           "waited ms each", "errors", "lost")]
  for light in result["lights"]:
    point = full[light["kind"], light["model"], light["workers"]]
    rows.append((light["kind"], light["model"], str(light["workers"]), "%.1f" % light["rate"],
                 "%.1f" % (1e3 * light["latency_s"]), "%.2f" % (1e3 * light["cpu_s_per_request"]),
                 "%.2f" % (1e3 * point["cpu_s_per_request"]),
                 "%.2f" % (1e3 * light["wait_s_per_request"]), str(light["errors"]),
                 str(light["lost"])))
  return lines_align(rows)


def rows_lines(result):
  rows = [("kind", "from", "to", "workers", "capacity", "predicted/s", "actual/s", "at best",
           "ratio", "at best", "limited by")]
  for r in result["rows"]:
    workers = str(r["workers_measured"])
    if r["workers"] != r["workers_measured"]:
      workers += ", told %s" % r["workers"]
    capacity = "null" if r["capacity"] is None else "%.2f" % r["capacity"]
    rows.append((r["kind"], r["start"], r["target"] + (" *" if r["own"] else ""), workers, capacity,
                 number(r["predicted"], "%.1f"), number(r["actual"], "%.1f"),
                 number(r["at_best"], "%.1f"), number(r["ratio"], "%.2f"),
                 number(r["ratio_at_best"], "%.2f"), r["limited_by"] or "-"))
  return lines_align(rows)


def fastest(result, kind):
  return max((p for p in result["points"] if p["kind"] == kind), key=lambda p: p["rate"])


def model_rate(result, light):
  """The throughput of what was advised; None if it was not measured."""
  told = light["told"]
  if told["action"] == "keep" or told["model"] is None:
    return light["saturation"]
  for p in result["points"]:
    if (p["kind"], p["model"], p["workers"]) == (light["kind"], told["model"], told["workers"]):
      return p["rate"]
  return None


def verdict_line(result, light):
  told, best = light["told"], fastest(result, light["kind"])
  rate = model_rate(result, light)
  words = "%s, %s at %.1f/s: told %s %s, %s workers (%s)" % (
      light["kind"], light["model"], light["rate"], told["action"], told["model"],
      number(told["workers"], "%d"), light["class"])
  if rate is None:
    return words + "; not measured"
  return words + "; %.1f/s, %.0f %% of the fastest measured (%s, %d workers)" % (
      rate, 100 * rate / best["rate"], best["model"], best["workers"])


def ratios_words(ratios):
  errors = [abs(ratio - 1) for ratio in ratios]
  return "median error %.0f %%, within 10 %%: %d, within 25 %%: %d, ratios %.2f..%.2f" % (
      100 * statistics.median(errors), sum(e <= 0.1 for e in errors),
      sum(e <= 0.25 for e in errors), min(ratios), max(ratios))


def ratios_line(name, rows):
  ratios = [r["ratio"] for r in rows if r["ratio"]]
  nulls = sum(r["capacity"] is None for r in rows)
  words = "%s: %d rows, %d null, %d compared" % (name, len(rows), nulls, len(ratios))
  if not ratios:
    return words
  best = [r["ratio_at_best"] for r in rows if r["ratio_at_best"]]
  words += "\n  to actual:  " + ratios_words(ratios)
  return words + "\n  to at best: " + ratios_words(best)


def summary_lines(result):
  rows = result["rows"]
  lines = [ratios_line("all", rows)]
  for key in ("kind", "start", "target"):
    for value in dict.fromkeys(r[key] for r in rows):
      lines.append(ratios_line("%s %s" % (key, value), [r for r in rows if r[key] == value]))
  return lines


def text(result):
  """All of it; the numbers of saturation first, as they are what predictions are held to."""
  parts = [
      ("Saturation: requests per second (median, lowest, highest, and if nothing else had run), and"
       " the CPUs kept busy by whom",
       points_lines(result)),
      ("Light loads, as the tool saw them: CPU time, and waiting for the upstream by its socket",
       lights_lines(result)),
      ("Predicted against actual saturation (* the service as it was; ratio: predicted / actual,"
       " then predicted / what nothing else running would have allowed)",
       rows_lines(result) if result["rows"] else ["nothing"]),
      ("What was advised", [verdict_line(result, light) for light in result["lights"]]),
      ("Ratios", summary_lines(result)),
  ]
  if result["failed"]:
    parts.append(("Could not be measured", result["failed"]))
  return "\n\n".join("%s\n\n%s" % (title, "\n".join(lines)) for title, lines in parts)
