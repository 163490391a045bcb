#!/usr/bin/python3
"""speedscope, in a real Chromium, opens all three formats; its own schema holds of its own one.

It is fetched by npm into the build directory, as pinned here, and once.
"""
import base64
import html
import json
import pathlib
import re
import shutil
import subprocess
import tarfile
import urllib.parse

from cli import CONCADVISE, SOURCE, expect, expect_status, folder, main, run

VERSION = "1.25.0"
INTEGRITY = ("sha512-cpf9HWTZf1ijLXBJrk87Ve/54tnYx6rlf0gUThvn3ook6h63hLXVOQiMf44PT+XoV503cPfvfiT5"
             "gP5vojp6Ag==")
HOME = pathlib.Path(CONCADVISE).parent / ("speedscope-" + VERSION)
RELEASE = HOME / "package" / "dist" / "release"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
RECORDINGS = ("blocking_loop.json", "fetch.json", "nginx.json")


def skip(why):
  print(why)
  raise SystemExit(77)


def fetch():
  if RELEASE.exists():
    return
  if not shutil.which("npm"):
    skip("npm is not installed")
  with folder() as here:
    made = subprocess.run(["npm", "pack", "--json", "speedscope@" + VERSION], cwd=here,
                          capture_output=True, timeout=100, check=False)
    if made.returncode:
      skip("npm cannot fetch speedscope: " + made.stderr.decode()[-300:])
    packed = json.loads(made.stdout)[0]
    expect(packed["integrity"] == INTEGRITY, "speedscope is not the one that was pinned:", packed)
    with tarfile.open(pathlib.Path(here) / packed["filename"]) as archive:
      archive.extractall(HOME)


def export(name, form, here):
  path = pathlib.Path(here) / (name + "." + form)
  expect_status(run("report", "-f", form, "-o", path, SOURCE / "tests" / "golden" / name), 0)
  return path


SHOW = """
(async () => {
  window.alert = () => {};
  const seen = [];
  for (const [name, data] of %s) {
    speedscope.loadFileFromBase64(name, data);
    await new Promise((done) => setTimeout(done, 3000));
    seen.push(document.body.innerText);
  }
  const shown = document.createElement("pre");
  shown.id = "shown";
  shown.textContent = JSON.stringify(seen);
  document.body.append(shown);
})();
"""


def opened(here, *paths):
  """What is to be read in speedscope's window when it has opened each file. They are handed over
  as its own command does, by a script."""
  script = pathlib.Path(here) / "show.js"
  script.write_text(SHOW % json.dumps(
      [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in paths]))
  url = "%s#localProfilePath=%s" % (RELEASE.joinpath("index.html").as_uri(),
                                    urllib.parse.quote(str(script).lstrip("/")))
  made = subprocess.run([CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu",
                         "--disable-dev-shm-usage", "--user-data-dir=%s/home" % here,
                         "--virtual-time-budget=30000", "--dump-dom", url], capture_output=True,
                        timeout=100, check=True)
  shown = re.search('<pre id="shown">(.*?)</pre>', made.stdout.decode(), re.S)
  expect(shown, "nothing was shown:", made.stdout[-2000:])
  return [" ".join(text.split()) for text in json.loads(html.unescape(shown[1]))]


def its_schema_holds():
  import jsonschema
  schema = json.loads((RELEASE / "file-format-schema.json").read_text())
  validator = jsonschema.validators.validator_for(schema)(schema)
  with folder() as here:
    for name in RECORDINGS:
      made = json.loads(export(name, "speedscope", here).read_text())
      problems = [e.message for e in validator.iter_errors(made)]
      expect(not problems, name, problems[:3])


def it_opens_all_three_and_not_anything():
  with folder() as here:
    none = pathlib.Path(here) / "none.json"
    none.write_text('{"traceEvents": 1}')
    own, folded = (export(RECORDINGS[0], form, here) for form in ("speedscope", "folded"))
    trace = export(RECORDINGS[1], "chrome", here)
    profiles = len(json.loads(own.read_text())["profiles"])
    tracks = {(e["pid"], e["tid"]) for e in json.loads(trace.read_text())["traceEvents"]
              if e["ph"] == "X"}
    expect(profiles > 1 and len(tracks) > 1, "too little to tell by")
    shown = opened(here, none, own, folded, trace)
    expect("Left Heavy" not in shown[0], "opens anything:", shown[0])
    expect("computing (1/%d)" % profiles in shown[1], shown[1])
    expect("Left Heavy" in shown[2] and folded.name in shown[2], shown[2])
    expect("(1/%d)" % len(tracks) in shown[3], shown[3])


if not CHROMIUM:
  skip("chromium is not installed")
fetch()
main(its_schema_holds, it_opens_all_three_and_not_anything)
