"""What the tests of the HTML report share: pages and reports of recordings; what a page says."""
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["CONCADVISE_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests/cli"))

from cli import CONCADVISE, expect, folder, main, sleeps, write  # noqa: E402

GOLDEN = SOURCE / "tests/golden"


def report_of(recording, *more):
  return json.loads(subprocess.run([CONCADVISE, "report", "-f", "json", *more, recording],
                                   stdout=subprocess.PIPE, check=True, timeout=300).stdout)


def page_of(recording, at, *more):
  path = pathlib.Path(at) / "report.html"
  subprocess.run([CONCADVISE, "report", "-f", "html", "-o", path, *more, recording], check=True,
                 timeout=300)
  return path


def resolve(report, path):
  value = report
  for key in path.split("."):
    value = value[int(key)] if isinstance(value, list) else value.get(key)
  return value


def number_rows(browser):
  """Every number of the report that the page shows: (path, value or None, unit, text)."""
  return browser.evaluate("""[...document.querySelectorAll("[data-of]")].map((e) =>
    [e.dataset.of, e.tagName === "DATA" ? e.value : null, e.dataset.unit ?? null,
     e.textContent])""")


SCALES = {"h": 3600, "min": 60, "s": 1, "ms": 1e-3, "\u00b5s": 1e-6, "ns": 1e-9, "%": 0.01,
          "GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1, "CPUs": 1, "CPU": 1, "per": 1}
WORDS = {"yes": 1, "no": 0, "good": 0, "fair": 1, "poor": 2}


def meant(text):
  """The number that a text shows, and by how much it may be rounded."""
  if text in WORDS:
    return WORDS[text], 0
  text = text.replace(",", "").replace("under ", "").lstrip("<").rstrip("\u00d7")
  digits, _, unit = text.partition("\u00a0")
  scale = SCALES[unit.split(" ")[0]] if unit else 1
  decimals = len(digits.partition(".")[2])
  return float(digits) * scale, 0.5000001 * 10**-decimals * scale


def expect_numbers(browser, report):
  """What is shown is what the report says: exactly in its value, rounded in its words."""
  rows = number_rows(browser)
  for path, value, unit, text in rows:
    said = resolve(report, path)
    if said is None:
      expect(value is None and text == "not known", path, "is not known, but", value, text)
      continue
    expect(value is not None, path, "is", said, "but shown as", text)
    expect(float(value) == float(said), path, "is", said, "but", value)
    shown, slack = meant(text)
    if text.startswith(("under", "<")):
      expect(0 < said <= shown, path, said, text)
    elif unit == "grade":
      expect(shown == min(2, int(said)), path, said, text)
    else:
      # 99.5 % of a share that is not all is not shown as all.
      expect(abs(shown - said) <= max(slack, 0.0051 if unit == "share" else 0), path, said, text)
  return {path for path, *_ in rows}
