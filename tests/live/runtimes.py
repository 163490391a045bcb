#!/usr/bin/env python3
"""Runtimes are recognised from what is mapped: of any version, embedded, renamed, stripped."""
import contextlib
import os
import shutil
import subprocess
import sys

import article
import live

WAIT = "import time; time.sleep(0.5)"


def row_check(told, version, global_lock):
  assert told["global_lock"] is global_lock, told
  if version:
    known = told["version"] or "unknown"
    assert version.startswith(known), "version %s, it is %s" % (known, version)


def runtime_check(run, name, version, global_lock):
  found = {r["name"]: r for r in run.report["target"]["runtimes"]}
  assert name in found, "no %s in %s" % (name, run.report["target"]["runtimes"])
  row_check(found[name], version, global_lock)


def output_of(*command):
  return subprocess.run(command, capture_output=True, check=True).stdout.decode().strip()


def each_check(run, found, pids):
  """Of several CPythons side by side, each by its pid."""
  told = {r["pid"]: r for r in run.report["target"]["runtimes"] if r["name"] == "cpython"}
  assert len(pids) == len(found), pids
  for pid, (_, version) in zip(pids, found):
    assert pid in told, "no cpython %s in %s" % (version, told)
    row_check(told[pid], "%d.%d.%d" % version, True)


@live.case
def cpython_of_every_version():
  found = article.interpreters(oldest=(3, 6))
  script = "for python; do \"$python\" -c '%s' & echo $!; done; wait" % WAIT
  run = live.launch("sh", "-c", script, "sh", *[python for python, _ in found])
  each_check(run, found, [int(line) for line in run.stdout.split()])


@live.case
def cpython_attached():
  found, sleep = article.interpreters(oldest=(3, 6)), ["-c", "import time; time.sleep(60)"]
  with contextlib.ExitStack() as beside:
    children = [beside.enter_context(live.background(python, *sleep, settle_s=0.2))
                for python, _ in found]
    pids = [child.pid for child in children]
    each_check(live.attach(pids, 0.3), found, pids)


@live.case
def cpython_whose_file_is_deleted():
  """As by an upgrade beneath a service that runs on."""
  made = live.path_new("python3")
  shutil.copy(os.path.realpath("/usr/bin/python3"), made)
  with live.background(made, "-c", "import time; time.sleep(60)") as child:
    os.unlink(made)
    runtime_check(live.attach([child.pid], 0.3), "cpython",
                  output_of("/usr/bin/python3", "-V").split()[1], True)


@live.case
def cpython_of_a_very_short_life():
  """Its maps are gone when it has ended."""
  run = live.launch(sys.executable, "-c", "pass")
  runtime_check(run, "cpython", None, True)


@live.case
def cpython_in_a_virtual_environment():
  made = live.path_new("venv")
  try:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made],
                   check=True,
                   capture_output=True)
  except subprocess.CalledProcessError as error:
    raise live.Skip("no venv: " + error.stderr.decode()) from None
  run = live.launch(made + "/bin/python", "-c", WAIT)
  runtime_check(run, "cpython", output_of(sys.executable, "-V").split()[1], True)


@live.case
def cpython_under_another_name():
  renamed = live.path_new("nothing-special")
  shutil.copy(os.path.realpath("/usr/bin/python3"), renamed)
  runtime_check(live.launch(renamed, "-c", WAIT), "cpython", None, True)


@live.case
def cpython_embedded_in_another_program():
  source = live.path_new("embedded.c")
  with open(source, "w", encoding="ascii") as file:
    file.write("#include <Python.h>\nint main(void)\n{\n\tPy_Initialize();\n"
               "\treturn PyRun_SimpleString(\"%s\");\n}\n" % WAIT)
  config = live.required("/usr/bin/python3-config")
  flags = output_of(config, "--includes", "--ldflags", "--embed").split()
  try:
    program = live.program(source, *flags)
  except subprocess.CalledProcessError:
    raise live.Skip("python3-dev is not installed") from None
  runtime_check(live.launch(program), "cpython",
                output_of("/usr/bin/python3", "-V").split()[1], True)


@live.case
def cpython_behind_a_shell():
  run = live.launch("sh", "-c", '%s -c "%s"; true' % (sys.executable, WAIT))
  runtime_check(run, "cpython", None, True)
  assert run.report["window"]["processes_seen"] == 2, run.report["window"]


@live.case
def ruby():
  ruby = live.required("ruby")
  runtime_check(live.launch(ruby, "-e", "sleep 0.5"), "ruby",
                output_of(ruby, "-e", "print RUBY_VERSION"), True)


@live.case
def node():
  node = live.required("node")
  run = live.launch(node, "-e", "setTimeout(() => {}, 500)")
  runtime_check(run, "node", output_of(node, "--version").lstrip("v"), False)


@live.case
def java():
  java = live.required("java")
  source = live.path_new("Wait.java")
  with open(source, "w", encoding="ascii") as file:
    file.write("class Wait {\n  public static void main(String[] a) throws Exception {\n"
               "    Thread.sleep(500);\n  }\n}\n")
  runtime_check(live.launch(java, source), "jvm", None, False)


@live.case
def go():
  go = live.required("go")
  source, made = live.path_new("wait.go"), live.path_new("wait")
  with open(source, "w", encoding="ascii") as file:
    file.write(
        'package main\n\nimport "time"\n\nfunc main() {\n\ttime.Sleep(500 * time.Millisecond)\n}\n')
  subprocess.run([go, "build", "-o", made, source],
                 check=True,
                 env={**os.environ, "GOCACHE": os.path.dirname(made), "GO111MODULE": "off"})
  version = output_of(go, "env", "GOVERSION").replace("go", "")
  runtime_check(live.launch(made), "go", version, False)
  subprocess.run(["strip", made], check=True)
  runtime_check(live.launch(made), "go", None, False)


@live.case
def pypy():
  runtime_check(live.launch(live.required("pypy3"), "-c", WAIT), "pypy", None, True)


@live.case
def native_programs_have_none():
  run = live.launch("sleep", 0.5)
  assert all(r["name"] == "native" for r in run.report["target"]["runtimes"]), run.report["target"]


if __name__ == "__main__":
  live.main()
