#!/usr/bin/python3
"""`concadvise rules` and --rules; docs/rules.md says what the program says."""
import json
import re
import subprocess

from cli import (CONCADVISE, SOURCE, expect, expect_complaint, expect_status, folder, main, run,
                 sleeps, write)

RULE = {
  "id": "ours", "title": "Ours", "severity": "critical",
  "when": [{"metric": "run.wall_s", "op": ">=", "value": 2, "why": "because"}],
  "message": "It ran {run.wall_s}.",
  "examples": [{"given": {"run.wall_s": 3}, "fires": True},
               {"given": {"run.wall_s": 1}, "fires": False}],
}


def list_names_every_file():
  listed = run("rules", "list").stdout.decode()
  ids = sorted(line.split()[0] for line in listed.splitlines())
  expect(ids == sorted(path.stem for path in (SOURCE / "rules").glob("*.json")), ids)


def no_name_is_cut():
  name = "a-rule-" + 40 * "x"
  with folder() as rules:
    write(rules, name + ".json", {**RULE, "id": name})
    listed = run("rules", "--rules", rules, "list").stdout.decode().splitlines()
  expect(any(line.split()[0] == name for line in listed), listed)


def every_built_in_file_passes_the_check():
  result = run("rules", "check", *sorted((SOURCE / "rules").glob("*.json")))
  expect_status(result, 0)
  expect(not result.stderr, result.stderr)


def every_rule_explains_itself():
  for line in run("rules", "list").stdout.decode().splitlines():
    result = run("rules", "explain", line.split()[0])
    expect_status(result, 0)
    text = result.stdout.decode()
    expect("It says" in text, text)
    wide = [line for line in text.splitlines() if len(line) > 80 and "://" not in line]
    expect(not wide, "wider than 80 columns:", wide)


def nonsense_is_refused_with_file_place_and_reason():
  cases = [
    ("", "line 1"),
    ("\x00", "not a text"),
    ("[1, 2]", "a rule is a JSON object"),
    ("{\"id\": \"ours\",\n\"title\"", "line 2"),
    (json.dumps({**RULE, "when": [{"metric": "run.wal_s", "op": ">", "value": 1}]}),
     "when[0].metric: there is no metric \"run.wal_s\"; the nearest is \"run.wall_s\""),
    (json.dumps({**RULE, "id": "other"}), "the file is named \"ours\""),
    (json.dumps({**RULE, "message": "{nothing}"}), "message: there is no metric or word"),
    (json.dumps({**RULE, "excludes": ["nobody"]}), "there is no rule \"nobody\""),
    (json.dumps({**RULE, "examples": [{"given": {"run.wall_s": 1}, "fires": True},
                                      {"given": {}, "fires": False}]}),
     "examples[0]: does not fire, but should: see the condition on run.wall_s"),
    ("[" * 1000, "line 1"),
    ("{}" + " " * (2 << 20), "not a text of at most"),
    ("\x1b[31m{", "line 1"),
  ]
  with folder() as at:
    for text, words in cases:
      path = write(at, "ours.json", text)
      result = run("rules", "check", path)
      expect_status(result, 1)
      complaint = result.stderr.decode()
      expect(words in complaint and str(path) in complaint, repr(words), "not in", complaint)
    expect_complaint(run("rules", "check", at + "/absent.json"), 1, "No such file")
    expect_complaint(run("rules", "check", write(at, "rule.txt", "{}")), 1, "named ID.json")


def a_bad_one_among_good_ones_is_told():
  with folder() as at:
    good, bad = write(at, "ours.json", RULE), write(at, "bad.json", "{}")
    result = run("rules", "check", bad, good)
    expect_status(result, 1)
    expect(b"ours.json: ok" in result.stdout and b"bad.json" in result.stderr, result)


def more_rules_are_loaded_and_replace():
  with folder() as at, folder() as rules:
    recording = write(at, "r.json", sleeps())
    write(rules, "ours.json", RULE)
    found = json.loads(run("report", "--json", "--rules", rules, recording).stdout)["findings"]
    expect(found[0]["rule"] == "ours" and found[0]["message"] == "It ran 5.00 s.", found)
    evidence = found[0]["evidence"]
    expect(evidence == [{"metric": "run.wall_s", "value": 5, "unit": "s", "op": ">=",
                         "threshold": 2}], evidence)

    built_in = json.loads((SOURCE / "rules/waits-to-threads.json").read_text())
    write(rules, "waits-to-threads.json", {**built_in, "title": "Replaced"})
    found = json.loads(run("report", "--json", "--rules", rules, recording).stdout)["findings"]
    titles = {finding["rule"]: finding["title"] for finding in found}
    expect(titles["waits-to-threads"] == "Replaced", titles)


def bad_rules_stop_before_the_command():
  with folder() as rules:
    expect_complaint(run("--rules", rules, "--", "sh", "-c", "echo ran"), 125, "no rule files")
    write(rules, "ours.json", "{")
    expect_complaint(run("--rules", rules, "--", "sh", "-c", "echo ran"), 125, "ours.json")
    expect_complaint(run("--rules", rules + "/absent", "--", "sh", "-c", "echo ran"), 125, "absent")


def the_page_lists_the_metrics_that_there_are():
  result = subprocess.run([SOURCE / "docs/make-rules-tables", CONCADVISE, "--check"])
  expect(result.returncode == 0, "docs/rules.md and the program differ")


def the_page_shows_a_rule_that_is_one():
  example = re.search("```json\n(\\{\n  \"id\".*?)```", (SOURCE / "docs/rules.md").read_text(),
                      re.DOTALL).group(1)
  with folder() as at:
    expect_status(run("rules", "check", write(at, json.loads(example)["id"] + ".json", example)), 0)


main(list_names_every_file, no_name_is_cut, every_built_in_file_passes_the_check,
     every_rule_explains_itself, nonsense_is_refused_with_file_place_and_reason,
     a_bad_one_among_good_ones_is_told, more_rules_are_loaded_and_replace,
     bad_rules_stop_before_the_command, the_page_lists_the_metrics_that_there_are,
     the_page_shows_a_rule_that_is_one)
