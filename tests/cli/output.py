#!/usr/bin/python3
"""Statuses and output under a shell, of every format, whether a command is launched, a process
attached to or a recording read: in a pipe that closes early, on a full disk, under set -e.

Measured by /proc: that needs no privilege."""
import os
import subprocess
import sys

from cli import CONCADVISE, expect, folder, main, run, sleeps, write

LAUNCH = '--backend proc -- sh -c "sleep 0.15; exit %d"'
FULL = b"No space left on device"


def bash(script, **variables):
  return subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        timeout=300, env={**os.environ, "CONCADVISE": CONCADVISE, **variables})


def formats():
  told = run("report", "-f", "none", "x").stderr.decode()
  names = told.rpartition("there is ")[2].replace(",", " ").split()
  expect("text" in names and "speedscope" in names and len(names) > 9, told)
  return names


class Ways:
  """The three ways to a report, as words behind the program's name, and their statuses."""
  def __enter__(self):
    self.folder = folder()
    recording = write(self.folder.name, "r.json", sleeps())
    self.target = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    self.ways = (("report %s" % recording, 0), (LAUNCH % 0, 0), (LAUNCH % 7, 7),
                 ("--backend proc -p %d -d 0.1" % self.target.pid, 0))
    return self.ways

  def __exit__(self, *_):
    self.target.kill()
    self.target.wait()
    self.folder.cleanup()


def pairs(ways):
  """Every format read from a recording, and in turn launched and attached to: that takes longer."""
  for i, form in enumerate(formats()):
    yield form, *ways[0]
    yield form, *ways[1 + i % 3]


def a_pipe_that_closes_early_changes_no_status():
  with Ways() as ways:
    for form, words, status in pairs(ways):
      reader = "true" if words == ways[0][0] else "head -n 1"
      result = bash('"$CONCADVISE" -v -f %s -o - %s | %s >/dev/null; echo ${PIPESTATUS[0]}' %
                    (form, words, reader))
      expect(result.stdout == b"%d\n" % status, form, words, result.stdout, result.stderr)
      expect(b"cannot write" not in result.stderr, form, words, result.stderr)


def a_full_output_is_told():
  """125: nobody may take for a good run what left no report."""
  with Ways() as ways:
    for form, words, _ in pairs(ways):
      result = bash('"$CONCADVISE" -f %s -o - %s >/dev/full' % (form, words))
      expect(result.returncode == 125, form, words, result.returncode, result.stderr)
      expect(FULL in result.stderr and b"cannot write" in result.stderr, form, words,
             result.stderr)
    for words, _ in ways:
      result = bash('"$CONCADVISE" -o /dev/full %s' % words)
      expect(result.returncode == 125 and FULL in result.stderr, words, result.returncode)
    # On standard error, where the complaint would go too.
    result = bash('"$CONCADVISE" %s 2>/dev/full' % ways[1][0])
    expect(result.returncode == 125, result.returncode)
    for words, _ in ways[1:]:
      result = bash('"$CONCADVISE" --record /dev/full -o /dev/null %s' % words)
      expect(result.returncode == 125 and FULL in result.stderr, words, result.returncode,
             result.stderr)


def what_is_no_report_behaves_alike():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    for words in ("diff %s %s" % (path, path), "diff --json %s %s" % (path, path), "--schema",
                  "--version", "--help", "--help=all", "rules list", "rules metrics",
                  "rules explain lock-bound"):
      result = bash('"$CONCADVISE" %s >/dev/full' % words)
      expect(result.returncode == 125, words, result.returncode)
      expect(b"cannot write" in result.stderr, words, result.stderr)
      result = bash('"$CONCADVISE" %s | true; echo ${PIPESTATUS[0]}' % words)
      expect(result.stdout == b"0\n" and not result.stderr, words, result.stdout, result.stderr)


def set_e_ends_at_a_failure_and_nowhere_else():
  with Ways() as ways:
    script = 'set -euo pipefail; "$CONCADVISE" -q %s %s >/dev/null; echo passed'
    for form, words, status in pairs(ways):
      result = bash(script % ("-o - -f " + form, words))
      expect(result.returncode == status, form, words, result.returncode, result.stderr)
      expect((result.stdout == b"passed\n") == (status == 0), form, words, result.stdout)
    fired = bash(script % ("--fail-on info", ways[0][0]))
    expect(fired.returncode == 3 and not fired.stdout, fired.returncode, fired.stdout)
    # What a command fails with is what the script is to hear of.
    for words, status in ways[1:3]:
      result = bash(script % ("-o - --fail-on info", words))
      expect(result.returncode == (status or result.returncode), words, result.returncode)
    result = bash('set -eo pipefail; "$CONCADVISE" %s | head -n 1; echo on' % ways[0][0])
    expect(result.stdout.endswith(b"on\n"), result.stdout, result.stderr)


def the_commands_own_output_is_untouched():
  for form in ("text", "json", "chrome"):
    result = bash('"$CONCADVISE" --backend proc -f %s -- sh -c "echo own; echo other >&2"' % form)
    expect(result.stdout == b"own\n", form, result.stdout)
    expect(b"other\n" in result.stderr and len(result.stderr) > 100, form, result.stderr[:200])


main(a_pipe_that_closes_early_changes_no_status, a_full_output_is_told,
     what_is_no_report_behaves_alike, set_e_ends_at_a_failure_and_nowhere_else,
     the_commands_own_output_is_untouched)
