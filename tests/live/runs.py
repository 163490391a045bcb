#!/usr/bin/env python3
"""--runs: every run is measured, the median one is reported, and the command's failure is passed on."""
import subprocess

import live

SLEEPS = "import time, sys; [time.sleep(.02) for _ in range(40)]"


@live.case
def the_median_of_three_is_reported_with_the_spread():
  with open(live.path_new("marks"), "a+") as marks:
    run = live.tool_run(["--runs", 3, "--", "python3", "-c", SLEEPS +
                         "; open(%r, 'a').write('x')" % marks.name])
    assert run.status == 0, run.stderr
    assert marks.read() == "xxx", "not three runs"
  live.schema_validator().validate(run.report)
  runs = run.report["runs"]
  walls = [row["wall_s"] for row in runs["rows"]]
  assert runs["count"] == 3 == len(walls), runs
  assert run.report["window"]["wall_s"] == sorted(walls)[1] == walls[runs["median"]], runs
  assert runs["wall_s"] == {"min": min(walls), "median": sorted(walls)[1], "max": max(walls)}, runs
  assert min(walls) > 0.8 and all(row["exit_status"] == 0 for row in runs["rows"]), runs


@live.case
def one_run_has_no_spread():
  assert live.tool_run(["--", "true"]).report["runs"] is None


@live.case
def the_first_failure_is_the_status():
  path = live.path_new("count")
  script = "echo x >>%s; exit $(wc -l <%s)" % (path, path)
  run = live.tool_run(["--runs", 3, "--", "sh", "-c", script])
  assert run.status == 1, run.status
  assert [row["exit_status"] for row in run.report["runs"]["rows"]] == [1, 2, 3], run.report["runs"]


@live.case
def a_signal_ends_the_series():
  path = live.path_new("count")
  run = live.tool_run(["--runs", 5, "--", "sh", "-c", "echo x >>%s; kill -TERM $$" % path])
  assert run.status == 128 + 15, run.status
  assert open(path).read() == "x\n", "it went on"
  assert run.report["runs"]["count"] == 1, run.report["runs"]


@live.case
def every_run_gets_sigpipe_as_we_did():
  script = "grep SigIgn /proc/self/status"
  run = live.tool_run(["--runs", 2, "--", "sh", "-c", script], restore_signals=True)
  ignored = {int(line.split()[1], 16) for line in run.stdout.splitlines()}
  assert len(ignored) == 1 and not ignored.pop() & 1 << 12, run.stdout


@live.case
def a_command_that_is_not_there_is_tried_once():
  done = subprocess.run([live.TOOL, "--runs", "4", "--", "/no/such"], capture_output=True)
  assert done.returncode == 127, done.returncode
  assert done.stderr.count(b"cannot execute") == 1, done.stderr


live.main()
