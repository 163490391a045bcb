#!/usr/bin/python3
"""Shells complete every option of the program, its values, its subcommands and the COMMAND's words."""
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time

from cli import CONCADVISE, SOURCE, expect, expect_status, run

SHELLS = SOURCE / "completions"
FORMS = {"": None, "report": "report", "rules": "rules", "top": "top"}


def options_of_help():
  result = run("--help=all")
  expect_status(result, 0)
  names = re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", result.stdout.decode(), re.M)
  expect(len(names) > 15, "options were not found in", result.stdout)
  return names


def environment():
  """The program by its plain name, as it is completed when it is installed."""
  path = os.path.dirname(CONCADVISE) + ":" + os.environ["PATH"]
  return {**os.environ, "PATH": path, "TERM": "dumb"}


def bash(line):
  """What bash offers at the end of the line."""
  script = '''
    source "$1"
    IFS=$'\\x01' read -r -a COMP_WORDS <<<"$2"
    [ "${2: -1}" != $'\\x01' ] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    compopt() { :; }
    _concadvise
    printf '%s\\n' "${COMPREPLY[@]}"
  '''
  words = re.sub("=", " = ", line).split(" ")
  made = subprocess.run(["bash", "-c", script, "bash", SHELLS / "concadvise.bash",
                         "\x01".join(words)], capture_output=True, timeout=30, text=True,
                        env=environment())
  expect(not made.stderr, "bash:", made.stderr)
  return made.stdout.split("\n")


def fish(line):
  made = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]",
                         SHELLS / "concadvise.fish", line], capture_output=True, timeout=60,
                        text=True, env=environment())
  expect(not made.stderr, "fish:", made.stderr)
  return [offer.split("\t")[0] for offer in made.stdout.split("\n")]


ZSHRC = """
PS1= PROMPT_EOL_MARK=
fpath=(%s $fpath)
autoload -Uz compinit
compinit -u -D
LISTMAX=9999
zstyle ':completion:*' verbose no
stty cols 200 rows 2000
listed() { zle list-choices; zle -R; BUFFER=; zle -I; print -r -- listed-$((6 * 7)) }
zle -N listed
bindkey '^X' listed
"""


class Zsh:
  """A zsh at a terminal of its own, since its completion needs a line editor."""
  def __init__(self):
    self.home = tempfile.TemporaryDirectory(prefix="concadvise-")
    with open(os.path.join(self.home.name, ".zshrc"), "w") as file:
      file.write(ZSHRC % SHELLS)
    self.pid, self.fd = pty.fork()
    if self.pid == 0:
      os.chdir(self.home.name)
      os.execvpe("zsh", ["zsh", "-d", "-i"],
                 {**environment(), "HOME": self.home.name, "ZDOTDIR": self.home.name})
    self("true")

  def __call__(self, line):
    """Lists what is offered, takes the line away and says so: one key, since zsh lists nothing when
    a further one waits."""
    os.write(self.fd, (line + "\x18").encode())
    heard, until = "", time.monotonic() + 30
    while "listed-42" not in heard and time.monotonic() < until:
      if select.select([self.fd], [], [], 0.2)[0]:
        heard += os.read(self.fd, 65536).decode(errors="replace")
    expect("listed-42" in heard, "zsh did not list", repr(line), "but wrote", repr(heard[-2000:]))
    return re.split(r"[\s\x1b]+", heard.replace(line, "", 1))


def offers(complete, line, *words):
  offered = complete(line)
  for word in words:
    expect(word in offered, repr(line), "does not offer", word, "but", offered[:80])


def refuses(complete, line, *words):
  offered = complete(line)
  for word in words:
    expect(word not in offered, repr(line), "offers", word)


def shell_completes(complete):
  offers(complete, "concadvise --", *[o for o in options_of_help() if o != "--once"])
  offers(complete, "concadvise top --", "--once", "--pid", "--duration")
  refuses(complete, "concadvise top --", "--record", "--fail-on")
  offers(complete, "concadvise report --", "--format", "--fail-on", "--cpus")
  refuses(complete, "concadvise report --", "--pid", "--record")
  offers(complete, "concadvise ", "report", "rules", "top")
  offers(complete, "concadvise -q --color=never --user --format ", "text", "json")
  offers(complete, "concadvise --fail-on ", "info", "warning", "critical")
  offers(complete, "concadvise rules ", "list", "explain", "check")
  offers(complete, "concadvise rules explain too-", "too-little-seen")
  offers(complete, "concadvise -p ", str(os.getpid()))


def main():
  failed = ran = 0
  shells = {"bash": bash, "fish": fish, "zsh": Zsh}
  for name, complete in shells.items():
    if not shutil.which(name):
      print("%s is not installed" % name)
      continue
    ran += 1
    try:
      made = complete() if complete is Zsh else complete
      shell_completes(made)
      print("ok:", name)
    except Exception as error:
      failed += 1
      print("FAILED:", name, repr(error))
  raise SystemExit(1 if failed else 0 if ran == len(shells) else 77)


main()
