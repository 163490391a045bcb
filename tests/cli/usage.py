#!/usr/bin/python3
"""Wrong usage is told on standard error and exits 2; help and version are not wrong."""
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
  (["rules"], "rules needs"),
  (["rules", "dance"], "dance"),
  (["rules", "explain"], "name of a rule"),
  (["rules", "explain", "nothing"], "no rule of this name"),
  (["rules", "check"], "needs files"),
]


def wrong_usage_is_told():
  for arguments, words in WRONG:
    expect_complaint(run(*arguments), 2, words)


def help_goes_to_standard_output():
  for arguments in (["--help"], ["-h"], ["report", "--help"]):
    result = run(*arguments)
    expect_status(result, 0)
    expect(b"concadvise [OPTIONS] [--] COMMAND" in result.stdout, result.stdout)
    expect(max(map(len, result.stdout.splitlines())) <= 80, "help is wider than 80 columns")
    expect(not result.stderr, result.stderr)


def version_is_one_line():
  result = run("--version")
  expect_status(result, 0)
  expect(result.stdout.startswith(b"concadvise ") and result.stdout.count(b"\n") == 1,
         result.stdout)


main(wrong_usage_is_told, help_goes_to_standard_output, version_is_one_line)
