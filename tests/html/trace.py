#!/usr/bin/python3
"""The trace of -f chrome in Chromium's own reader of traces, that of its performance panel: every
thread by its name, every slice where it was, and no complaint. perfetto.dev and catapult are in no
registry of packages."""
import json
import pathlib

import _chromium

if not _chromium.program():
  print("chromium is not installed")
  raise SystemExit(77)

from _page import CONCADVISE, GOLDEN, expect, folder, main, report_of, write

import subprocess  # noqa: E402

PANEL = "devtools://devtools/bundled/devtools_app.html"
READ = """(async () => {
  const { TraceModel } = await import("./models/trace/trace.js");
  const model = TraceModel.Model.createWithAllHandlers();
  await model.parse(%s.traceEvents, { isFreshRecording: false });
  const read = model.parsedTrace(0);
  const { Meta, Renderer } = read.data ?? read;
  return { bounds: [Meta.traceBounds.min, Meta.traceBounds.max],
    threads: [...Renderer.processes].flatMap(([pid, process]) =>
      [...process.threads].map(([tid, { name, entries }]) => [pid, tid, name,
        entries.map((entry) => [entry.name, entry.ts, entry.dur])])) };
})()"""

browser = _chromium.Chromium()


def panel_opened():
  browser.events.clear()
  browser.url = PANEL
  browser.call("Page.navigate", url=PANEL)
  browser.wait_for("Page.loadEventFired")


def trace_of(recording, at):
  path = pathlib.Path(at) / "trace.json"
  subprocess.run([CONCADVISE, "report", "-f", "chrome", "-o", path, recording], check=True,
                 timeout=60)
  return path.read_text()


def complaints():
  """But for what the panel asks of its own parts, and of a graphics card."""
  return [one for one in browser.complaints()
          if not one.startswith("asks for devtools:") and "WebGL" not in one]


def it_opens_what_the_timeline_shows():
  panel_opened()
  with folder() as at:
    for name in ("fetch", "nginx", "mutex_convoy"):
      recording = GOLDEN / (name + ".json")
      told = report_of(recording)
      read = browser.evaluate(READ % trace_of(recording, at))
      names = {row["tid"]: row["name"] for row in told["threads"]}
      tracks = {(t["pid"], t["tid"]): t["intervals"] for t in told["timeline"]["threads"]}
      expect({(pid, tid) for pid, tid, *_ in read["threads"]} == set(tracks), name, "threads")
      for pid, tid, called, entries in read["threads"]:
        expect(called == names[tid], name, tid, "is called", called, "not", names[tid])
        intervals = tracks[pid, tid]
        expect(len(entries) == len(intervals) > 0, name, tid, len(entries), len(intervals))
        for (_, start, length), interval in zip(entries, intervals):
          expect(abs(start - 1 - interval["start_s"] * 1e6) < 0.1, name, start, interval)
          expect(abs(start + length - 1 - interval["end_s"] * 1e6) < 0.1, name, length, interval)
      starts, ends = zip(*((i["start_s"], i["end_s"]) for t in tracks.values() for i in t))
      for shown, said in zip(read["bounds"], (min(starts), max(ends))):
        expect(abs(shown - 1 - said * 1e6) < 1, name, "is shown from and to", read["bounds"])
  expect(not complaints(), complaints())


def it_does_not_open_anything():
  for bad in ('{"traceEvents": 7}', '{"traceEvents": [null]}'):
    try:
      read = browser.evaluate(READ % bad)
    except RuntimeError:
      continue
    expect(not read["threads"], "reads threads out of", bad)


with browser:
  main(it_opens_what_the_timeline_shows, it_does_not_open_anything)
