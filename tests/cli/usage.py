#!/usr/bin/python3
"""Wrong usage is told on standard error and exits 2; help and version are not wrong."""
import re

from cli import expect, expect_complaint, expect_status, main, run

WRONG = [
  ([], "COMMAND"),
  (["--"], "COMMAND"),
  ([""], "empty"),
  (["--nonsense", "true"], "nonsense"),
  (["-p"], "requires an argument"),
  (["-p", "abc"], "-p needs process numbers"),
  (["-p", "12,"], "-p needs process numbers"),
  (["-p", ",12"], "-p needs process numbers"),
  (["-p", "0"], "-p needs process numbers"),
  (["-p", "-5"], "-p needs process numbers"),
  (["-p", "99999999999999999999"], "-p needs process numbers"),
  (["-p", "1", "true"], "not both"),
  (["-d", "0", "true"], "-d needs a number"),
  (["-d", "-1", "true"], "-d needs a number"),
  (["-d", "nan", "true"], "-d needs a number"),
  (["-d", "1s", "true"], "-d needs a number"),
  (["-d", "inf", "true"], "-d needs a number"),
  (["-F", "x", "true"], "-F needs samples"),
  (["-f", "xml", "true"], "there is no format \"xml\""),
  (["-o", "", "true"], "-o needs a file"),
  (["--fail-on", "error", "true"], "--fail-on needs"),
  (["--color", "maybe", "true"], "--color needs"),
  (["-p", "1", "--user"], "--user has no meaning with -p"),
  (["report"], "needs a RECORDING"),
  (["report", "a", "b"], "one RECORDING"),
  (["report", "-d", "1", "a"], "--duration has no meaning with report"),
  (["report", "--record", "b", "a"], "--record has no meaning with report"),
  (["--schema", "true"], "stands alone"),
  (["--help=some"], "--help=all"),
  (["top"], "top needs a process"),
  (["top", "-p", "1", "true"], "top looks at processes"),
  (["top", "-p", "1", "-f", "json"], "--format has no meaning with top"),
  (["-p", "1", "--once"], "--once has no meaning with -p"),
  (["rules"], "rules needs"),
  (["rules", "dance"], "dance"),
  (["rules", "explain"], "name of a rule"),
  (["rules", "explain", "nothing"], "rules list"),
  (["rules", "check"], "needs files"),
]


def wrong_usage_is_told():
  for arguments, words in WRONG:
    expect_complaint(run(*arguments), 2, words)


def help_of(*arguments):
  result = run(*arguments)
  expect_status(result, 0)
  expect(max(map(len, result.stdout.splitlines())) <= 80, "help is wider than 80 columns")
  expect(not result.stderr, result.stderr)
  return result.stdout.decode()


def help_fits_a_screen_and_shows_the_three_commands():
  for arguments in (["--help"], ["-h"]):
    text = help_of(*arguments)
    expect(text.count("\n") < 24, "with the prompt below it, help has", text.count("\n"), "lines")
    for command in ("concadvise -- COMMAND", "concadvise -p PID", "concadvise report RECORDING"):
      expect(command in text, command, "is not in", text)


def help_of_a_subcommand_is_its_own():
  for name, own, not_its_own in (("top", "--once", "--record"), ("report", "--cpus", "--once"),
                                 ("diff", "BASE NEW", "--fail-on"), ("rules", "check", "--pid")):
    text = help_of(name, "--help")
    expect(text.count("\n") < 24, "with the prompt below it, help has", text.count("\n"), "lines")
    for words in ("concadvise " + name, own, "man concadvise-" + name):
      expect(words in text, words, "is not in", text)
    expect(not_its_own not in text, not_its_own, "is in", text)


def help_has_all_on_demand():
  text = help_of("--help=all")
  expect("concadvise [OPTIONS] [--] COMMAND" in text, text)
  shown = set(re.findall(r"--[a-z-]+", help_of("--help"))) - {"--help"}
  expect(all("  %s" % option in text or ", %s" % option in text for option in shown), shown, text)


def version_is_one_line():
  result = run("--version")
  expect_status(result, 0)
  expect(result.stdout.startswith(b"concadvise ") and result.stdout.count(b"\n") == 1,
         result.stdout)


main(wrong_usage_is_told, help_fits_a_screen_and_shows_the_three_commands, help_has_all_on_demand,
     help_of_a_subcommand_is_its_own, version_is_one_line)
