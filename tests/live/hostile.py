#!/usr/bin/env python3
"""Text that a target chooses reaches nobody's terminal, breaks no format and loses no recording.

The target is programs/hostile.py, and a native program whose symbols are such.
"""
import json
import os
import re
import subprocess
import sys

import live

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f]")
WORDS = [b"\x1b[2J\x1b]0;owned\x07", b"\xff\xfe", b"\xe2\x80\xae", b"%s%n%p", b'"}]', b"</script>",
         b"line\r\nline", b"{program}[[{wait.object}]]", b"", b"a\tb"]

NATIVE = """
#include <time.h>
volatile int n;
__attribute__((noinline)) void spin(void)
{
  struct timespec t;
  do { for (int i = 0; i < 1000; i++) n += i; clock_gettime(CLOCK_MONOTONIC, &t); }
  while (t.tv_nsec < 900000000);
}
int main(void) { for (int i = 0; i < 3; i++) { spin(); nanosleep(&(struct timespec){0, 150000000}, 0); } }
"""


def formats():
  """As the tool names them when it is asked for one that there is not."""
  told = subprocess.run([live.TOOL, "-f", "no-such", "true"], stderr=subprocess.PIPE).stderr.decode()
  return re.findall(r"[\w-]+", told[told.rindex("there is") + len("there is"):])


def harmless(what, text):
  """UTF-8 without controls, and nothing that was taken for a format or a template."""
  found = CONTROLS.search(text.decode("utf-8"))
  assert not found, "%s: %r in %r" % (what, found.group(), text.decode()[max(0, found.start() - 40):][:80])


def format_check(name, text):
  harmless(name, text)
  if name.startswith("html"):
    assert b"<img src=x" not in text and text.count(b"</script>") == text.count(b"<script"), name
  elif b"{" in text[:1]:
    json.loads(text)


def reports(recording):
  """In every format, in a locale with and without UTF-8, as short and as long as it gets."""
  made = {}
  for name in formats():
    for locale in ("C.UTF-8", "C"):
      for more in ([], ["-v", "--explain"]):
        done = subprocess.run([live.TOOL, "report", "-f", name, *more, recording],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "LC_ALL": locale}, timeout=live.TIMEOUT_S)
        assert done.returncode == 0 and not done.stderr, "%s: %s" % (name, done.stderr)
        format_check(name, done.stdout)
        made.setdefault(name, done.stdout)
  return made


def texts_of(value):
  if isinstance(value, dict):
    for inner in value.values():
      yield from texts_of(inner)
  elif isinstance(value, list):
    for inner in value:
      yield from texts_of(inner)
  elif isinstance(value, str):
    yield value


@live.case
def python_program():
  folder = live.path_new("here")
  os.mkdir(folder)
  program, recording = live.PROGRAMS / "hostile.py", live.path_new("recording")
  done = subprocess.run([live.TOOL, "-v", "--explain", "--record", recording, "--", sys.executable,
                         str(program), folder, *WORDS],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=live.TIMEOUT_S)
  assert done.returncode == 0, done.stderr[-2000:]
  assert not done.stdout, done.stdout
  harmless("what was printed", done.stderr)
  with open(recording, encoding="utf-8") as file:
    measured = json.load(file)
  assert measured["target"]["command"][3:] == [w.decode("utf-8", "replace") for w in WORDS], \
      measured["target"]["command"]
  text = " ".join(texts_of(measured))
  for part in ("\x1b]0;owned", "\u202e", "%s%n", "</script>", "compute", "receive"):
    assert part in text, "%r was not met: the test tests nothing" % part
  report = json.loads(reports(recording)["json"])
  live.report_check(report)
  assert report["target"]["command"] == measured["target"]["command"], report["target"]
  assert {t["name"] for t in report["threads"]} == {t["name"] for t in measured["threads"]}


@live.case
def native_symbols():
  folder = live.path_new("native")
  os.mkdir(folder)
  source, plain = folder + "/n.c", folder + "/plain"
  program = os.path.join(os.fsencode(folder), b"p\x1b[31m\xff\n%n")
  with open(source, "w", encoding="ascii") as file:
    file.write(NATIVE)
  subprocess.run(["cc", "-O1", "-o", plain, source], check=True)
  subprocess.run([b"objcopy", b"--redefine-sym", b"spin=\x1b[31m\xffspin%s%n\r", os.fsencode(plain),
                  program], check=True)
  recording = live.path_new("recording")
  done = subprocess.run([live.TOOL, "-v", "--record", recording, "--", program],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=live.TIMEOUT_S)
  assert done.returncode == 0, done.stderr[-2000:]
  harmless("what was printed", done.stderr)
  with open(recording, encoding="utf-8") as file:
    assert "spin%s%n" in " ".join(texts_of(json.load(file)))
  reports(recording)


@live.case
def command_that_is_not_there():
  done = subprocess.run([live.TOOL, b"no-such\x1b[31m\x07\n\xff"], stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
  assert done.returncode == 127, done.returncode
  harmless("the complaint", done.stderr)


live.main()
