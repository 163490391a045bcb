#!/usr/bin/python3
"""docs/ci.md's examples are what GitHub and GitLab take: by GitHub's own parser of workflows, by
GitLab's own schema of .gitlab-ci.yml. live/ci.py runs what they say."""
import json
import pathlib
import shutil
import subprocess

import _npm
from cli import SOURCE, expect, folder

try:
  import jsonschema
  import yaml
except ImportError as error:
  print("python3-%s is not installed" % error.name)
  raise SystemExit(77) from None

CI = SOURCE / "docs" / "examples" / "ci"
PARSER = {"@actions/workflow-parser": "0.3.61", "@actions/expressions": "0.3.61",
          "cronstrue": "2.61.0", "yaml": "2.9.1"}
GITLAB = "gitlab-ci-local@4.61.1"  # has the schema of GitLab's editor

# It imports JSON as bundlers let it, which node does not.
HOOK = """
import {readFile} from "node:fs/promises";
export async function load(url, context, next) {
  if (!url.endsWith(".json"))
    return next(url, context);
  const json = await readFile(new URL(url), "utf8");
  return {format: "module", shortCircuit: true, source: "export default " + json};
}
"""
PARSE = """
import {NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow}
  from "@actions/workflow-parser";
import {readFileSync} from "node:fs";
const content = readFileSync(0, "utf8");
const made = parseWorkflow({name: "github.yml", content}, new NoOperationTraceWriter());
if (made.value)
  await convertWorkflowTemplate(made.context, made.value);
console.log(JSON.stringify(made.context.errors.getErrors().map(String)));
"""
SCHEMA = """
const {schema} = await import(process.argv[1]);
console.log(JSON.stringify(schema));
"""


def node(*arguments, **options):
  made = subprocess.run(["node", "--no-warnings", *map(str, arguments)], capture_output=True,
                        text=True, timeout=60, check=False, **options)
  expect(made.returncode == 0, made.stderr[-1000:])
  return json.loads(made.stdout)


def workflow_errors(text):
  """What GitHub's parser says about a workflow; None where it cannot be had."""
  packages = {name: _npm.package(name + "@" + version) for name, version in PARSER.items()}
  if None in packages.values():
    return None
  with folder() as here:
    for name, at in packages.items():
      shutil.copytree(at, pathlib.Path(here, "node_modules", name))
    pathlib.Path(here, "hook.mjs").write_text(HOOK)
    pathlib.Path(here, "parse.mjs").write_text(PARSE)
    return node("--loader", "./hook.mjs", "parse.mjs", cwd=here, input=text)


def pipeline_errors(text):
  at = _npm.package(GITLAB)
  if not at:
    return None
  schema = node("--input-type=module", "-e", SCHEMA, at / "src" / "schema" / "schema.js")
  return [error.message for error in
          jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(text))]


def check(errors_of, name, broken):
  """The example is taken; each mistake in it would be seen."""
  text = (CI / name).read_text()
  errors = errors_of(text)
  expect(not errors, name, errors)
  for right, wrong in broken if errors is not None else ():
    expect(right in text and errors_of(text.replace(right, wrong)), name, wrong, "is not seen")


def github_takes_the_workflow():
  check(workflow_errors, "github.yml",
        (("runs-on:", "run-on:"), ("hashFiles('base.json')", "hashFile('base.json')"),
         ("contents: read", "contents: reads"), ("        run: |", "       run: |")))


def gitlab_takes_the_pipeline():
  check(pipeline_errors, "gitlab.yml",
        (("  script:", "  scripts:"), ("when: always", "when: ever"),
         ("codequality:", "codequality: [1]\n      codeqality:")))


_npm.main(github_takes_the_workflow, gitlab_takes_the_pipeline)
