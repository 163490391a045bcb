#!/usr/bin/python3
"""The HTML report in a real Chromium: it draws, its numbers are the JSON report's, text of the
target stays text, and it can be used in every light and size, by keyboard, on paper, with 2,000
threads."""
import json
import re
import time

import _chromium

if not _chromium.program():
  print("chromium is not installed")
  raise SystemExit(77)

from _page import GOLDEN, expect, expect_numbers, folder, main, page_of, report_of, sleeps, write

RECORDINGS = ("blocking_loop", "countdown_threads", "mutex_convoy", "pool_of_64",
              "node_http_server_under_wrk", "redis_server_idle", "true")
MARKUP = ('</script><script>window.owned=1</script><img src=x onerror="window.owned=2">'
          "<svg onload=window.owned=3>&lt;\u2028'\"\\@@report@@")
BIDI = "\u202egnp.exe\x1b[2J"

browser = _chromium.Chromium()


def open_golden(name, at, **look):
  browser.open(page_of(GOLDEN / (name + ".json"), at), **look)


def expect_calm():
  expect(not browser.complaints(), browser.complaints())


def expected_paths(report):
  """Numbers that must not be missing on the page."""
  paths = {"window.wall_s", "window.threads_seen", "window.processes_seen", "time.total_s",
           "time.busy_total_s", "host.cpus_online"}
  for i, row in enumerate(report["predictions"]):
    paths.add("predictions.%d.%s" % (i, "wall_s" if row["capacity"] is None else "capacity"))
    if row["capacity"] is None and row["speedup"] and not row["current"]:
      paths.add("predictions.%d.speedup" % i)
      if row["speedup_high"] >= 0.1:  # "<0.1x to <0.1x" is no range
        paths |= {"predictions.%d.speedup_%s" % (i, key) for key in ("low", "high")}
  for key in ("thread_s", "busy_s"):
    paths |= {"time.%s.%s" % (key, state) for state, value in report["time"][key].items() if value}
  for i, _ in enumerate(report["waits"][:12]):
    paths |= {"waits.%d.%s" % (i, key) for key in ("count", "total_s", "max_s")}
  for i, _ in enumerate(report["locks"][:12]):
    paths |= {"locks.%d.%s" % (i, key) for key in ("waits", "total_wait_s", "max_wait_s")}
  for i, _ in enumerate(report["event_loops"]):
    paths |= {"event_loops.%d.%s" % (i, key) for key in
              ("work_share", "run_queue_share", "busy_share", "lag_max_s", "stalls_seen")}
  for i, row in enumerate(report["scaling"]):
    paths.add("scaling.%d.%s" % (i, "wall_s" if row["capacity"] is None else "capacity"))
  for i, finding in enumerate(report["findings"]):
    paths |= {"findings.%d.evidence.%d.value" % (i, j) for j, _ in enumerate(finding["evidence"])}
  return paths


def numbers_are_those_of_the_report():
  for name in RECORDINGS:
    with folder() as at:
      report = report_of(GOLDEN / (name + ".json"))
      open_golden(name, at)
      expect_calm()
      shown = expect_numbers(browser, report)
      missing = expected_paths(report) - shown
      services = any(row["capacity"] is not None for row in report["scaling"])
      # A line that is not drawn has no numbers: points without a value.
      missing = {path for path in missing if not (path.startswith("scaling.") and
                 report["scaling"][int(path.split(".")[1])]["capacity" if services else "wall_s"]
                 is None)}
      expect(not missing, name, "does not show", sorted(missing)[:5])
      verdict = browser.evaluate("document.querySelector('h1').textContent")
      expect(verdict.replace("\u00a0", " ") == report["recommendation"]["summary"],
             "another verdict", verdict)
      expect(report["recommendation"]["summary"] in browser.evaluate("document.title"), "title")
      text = browser.evaluate("document.body.textContent")
      for finding in report["findings"]:
        expect(finding["title"] in text and finding["message"] in text, finding["title"])
      for check in report["quality"]["checks"]:
        expect(check["message"] in text, check["message"])


def every_rule_is_shown_on_demand():
  with folder() as at:
    recording = write(at, "r.json", sleeps())
    report = report_of(recording, "--explain")
    browser.open(page_of(recording, at, "--explain"))
    expect_calm()
    shown = expect_numbers(browser, report)
    expect(all("considered.%d.evidence.0.value" % i in shown
               for i, rule in enumerate(report["considered"]) if rule["evidence"]), "rules")


def flames_and_timeline_show_the_reports_seconds():
  """What is drawn is not text: boxes by their width, intervals by their colour."""
  with folder() as at:
    report = report_of(GOLDEN / "blocking_loop.json")
    open_golden("blocking_loop", at)
    label = browser.evaluate("document.querySelector('#flame-computing .root').title")
    cpu = report["time"]["thread_s"]["cpu_user"] + report["time"]["thread_s"]["cpu_kernel"]
    expect(label.startswith("computing: %.0f" % (cpu * 1e3)), label, cpu)
    shares = browser.evaluate("""[...document.querySelectorAll("#flame-waiting .state")].map((e) =>
      [e.textContent.trim(), parseFloat(e.style.width) / 100])""")
    work = [s for s in report["stacks"] if s["kind"] == "waiting" and not s["idle"]]
    total = sum(s["weight_s"] for s in work)
    heaviest = max(work, key=lambda s: s["weight_s"])
    width = max(share for _, share in shares)
    expect(abs(width - heaviest["weight_s"] / total) < 0.02, shares, heaviest["weight_s"] / total)
    thread = report["timeline"]["threads"][0]
    longest = max(thread["intervals"], key=lambda i: i["end_s"] - i["start_s"])
    middle = (longest["start_s"] + longest["end_s"]) / 2 / report["window"]["wall_s"]
    pixel, colour = browser.evaluate("""(() => {
      const canvas = document.querySelector(".sizer canvas");
      const ratio = canvas.width / canvas.clientWidth, gutter = 180;
      const x = (gutter + %r * (canvas.clientWidth - gutter)) * ratio;
      const data = canvas.getContext("2d").getImageData(x, 12 * ratio, 1, 1).data;
      const probe = document.createElement("i");
      probe.style.color = "var(--state-%s)";
      document.body.append(probe);
      return [[data[0], data[1], data[2]].join(), getComputedStyle(probe).color];
    })()""" % (middle, longest["state"].replace("_", "-")))
    expect([int(n) for n in re.findall(r"\d+", colour)] == [int(n) for n in pixel.split(",")],
           longest, "is drawn in", pixel, "not in", colour)


def hostile(text):
  """A recording in which all that the target can name is that text."""
  recording = json.loads((GOLDEN / "blocking_loop.json").read_text())
  recording["target"]["command"] = ["python3", text]
  for thread in recording["threads"]:
    thread["name"] = text
  for file in recording["files"]:
    file["path"] = text
    file["local"] = file["peer"] = text
  keys = recording["frames"][0]
  for frame in recording["frames"][1:]:
    for key in ("function", "file", "module"):
      if frame[keys.index(key)]:
        frame[keys.index(key)] = text
  for wait in recording["waits"]:
    wait["futex_symbol"] = text
  for runtime in recording["runtimes"]:
    runtime["version"] = text
  return recording


def text_of_the_target_stays_text():
  with folder() as at:
    for text in (MARKUP, BIDI):
      recording = write(at, "r.json", hostile(text))
      page = page_of(recording, at)
      expect(len(re.findall("<script", page.read_text())) == 2, "another script in the file")
      browser.open(page)
      expect_calm()
      expect_numbers(browser, report_of(recording))
      browser.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
      browser.key("Tab")
      expect(browser.evaluate("window.owned") is None, "the target's text ran")
      expect(browser.evaluate("document.querySelectorAll('main img, main script').length") == 0,
             "the target's text became elements")
      shown = browser.evaluate("document.querySelector('.program').textContent")
      expect(shown == "python3 " + (MARKUP.replace("\u2028", "\\u2028") if text is MARKUP
             else "\\u202egnp.exe\\u001b[2J"), "shown as", shown)
      expect(not re.search("[\u202e\u2028\x1b]", browser.evaluate("document.body.innerText")),
             "characters that steer")


def the_policy_forbids_what_the_page_does_not_do():
  """Were there a way to inject, it would lead nowhere."""
  with folder() as at:
    browser.open(page_of(write(at, "r.json", sleeps()), at))
    browser.evaluate("""document.body.insertAdjacentHTML("beforeend",
      '<img src="x" onerror="window.owned=1"><iframe src="data:text/html,x"></iframe>');
      const s = document.createElement("script"); s.textContent = "window.owned=2";
      document.body.append(s); null""")
    browser.settle()
    expect(browser.evaluate("window.owned") is None, "an injected script ran")
    expect(any("Content Security Policy" in one for one in browser.complaints()), "no policy")


CONTRAST = """(() => {
  const rgb = (text) => (text.match(/[0-9.]+/g) ?? []).map(Number);
  const part = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) =>
    0.2126 * part(r / 255) + 0.7152 * part(g / 255) + 0.0722 * part(b / 255);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const flat = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = flat(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
    return [255, 255, 255]; };
  const faded = (e) => { let o = 1; for (; e; e = e.parentElement)
    o *= Number(getComputedStyle(e).opacity); return o; };
  const found = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility())
      continue;
    if (e.closest(".aside, .skip, script, svg")) continue;
    const style = getComputedStyle(e), back = ground(e), o = faded(e);
    const ink = flat(style.color).map((c, i) => c * o + back[i] * (1 - o));
    const [a, b] = [light(ink), light(back)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 600;
    const least = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
    if ((a + 0.05) / (b + 0.05) < least)
      found.add(`${e.tagName}.${e.className}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return [...found];
})()"""


def it_can_be_read_in_light_and_dark():
  grounds = []
  with folder() as at:
    for dark in (False, True):
      open_golden("blocking_loop", at, dark=dark)
      browser.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
      low = browser.evaluate(CONTRAST)
      expect(not low, "dark" if dark else "light", "too little contrast:", low[:8])
      grounds.append(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
    expect(grounds[0] != grounds[1], "dark is light", grounds)
    browser.evaluate("""[...document.querySelectorAll("button")].find((b) =>
      b.textContent.startsWith("look")).click()""")
    expect(browser.evaluate("getComputedStyle(document.body).backgroundColor") == grounds[0],
           "the button does not choose the light look")


def it_fits_a_phone():
  with folder() as at:
    for name in ("blocking_loop", "mutex_convoy"):
      open_golden(name, at, width=390, height=844, phone=True)
      expect_calm()
      width = browser.evaluate("document.documentElement.scrollWidth")
      expect(width <= 390, name, "is", width, "px wide")
      small = browser.evaluate("""[...document.querySelectorAll("button, select, .toolbar input")]
        .filter((e) => e.checkVisibility() && !e.closest("thead") && e.type !== "checkbox" &&
          e.getBoundingClientRect().height < 24).map((e) => e.textContent || e.type)""")
      expect(not small, "too small for a finger:", small)
      broken = browser.evaluate("""[...document.querySelectorAll("td.call")].filter((e) =>
        e.firstChild.getClientRects().length > 1).map((e) => e.textContent)""")
      expect(not broken, "system calls broken into lines:", broken)


def it_prints():
  dark = [{"name": "prefers-color-scheme", "value": "dark"}]
  with folder() as at:
    open_golden("blocking_loop", at, dark=True)
    before = browser.evaluate("document.querySelectorAll('details[open]').length")
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    browser.call("Emulation.setEmulatedMedia", media="print", features=dark)
    opened, theme, navigation = browser.evaluate("""[
      document.querySelectorAll("details:not([open]):not(.callsite)").length,
      document.documentElement.dataset.theme,
      getComputedStyle(document.querySelector("nav")).display]""")
    expect(opened == 0, opened, "parts are closed on paper")
    expect(theme == "light" and navigation == "none", theme, navigation)
    mute = browser.evaluate("[...document.querySelectorAll('.box')].filter((b) => !b.textContent)")
    expect(not mute, len(mute), "boxes without words on paper")
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(browser.evaluate("document.documentElement.dataset.theme") == "dark", "it stays light")
    browser.call("Emulation.setEmulatedMedia", media="", features=dark)
    after = browser.evaluate("document.querySelectorAll('details[open]').length")
    expect(after == before, "printing leaves", after, "parts open, not", before)
    pdf = browser.printed()
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    expect(pdf.startswith(b"%PDF") and 2 <= pages < 40, pages, "pages")


def focused():
  return browser.evaluate("""[document.activeElement.id || document.activeElement.className ||
    document.activeElement.tagName, document.activeElement.getAttribute("aria-label")]""")


def it_goes_by_keyboard():
  with folder() as at:
    open_golden("blocking_loop", at)
    browser.key("Tab")
    expect(focused()[0] == "skip", "the first stop is", focused())
    for _ in range(80):
      if focused()[0] == "timeline-pane":
        break
      browser.key("Tab")
    expect(focused()[0] == "timeline-pane", "Tab does not reach the timeline")
    readout = "document.querySelector('#timeline .readout').textContent"
    told = []
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
      browser.key(key)
      told.append(browser.evaluate(readout))
    expect(len(set(told)) == 3 and all(told), "arrows tell", told)
    image = "document.querySelector('.sizer canvas').toDataURL()"
    whole = browser.evaluate(image)
    browser.key("+")
    expect(browser.evaluate(image) != whole, "plus does not zoom")
    browser.key("0")
    expect(browser.evaluate(image) == whole, "0 does not show all")
    for _ in range(10):
      browser.key("Tab")
      if focused()[0].startswith("box"):
        break
    expect(focused()[0].startswith("box root"), "Tab does not reach the flame graph", focused())
    root = focused()[1]
    browser.key("ArrowDown")
    expect(focused()[1] != root, "an arrow does not go to a call")
    browser.key("Enter")
    expect(browser.evaluate("document.querySelectorAll('#flame-waiting .outside').length") > 0,
           "Enter does not enlarge")
    browser.key("Escape")
    expect(focused()[1] == root, "Escape does not show all")


def crowd(threads):
  """A recording of that many threads, each of which sleeps eight times."""
  recording = sleeps(("python3", "crowd.py"), "main")
  thread, wait = recording["threads"][0], recording["waits"][0]
  recording["threads"] += [dict(thread, tid=100 + i, name="w%d" % i, start_ns=i * 10**6)
                           for i in range(threads)]
  recording["waits"] += [dict(wait, thread=1 + i, count=8, total_ns=4 * 10**8, max_ns=5 * 10**7,
                              durations=[])
                         for i in range(threads)]
  for i in range(threads):
    recording["segments"] += [[1 + i, i * 10**6 + k * 10**8, 5 * 10**7, 10**5, 4 * 10**6, 0, 0, 0,
                               0, 0, 0] for k in range(8)]
  return recording


PANE = "document.querySelector('#timeline-pane')"
READOUT = "document.querySelector('#timeline .readout').textContent"
SELECTED_IS_SEEN = """(() => {
  const ink = getComputedStyle(document.body).color.match(/[0-9]+/g).map(Number);
  const canvas = document.querySelector(".sizer canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 0; i < data.length; i += 4)
    if (ink.every((c, k) => data[i + k] === c) && data[i + 3] === 255) return true;
  return false;
})()"""
SCROLL_MS = """(async () => {
  const scroller = document.querySelector("#timeline .scroller"), began = performance.now();
  for (let i = 1; i <= 10; i++) {
    scroller.scrollTop = i * 200;
    await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
  }
  return (performance.now() - began) / 10;
})()"""


def expect_keys_go_through_many():
  """Each key selects a thread, tells of it and scrolls to it."""
  browser.evaluate(PANE + ".focus()")
  told = {}
  for key in ("End", "ArrowDown", "Home", "PageDown", "ArrowDown", "PageUp"):
    browser.key(key)
    told[key] = browser.evaluate(READOUT)
    expect(browser.evaluate(SELECTED_IS_SEEN), "after", key, "nothing is selected in what is shown")
  expect(told["End"].startswith("w1999 ") and told["Home"].startswith("main "), told)
  expect("not known" not in told["Home"], "one state has an order:", told["Home"])
  page = 520 // 3
  expect(told["PageUp"].startswith("w0 "), "from w%d a page back is" % page, told["PageUp"])


def two_thousand_threads_are_no_trouble():
  with folder() as at:
    recording = write(at, "r.json", crowd(2000))
    report = report_of(recording)
    text = json.dumps(report, indent=2)
    page = page_of(recording, at)
    expect(len(text) < 12e6 and page.stat().st_size < 5e6, "the page has", page.stat().st_size)
    began = time.monotonic()
    browser.open(page)
    expect_calm()
    expect_numbers(browser, report)
    print("  2,000 threads: drawn in %.1f s" % (time.monotonic() - began))
    elements = browser.evaluate("document.querySelectorAll('*').length")
    expect(elements < 4000, elements, "elements")
    shown = "document.querySelector('#timeline .toolbar .hint').textContent"
    expect(browser.evaluate(shown).startswith("2,001"), browser.evaluate(shown))
    expect_keys_go_through_many()
    browser.evaluate("""(() => { const i = document.querySelector("#timeline input[type=search]");
      i.value = "w1999"; i.dispatchEvent(new Event("input")); })()""")
    browser.settle()
    expect(browser.evaluate(shown).startswith("1\u00a0thread"), browser.evaluate(shown))
    browser.evaluate("""[...document.querySelectorAll("#threads th button")][0].click()""")
    first = browser.evaluate("document.querySelector('#threads tbody tr').textContent")
    expect("w999" in first, "sorted by name, first is", first)
    print("  scrolled in %.0f ms" % browser.evaluate(SCROLL_MS))
    expect_calm()


with browser:
  main(numbers_are_those_of_the_report, every_rule_is_shown_on_demand,
       flames_and_timeline_show_the_reports_seconds, text_of_the_target_stays_text,
       the_policy_forbids_what_the_page_does_not_do, it_can_be_read_in_light_and_dark,
       it_fits_a_phone, it_prints, it_goes_by_keyboard, two_thousand_threads_are_no_trouble)
