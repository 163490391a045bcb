#!/usr/bin/python3
"""`concadvise report` on recordings made by hand: formats, statuses, where the report goes."""
import base64
import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import signal
import stat
import struct
import subprocess
import termios
import threading

from cli import (CONCADVISE, SOURCE, expect, expect_complaint, expect_status, folder, main, run,
                 sleeps, write)

try:
  import jsonschema
except ImportError:
  print("python3-jsonschema is not installed")
  raise SystemExit(77)

HOSTILE = "\x1b]0;owned\x07\n\u202e\x9b31m"


def text_has_the_verdict():
  with folder() as at:
    result = run("report", write(at, "r.json", sleeps()))
    expect_status(result, 0)
    expect(b"Use threads: 5 would finish in about" in result.stdout, result.stdout.decode())
    expect(b"ThreadPoolExecutor(max_workers=5)" in result.stdout, result.stdout.decode())
    expect(b"5 sleeps of 994 ms, one after another" in result.stdout, result.stdout.decode())
    expect(b"Assumed: It sleeps for a time" in result.stdout, result.stdout.decode())
    expect(not result.stderr, result.stderr)


def options_stand_before_and_behind():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    for arguments in (["--json", "report", path], ["report", "--json", path],
                      ["report", path, "--json"], ["report", "-f", "json", "--", path]):
      result = run(*arguments)
      expect_status(result, 0)
      expect(json.loads(result.stdout)["schema"] == "concadvise.report/1", arguments)


def the_schema_is_printed_and_is_one():
  result = run("--schema")
  expect_status(result, 0)
  expect(result.stdout == (SOURCE / "docs/report.schema.json").read_bytes(), "not the one of docs")
  jsonschema.Draft202012Validator.check_schema(json.loads(result.stdout))


def json_follows_the_schema():
  schema = jsonschema.Draft202012Validator(json.loads(run("--schema").stdout))
  attached = sleeps()
  attached["target"].update(mode="attach", command=None, exit_status=None)
  empty = sleeps()
  for key in ("processes", "runtimes", "threads", "waits"):
    empty[key] = []
  recordings = [sleeps(), sleeps(wall_s=0.05), sleeps((HOSTILE,), HOSTILE), attached, empty]
  with folder() as at:
    for recording in recordings:
      for more in ([], ["--explain"]):
        result = run("report", "--json", *more, write(at, "r.json", recording))
        expect_status(result, 0)
        schema.validate(json.loads(result.stdout))


def the_schema_refuses_what_is_none():
  """A schema that accepts everything would prove nothing."""
  schema = jsonschema.Draft202012Validator(json.loads(run("--schema").stdout))
  with folder() as at:
    text = run("report", "--json", write(at, "r.json", sleeps())).stdout
  for spoil in (lambda r: r.pop("waits"), lambda r: r.update(more=1),
                lambda r: r["recommendation"].update(model="fibers"),
                lambda r: r["time"]["share"].update(cpu_user=2),
                lambda r: r["threads"][0].update(role="boss"),
                lambda r: r["predictions"][0].pop("capacity")):
    report = json.loads(text)
    spoil(report)
    expect(not schema.is_valid(report), "accepts a spoilt report")


def hostile_text_steers_no_terminal():
  with folder() as at:
    path = write(at, "r.json", sleeps((HOSTILE, HOSTILE), HOSTILE))
    for arguments in (["-v"], ["--json"], ["-v", "--explain"]):
      output = run("report", *arguments, path, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
      found = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", output.decode())
      expect(not found, arguments, "prints", found and found.group().encode())
    command = json.loads(run("report", "--json", path).stdout)["target"]["command"]
    expect(command == [HOSTILE, HOSTILE], "JSON lost the text:", command)


def a_page_is_whole_and_has_the_report_in_it():
  """Without a browser; tests/html looks at it in one."""
  with folder() as at:
    path = write(at, "r.json", sleeps(("</script><script>x</script>", HOSTILE), HOSTILE))
    page = run("report", "-f", "html", "--explain", path).stdout.decode()
    scripts = re.findall("<script([^>]*)>(.*?)</script>", page, re.S)
    expect(len(scripts) == 2 and page.count("<script") == 2, "scripts:", page.count("<script"))
    expect(json.loads(scripts[0][1]) == json.loads(run("report", "--json", "--explain", path).stdout),
           "another report")
    expect("@@" not in page, "a place was not filled")
    style = re.search("<style>(.*?)</style>", page, re.S).group(1)
    for kind, text in (("script", scripts[1][1]), ("style", style)):
      digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
      expect("%s-src 'sha256-%s'" % (kind, digest) in page, "the policy forbids its own", kind)
    expect(not re.search("(src|href)=.https?:|url\\(|@import", page.replace(scripts[0][1], "")),
           "needs a network")


def colour_is_asked_for():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    colours = lambda *more, **env: b"\x1b[" in run("report", *more, path,
                                                   env={**plain, **env}).stdout
    expect(not colours(), "colours a pipe")
    expect(colours("--color", "always"), "always is not always")
    expect(colours("--color", "always", NO_COLOR="1"), "an option is stronger than NO_COLOR")
    expect(not colours("--color=never"), "never is not never")


def on_a_terminal(path, *arguments, columns=70, **env):
  """What `report` writes to a terminal of so many columns."""
  ours, theirs = pty.openpty()
  fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
  base = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
  program = subprocess.Popen([CONCADVISE, "report", *arguments, str(path)], stdout=theirs,
                             env={**base, "TERM": "xterm", **env})
  os.close(theirs)
  text = b""
  try:
    while True:
      text += os.read(ours, 65536)
  except OSError:  # the terminal is closed
    pass
  os.close(ours)
  expect(program.wait() == 0, "status", program.returncode)
  return text


def a_terminal_gets_colour_and_its_width():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    text = on_a_terminal(path, LC_ALL="C")
    expect(b"\x1b[1m" in text, "no colour on a terminal")
    bare = re.sub(rb"\x1b\[[0-9;]*m", b"", text)
    paragraphs = bare.split(b"Where the time went")[0].splitlines()
    expect(max(map(len, paragraphs)) <= 70, paragraphs)
    for refusal in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
      expect(b"\x1b" not in on_a_terminal(path, **refusal), "colour in spite of", refusal)
    expect(b"\x1b" in on_a_terminal(path, NO_COLOR=""), "an empty NO_COLOR asks for nothing")


NARROW = ("fetch", "gunicorn", "mutex_convoy", "nginx", "blocking_loop", "true")


def no_line_is_longer_than_a_narrow_terminal():
  """But for code, which is to be copied, and words that are longer by themselves."""
  for name in NARROW:
    path = SOURCE / "tests" / "golden" / (name + ".json")
    for columns in (40, 60, 100):
      text = on_a_terminal(path, *(["--cpus", "8"] if columns == 60 else []), columns=columns,
                           NO_COLOR="1", LC_ALL="C.UTF-8").decode()
      steps = re.search("\r\nWhat to do.*?\r\n\r\n", text, re.S)
      text = text.replace(steps[0], "") if steps else text
      long = [line for line in text.split("\r\n") if len(line) > columns
              and max(map(len, line.split())) < columns - 8]
      expect(not long, name, columns, long)


def without_utf8_it_stays_ascii():
  with folder() as at:
    path = write(at, "r.json", sleeps(("caf\u00e9",)))
    ascii_ = run("report", "-v", path, env={**os.environ, "LC_ALL": "C"}).stdout
    expect(max(ascii_) < 128, "beyond ASCII in the C locale")
    expect(b"caf\\xe9" in ascii_ and b"####" in ascii_, ascii_.decode())


FORMATS = ("text", "html", "json", "markdown", "sarif", "github", "gitlab", "junit", "folded",
           "speedscope", "chrome")


def said(name, text):
  """JSON without its layout, and without what only --explain adds."""
  if name not in ("json", "sarif", "gitlab", "speedscope", "chrome"):
    return text
  told = json.loads(text)
  return {**told, "considered": None} if name == "json" else told


def a_report_is_told_in_every_form():
  """What was kept in JSON says the same as the recording that it was made from."""
  golden = [SOURCE / "tests/golden" / (name + ".json") for name in ("blocking_loop", "gather")]
  with folder() as at:
    apart = {write(at, "r.json", sleeps((HOSTILE,), HOSTILE)): (["-v"], ["--explain"])}
    for recording, ways in {**apart, **dict.fromkeys(golden, (["-v", "--explain"],))}.items():
      kept = write(at, "report.json", run("report", "--json", "--explain", recording).stdout.decode())
      for name in FORMATS:
        for more in ways:
          told, made = (run("report", "-f", name, *more, path) for path in (kept, recording))
          expect_status(told, 0)
          if name != "html" or "--explain" in more:
            expect(said(name, told.stdout) == said(name, made.stdout), "another", name, *more,
                   "of", recording)


def a_report_is_gated_as_its_recording_is():
  with folder() as at:
    kept = write(at, "report.json", run("report", "--json", write(at, "r.json", sleeps())).stdout.decode())
    expect_status(run("report", "--fail-on", "warning", kept), 3)
    expect_status(run("report", "--fail-on", "critical", kept), 0)
    with open(kept, "rb") as pipe:
      expect_status(run("report", "/dev/stdin", input=pipe.read()), 0)


def a_report_tells_nothing_new():
  with folder() as at:
    kept = write(at, "report.json", run("report", "--json", write(at, "r.json", sleeps())).stdout.decode())
    for words in (["--cpus", "8"], ["--workers", "3"], ["--operations", "x3"], ["--rules", SOURCE / "rules"], ["--explain"]):
      expect_complaint(run("report", *words, kept), 2, str(kept), words[0], "needs the recording")


def a_report_of_a_stranger_steers_no_terminal():
  """Every text in it is hostile, in places where ours has a fixed word too; or it is hardly one."""
  def spoil(value):
    if isinstance(value, dict):
      return {key: spoil(part) for key, part in value.items()}
    if isinstance(value, list):
      return [spoil(part) for part in value]
    return HOSTILE + "<b>" if isinstance(value, str) else value

  with folder() as at:
    made = json.loads(run("report", "--json", "--explain", SOURCE / "tests/golden/blocking_loop.json").stdout)
    for report in (spoil(made), {}, {key: [None, {}, [], "", 7] for key in made},
                   {key: {"threads": [{}], "rows": 3, "median": -1} for key in made}):
      report["schema"] = "concadvise.report/1"
      kept = write(at, "report.json", report)
      more = ["--explain"] if isinstance(report.get("considered"), list) else []
      for name in FORMATS:
        result = run("report", "-f", name, "-v", *more, kept,
                     env={**os.environ, "LC_ALL": "C.UTF-8"})
        expect_status(result, 0)
        found = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", result.stdout.decode())
        expect(not found, name, "prints", found and found.group().encode())
        if name == "junit":
          expect("<b>" not in result.stdout.decode(), "markup of the report")


def findings_fail_on_demand():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    for level, status in (("info", 3), ("warning", 3), ("critical", 0)):
      result = run("report", "--fail-on", level, path)
      expect_status(result, status)
      expect(b"Use threads" in result.stdout, "no report")


def quiet_verbose_and_explain():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    quiet, usual, verbose = (run("report", *more, path).stdout for more in (["-q"], [], ["-v"]))
    expect(b"Use threads" in quiet and len(quiet) < len(usual) < len(verbose), "lengths")
    explained = run("report", "-q", "--explain", path).stdout.decode()
    expect("waits-to-threads" in explained and "asked" in explained, explained)


def bad_recordings_are_refused():
  with folder() as at:
    whole = json.dumps(sleeps())
    for number, text in enumerate(["", "{}", "nonsense", whole[:-1], whole[:len(whole) // 2],
                                   whole + "x", "[" * 100000, whole.replace("/1", "/9", 1)]):
      path = write(at, "bad.json", text)
      expect_complaint(run("report", path), 125, str(path))
    expect_complaint(run("report", at + "/absent"), 125, "No such file")
    expect_complaint(run("report", at), 125)


def a_file_is_replaced_and_keeps_its_mode():
  with folder() as at:
    path, out = write(at, "r.json", sleeps()), write(at, "out", "old")
    os.chmod(out, 0o640)
    link = os.path.join(at, "link")
    os.symlink("out", link)
    result = run("report", "-o", link, path)
    expect_status(result, 0)
    expect(not result.stdout and not result.stderr, "prints beside the file")
    expect("Use threads" in out.read_text(), "not written through the link")
    expect(os.path.islink(link), "the link was replaced")
    expect(stat.S_IMODE(out.stat().st_mode) == 0o640, "mode", oct(out.stat().st_mode))
    expect(sorted(os.listdir(at)) == ["link", "out", "r.json"], os.listdir(at))


def a_full_disk_keeps_the_old_file():
  def fill():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

  with folder() as at:
    path, out = write(at, "r.json", sleeps()), write(at, "out", "old")
    expect_complaint(run("report", "-o", out, path, preexec_fn=fill), 125, "cannot write the report")
    expect(out.read_text() == "old", "the old report is gone")
    expect(sorted(os.listdir(at)) == ["out", "r.json"], os.listdir(at))
    expect_complaint(run("report", "-o", "/dev/full", path), 125, "No space left")


def output_may_be_no_regular_file():
  with folder() as at:
    path, fifo = write(at, "r.json", sleeps()), os.path.join(at, "fifo")
    os.mkfifo(fifo)
    read = []
    reader = threading.Thread(target=lambda: read.append(open(fifo).read()), daemon=True)
    reader.start()
    expect_status(run("report", "-o", fifo, path), 0)
    reader.join(10)
    expect("Use threads" in read[0], "nothing came through the FIFO")
    for name in ("-", "/dev/stdout"):
      result = run("report", "-o", name, path)
      expect_status(result, 0)
      expect(b"Use threads" in result.stdout, name)


def places_that_cannot_be_written_are_told_first():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    for out in (at, os.path.join(at, "no/such/folder")):
      expect_complaint(run("report", "-o", out, path), 125, "cannot write " + out)
      expect_complaint(run("-o", out, "--", "sh", "-c", "echo ran"), 125, "cannot write " + out)
      expect_complaint(run("--record", out, "--", "sh", "-c", "echo ran"), 125, out)


main(text_has_the_verdict, a_terminal_gets_colour_and_its_width,
     no_line_is_longer_than_a_narrow_terminal, options_stand_before_and_behind, the_schema_is_printed_and_is_one,
     json_follows_the_schema, the_schema_refuses_what_is_none, hostile_text_steers_no_terminal, a_page_is_whole_and_has_the_report_in_it,
     colour_is_asked_for, without_utf8_it_stays_ascii, a_report_is_told_in_every_form,
     a_report_is_gated_as_its_recording_is, a_report_tells_nothing_new,
     a_report_of_a_stranger_steers_no_terminal, findings_fail_on_demand,
     quiet_verbose_and_explain, bad_recordings_are_refused, a_file_is_replaced_and_keeps_its_mode,
     a_full_disk_keeps_the_old_file, output_may_be_no_regular_file,
     places_that_cannot_be_written_are_told_first)
