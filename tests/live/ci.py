#!/usr/bin/env python3
"""docs/ci.md's examples: every step that a shell runs, as it is written, in a repository with a
`make benchmark`.

What installs the package is left out: tests/build/package.sh does that. `sudo` runs what follows,
since these tests are root's already, and says who called it.
"""
import os
import pathlib
import re
import shutil
import stat
import subprocess

import live

try:
  import yaml
except ImportError:
  print("python3-yaml is not installed")
  raise SystemExit(77) from None

CI = live.SOURCE / "docs" / "examples" / "ci"
SUDO = "#!/bin/sh\nexport SUDO_UID=0 SUDO_GID=0 SUDO_USER=root\nexec \"$@\"\n"
IN_TURN = "import time\nfor _ in range(8):\n  time.sleep(0.15)\n"
AT_ONCE = """import threading, time
threads = [threading.Thread(target=time.sleep, args=(1.1,)) for _ in range(8)]
for thread in threads:
  thread.start()
for thread in threads:
  thread.join()
"""


def github_steps():
  """Each step's `if` and its lines, as GitHub runs them: bash -e."""
  jobs = yaml.safe_load((CI / "github.yml").read_text())["jobs"]
  steps = [step for step in jobs["concadvise"]["steps"] if "run" in step]
  assert "install" in steps[0]["run"], steps[0]
  return [(step.get("if", ""), step["run"]) for step in steps[1:]]


def gitlab_script():
  job = yaml.safe_load((CI / "gitlab.yml").read_text())["concurrency"]
  return "\n".join(job["script"]), job["artifacts"]


class Checkout:
  """A repository in which a pipeline runs."""
  def __init__(self, benchmark):
    self.at = pathlib.Path(live.path_new("checkout"))
    bin_, self.summary = self.at / "bin", self.at / "summary.md"
    bin_.mkdir(parents=True)
    (self.at / ".git").mkdir()
    (self.at / "benchmark.py").write_text(benchmark)
    (self.at / "Makefile").write_text("benchmark:\n\t@/usr/bin/python3 benchmark.py\n")
    shutil.copy(CI / "concadvise-policy.json", self.at)
    (bin_ / "sudo").write_text(SUDO)
    (bin_ / "sudo").chmod(stat.S_IRWXU)
    (bin_ / "concadvise").symlink_to(os.path.abspath(live.TOOL))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI_", "CONCADV"))}
    self.environment = {**kept, "PATH": "%s:%s" % (bin_, os.environ["PATH"]),
                        "GITHUB_STEP_SUMMARY": str(self.summary)}

  def has(self, condition):
    """What the examples' conditions ask for: that files are there."""
    return all((self.at / name).exists() for name in re.findall(r"hashFiles\('(.*?)'\)", condition))

  def run(self, script):
    return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=self.at, text=True,
                          env=self.environment, capture_output=True, timeout=live.TIMEOUT_S,
                          check=False)


def github(checkout):
  """The status of each step that was run, and all they said."""
  done = [checkout.run(script) for condition, script in github_steps() if checkout.has(condition)]
  return [one.returncode for one in done], "".join(one.stdout + one.stderr for one in done)


def annotations(said):
  return re.findall(r"^::(error|warning|notice) ", said, re.M)


@live.case
def github_fails_what_could_be_faster():
  checkout = Checkout(IN_TURN)
  statuses, said = github(checkout)
  assert statuses == [0, 3], (statuses, said)
  assert "error: recommendation.expected_speedup is" in said, said
  assert "warning" in annotations(said), said
  assert "benchmark.py" in said, said
  assert checkout.summary.read_text().startswith("## concadvise: Use threads"), said
  runs = live.report_read(checkout.at / "report.json")["runs"]["rows"]
  assert len(runs) == 5, runs


@live.case
def github_passes_what_could_not_and_compares_it():
  checkout = Checkout(AT_ONCE)
  statuses, said = github(checkout)
  assert statuses == [0, 0], (statuses, said)
  assert "error" not in annotations(said), said
  shutil.copy(checkout.at / "report.json", checkout.at / "base.json")
  statuses, said = github(checkout)
  assert statuses == [0, 0, 0], (statuses, said)
  slow = Checkout(AT_ONCE.replace("1.1", "1.9"))
  shutil.copy(checkout.at / "base.json", slow.at)
  statuses, said = github(slow)
  assert statuses == [0, 0, 3] and "wall time" in said, (statuses, said)


@live.case
def gitlab_does_the_same():
  script, artifacts = gitlab_script()
  checkout = Checkout(AT_ONCE)
  done = checkout.run(script)
  assert done.returncode == 0, done.stderr
  for name in [*artifacts["paths"], *artifacts["reports"].values()]:
    assert (checkout.at / name).stat().st_size > 0, name + " is not made"
  done = Checkout(IN_TURN).run(script)
  assert done.returncode == 3, (done.returncode, done.stderr)


live.main()
