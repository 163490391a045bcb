#!/usr/bin/python3
"""What fails a build: --fail-on, --expect, --policy and diff, and the examples of docs."""
import json
import os
import pathlib
import re
import subprocess

from cli import (CONCADVISE, SOURCE, expect, expect_complaint, expect_status, folder, main, run,
                 sleeps, write)

try:
  import yaml
except ImportError:
  print("python3-yaml is not installed")
  raise SystemExit(77)

CI = SOURCE / "docs" / "examples" / "ci"
POLICY = {"schema": "concadvise.policy/1"}


def fail_on_says_why():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    fired = run("report", "--fail-on", "warning", "-q", path)
    expect_status(fired, 3)
    expect(fired.stderr == b"concadvise: --fail-on warning: waits-to-threads: Waits follow one "
           b"another that could overlap (warning)\n", fired.stderr)
    passed = run("report", "--fail-on", "critical", "-q", path)
    expect_status(passed, 0)
    expect(not passed.stderr, passed.stderr)


def expect_fails_on_a_change_to_another_model():
  with folder() as at:
    path, little = write(at, "r.json", sleeps()), write(at, "l.json", sleeps(wall_s=0.05))
    for model, status in (("threads", 0), ("processes", 3), ("sequential", 3)):
      result = run("report", "-q", "--expect", model, path)
      expect_status(result, status)
      expect((b"the verdict is to change to threads" in result.stderr) == (status == 3),
             result.stderr)
    result = run("report", "-q", "--expect", "sequential", little)
    expect_status(result, 0)
    expect(b"not enough was seen" in result.stderr, result.stderr)
    expect_complaint(run("report", "--expect", "fibers", path), 2, "--expect needs")


def judged(at, recording, **policy):
  return run("report", "-q", "--policy", write(at, "p.json", {**POLICY, **policy}), recording)


def a_policy_has_levels_by_rule():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    name = "waits-to-threads"
    for policy, status, word in (
        ({}, 0, ""), ({"default": "warn"}, 0, "warning: " + name),
        ({"default": "error"}, 3, "error: " + name), ({"rules": {name: "error"}}, 3, "error: "),
        ({"rules": {name: "warn"}}, 0, "warning: "),
        ({"default": "error", "rules": {name: "off"}}, 0, ""),
        ({"rules": {name: ["error", {"threads.speedup": {"max": 2}}]}}, 3, "error: "),
        ({"rules": {name: ["error", {"threads.speedup": {"max": 100}}]}}, 0, ""),
        ({"rules": {name: ["error", {"threads.speedup": {"min": 100}}]}}, 3, "error: "),
        ({"numbers": {"window.wall_s": ["error", {"max": 1}]}}, 3, "window.wall_s is 5, above 1"),
        ({"numbers": {"window.wall_s": ["error", {"min": 9}]}}, 3, "window.wall_s is 5, below 9"),
        ({"numbers": {"window.wall_s": ["warn", {"max": 1}]}}, 0, "warning: "),
        ({"numbers": {"window.wall_s": ["error", {"max": 6}]}}, 0, ""),
        ({"numbers": {"host.cpu_quota": ["error", {"max": 1}]}}, 0, "")):
      result = judged(at, path, **policy)
      expect_status(result, status)
      text = result.stderr.decode()
      expect(word in text if word else not text, policy, text)


def bad_policies_are_refused_before_the_command_runs():
  with folder() as at:
    path = write(at, "r.json", sleeps())
    for policy, words in (
        ({"schema": "x"}, "concadvise.policy/1"), ({"default": "fail"}, "none of off, warn, error"),
        ({"rules": {"no-such": "off"}}, "no rule \"no-such\""),
        ({"rules": {"gil-bound": 3}}, "expected a level"),
        ({"rules": {"gil-bound": ["warn", {"nonsense": {"max": 1}}]}}, "no metric \"nonsense\""),
        ({"rules": {"waits-to-threads": ["warn", {"now.wall_s": {"max": 1}}]}}, "does not test"),
        ({"rules": {"waits-to-threads": ["warn", {"threads.speedup": {}}]}}, "\"min\" or a \"max\""),
        ({"rules": {"waits-to-threads": ["warn", {"threads.speedup": {"top": 1}}]}}, "\"top\""),
        ({"numbers": {"window.wall_s": "warn"}}, "expected [level"), ({"more": 1}, "\"more\"")):
      expect_complaint(judged(at, path, **policy), 125, "p.json", words)
    for text in ("", "[]", "{", "{} x", "{\"schema\": \"\0\"}", "[" * 5000, " " * (2 << 20)):
      expect_complaint(run("report", "--policy", write(at, "p.json", text), path), 125, "p.json")
    expect_complaint(run("report", "--policy", at + "/absent", path), 125, "No such file")
    ran = run("--policy", at + "/absent", "--", "touch", at + "/ran")
    expect_status(ran, 125)
    expect(not os.path.exists(at + "/ran"), "the command ran")


def several(report, walls, key="wall_s"):
  """A report as of so many runs."""
  report = json.loads(json.dumps(report))
  row = lambda s: {"wall_s": s, "cpu_s": 0.03, "lock_s": 0, "loop_lag_s": None, "run_queue_s": 0}
  middle = sorted(walls)[len(walls) // 2]
  report["window"]["wall_s"] = middle
  report["runs"] = {"rows": [row(s) for s in walls], "cpu_s": None, "lock_s": None,
                    "wall_s": {"min": min(walls), "median": middle, "max": max(walls)}}
  return report


def diffed(at, base, new, *more):
  return run("diff", *more, write(at, "base.json", base), write(at, "new.json", new))


def diff_fails_beyond_the_noise_only():
  with folder() as at:
    report = json.loads(run("report", "--json", write(at, "r.json", sleeps())).stdout)
    for base, new, status, words in (
        ([5], [5], 0, "No change beyond"), ([5], [6.4], 0, "No change"), ([5], [6.6], 3, "Worse"),
        ([5], [3], 0, "Better"),
        ([5, 5.1, 5.2], [6, 6.1, 6.2], 3, "Worse"), ([5, 5.1, 6.1], [6, 6.1, 6.2], 0, "No change"),
        ([5, 5.1, 5.2], [5.3, 5.5, 5.6], 0, "No change"),  # apart, but as two series can be
        ([6, 6.1, 6.2], [5, 5.05, 5.1], 0, "Better"),
        ([5, 5.1], [6, 6.1, 6.2], 0, "assumed")):
      sides = [several(report, w) if len(w) > 1 else {**report, "window": {**report["window"],
               "wall_s": w[0]}} for w in (base, new)]
      result = diffed(at, *sides)
      expect_status(result, status)
      expect(words in result.stdout.decode(), base, new, result.stdout.decode())
      told = json.loads(diffed(at, *sides, "--json").stdout)
      expect(told["schema"] == "concadvise.diff/1" and told["worse"] == (status == 3), told)
      expect(told["noise"] == ("measured" if min(len(base), len(new)) > 2 else "assumed"), told)
      wall = told["figures"][0]
      expect(abs(wall["change"] - (sides[1]["window"]["wall_s"] / sides[0]["window"]["wall_s"] - 1))
             < 1e-6, wall)


def diff_reads_recordings_and_reports_alike():
  with folder() as at:
    recording = write(at, "r.json", sleeps())
    report = write(at, "report.json", run("report", "--json", recording).stdout.decode())
    for base, new in ((recording, recording), (recording, report), (report, recording)):
      expect_status(run("diff", base, new), 0)
    slow = write(at, "slow.json", sleeps(wall_s=9))
    result = run("diff", report, slow)
    expect_status(result, 3)
    expect(b"wall time" in result.stdout and b"+80 %" in result.stdout, result.stdout)


def diff_refuses_what_cannot_be_compared():
  changes = (
    ("commands", lambda r: r["target"]["command"].append("x")),
    ("CPUs", lambda r: r["host"].update(cpus_online=8)),
    ("use different CPUs", lambda r: r["host"].update(cpus_allowed=1)),
    ("quotas", lambda r: r["host"].update(cpu_quota=1.5)),
    ("kernels", lambda r: r["host"].update(kernel="5.18")),
    ("machines", lambda r: r["host"].update(arch="aarch64")),
    ("different ways", lambda r: r.update(backend="procfs")),
    ("ended otherwise", lambda r: r["target"].update(exit_status=1)),
    ("attached", lambda r: r["target"].update(mode="attach")))
  with folder() as at:
    base = write(at, "base.json", sleeps())
    for words, change in changes:
      recording = sleeps()
      change(recording)
      expect_complaint(run("diff", base, write(at, "new.json", recording)), 2,
                       "cannot be compared", words)
    patched = sleeps()
    patched["host"]["kernel"] = "6.18.7-patched"
    expect_status(run("diff", base, write(at, "new.json", patched)), 0)
    little = write(at, "little.json", sleeps(wall_s=0.05))
    expect_complaint(run("diff", base, little), 2, "NEW saw too little")
    premise = json.loads(run("report", "--json", "--cpus", "8", base).stdout)
    expect_complaint(run("diff", base, write(at, "new.json", premise)), 2, "different machines")
    for bad in ("", "{}", "[1]", '{"schema": "concadvise.report/1"'):
      expect_complaint(run("diff", base, write(at, "bad.json", bad)), 125, "bad.json")
    expect_complaint(run("diff", base, write(at, "hollow.json",
                                             '{"schema": "concadvise.report/1", "runs": 3}')), 2)
    expect_complaint(run("diff", base), 2, "BASE and NEW")
    expect_complaint(run("diff", "-f", "sarif", base, base), 2, "text or json")


def shell_lines(file):
  """The commands of concadvise in an example, but for those that measure, which need root."""
  text = re.sub(r"^ *- (?=if|concadvise)", "", (CI / file).read_text(), flags=re.M)
  lines = [line.strip() for line in text.splitlines()]
  return [line for line in lines if re.match(r"(if .*)?concadvise (report|diff)", line)]


def the_examples_do_what_they_say():
  with folder() as at:
    write(at, "run.rec", sleeps())
    write(at, "concadvise-policy.json", (CI / "concadvise-policy.json").read_text())
    for name in ("base.json", "report.json"):
      write(at, name, run("report", "--json", at + "/run.rec").stdout.decode())
    os.symlink(CONCADVISE, at + "/concadvise")
    env = {**os.environ, "PATH": at + ":" + os.environ["PATH"], "GITHUB_STEP_SUMMARY": at + "/s.md"}
    for file, makes in (("github.yml", ["s.md"]),
                        ("gitlab.yml", ["gl-code-quality-report.json", "junit.xml"])):
      lines = shell_lines(file)
      expect(len(lines) == 4, file, lines)
      for line in lines:
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", line], cwd=at, env=env,
                              capture_output=True, timeout=60)
        # Five sleeps one after another would be five times as fast: the policy allows twice.
        expect(done.returncode == (3 if "--policy" in line else 0), line, done.stderr)
      for name in makes:
        expect(pathlib.Path(at, name).stat().st_size > 0, file, "does not make", name)


def the_examples_are_yaml():
  for file in ("github.yml", "gitlab.yml"):
    expect(isinstance(yaml.safe_load((CI / file).read_text()), dict), file)


main(fail_on_says_why, expect_fails_on_a_change_to_another_model, a_policy_has_levels_by_rule,
     bad_policies_are_refused_before_the_command_runs, diff_fails_beyond_the_noise_only,
     diff_reads_recordings_and_reports_alike, diff_refuses_what_cannot_be_compared, the_examples_do_what_they_say, the_examples_are_yaml)
