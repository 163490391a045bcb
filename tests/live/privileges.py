#!/usr/bin/env python3
"""A user with a tool that has cap_bpf and cap_perfmon, and nothing else, gets no more than his own.

Each case is an attack, or what must still work beside it. The user is nobody; the victim is root,
or "daemon", another user without rights.
"""
import contextlib
import json
import os
import shutil
import subprocess
import time

import live

USER, OTHER = 65534, 1  # nobody and daemon
PYTHON = "/usr/bin/python3"  # that users may run
SLEEPER = [PYTHON, "-c", "import time\nwhile 1: time.sleep(0.05)"]


def open_folder(name):
  """A folder of root's that everybody may look into."""
  folder = os.path.dirname(live.path_new(name))
  os.chmod(live.temporary.name, 0o755)
  os.chmod(folder, 0o755)
  return folder


def prepared():
  """The tool as an administrator would give it to users."""
  if not hasattr(prepared, "tool"):
    copy = os.path.join(open_folder("tool"), "concadvise")
    shutil.copy(live.TOOL, copy)
    subprocess.run([live.required("setcap"), "cap_bpf,cap_perfmon+ep", copy], check=True)
    prepared.tool = copy
  return prepared.tool


def own_folder():
  """A folder that belongs to the user."""
  folder = os.path.dirname(live.path_new("own"))
  os.chown(folder, USER, USER)
  return folder


def as_user(*words, uid=USER, **how):
  how.setdefault("cwd", "/")
  return subprocess.run([str(w) for w in words], user=uid, group=uid, extra_groups=[],
                        capture_output=True, timeout=live.TIMEOUT_S, check=False, **how)


def tool(*words, **how):
  return as_user(prepared(), *words, **how)


def reported(*words, **how):
  path = os.path.join(own_folder(), "report.json")
  done = tool("--json", "-o", path, *words, **how)
  return live.Run(done.returncode, done.stdout, done.stderr, live.report_read(path))


@contextlib.contextmanager
def running(*words, uid=USER):
  with live.background(*words, user=uid, group=uid, extra_groups=[], cwd="/") as child:
    yield child


def refused(pid, words=()):
  done = tool("-p", pid, "-d", 0.3, *words)
  assert done.returncode == 125, "status %d: %r" % (done.returncode, done.stdout[:300])
  assert b"may not look into process %d" % pid in done.stderr, done.stderr
  assert not done.stdout, done.stdout


# What must work.


@live.case
def own_command_is_measured():
  run = reported("--", *SLEEPER[:2], "import time\nfor _ in range(8): time.sleep(0.05)")
  assert run.status == 0 and run.report, run.stderr
  assert run.report["tool"]["backend"] == "ebpf", run.report["tool"]
  assert run.report["time"]["thread_s"]["sleep"] > 0.3, run.report["time"]
  assert run.report["window"]["lost"] == 0, run.report["window"]


@live.case
def own_process_is_measured():
  with running(*SLEEPER) as child:
    run = reported("-p", child.pid, "-d", 0.5)
  assert run.status == 0, run.stderr
  live.close("sleep", run.report["time"]["thread_s"]["sleep"], run.report["window"]["wall_s"], 0.2)


# Whom it may watch.


@live.case
def process_of_root_is_refused():
  with live.background(*SLEEPER) as child:
    refused(child.pid)


@live.case
def process_of_another_user_is_refused():
  with running(*SLEEPER, uid=OTHER) as child:
    refused(child.pid)


@live.case
def one_of_others_among_own_is_refused():
  with running(*SLEEPER) as own, live.background(*SLEEPER) as other:
    done = tool("-p", "%d,%d" % (own.pid, other.pid), "-d", 0.3)
  assert done.returncode == 125 and b"%d" % other.pid in done.stderr, done


@live.case
def process_that_hides_its_memory_is_refused():
  """PR_SET_DUMPABLE 0, as those set that keep keys."""
  script = "import ctypes, time\nctypes.CDLL(None).prctl(4, 0)\ntime.sleep(60)"
  with running(PYTHON, "-c", script) as child:
    refused(child.pid)


BECOMES = """
#include <unistd.h>

int main(void)
{
	if (setuid(0))
		return 9;
	for (int i = 0; i < 12; i++)
		usleep(50000);
	return 0;
}
"""


def set_uid_program():
  """A program that becomes root by its file, as sudo does, and then sleeps 0.6 s."""
  if not hasattr(set_uid_program, "path"):
    source, path = live.path_new("becomes.c"), os.path.join(open_folder("setuid"), "becomes")
    with open(source, "w", encoding="ascii") as file:
      file.write(BECOMES)
    shutil.copy(live.program(source), path)
    os.chmod(path, 0o4755)
    if as_user(path).returncode == 9:
      raise live.Skip("setuid programs have no effect here (nosuid)")
    set_uid_program.path = path
  return set_uid_program.path


def becomes_rows(run):
  """Threads of that program. What the shell did between fork and exec is its own, and short."""
  return [t for t in run.report["threads"] if t["name"] == "becomes" and t["wall_s"] > 0.1]


def left_out(run):
  assert run.status == 0, run.stderr
  assert not becomes_rows(run), becomes_rows(run)
  assert run.report["window"]["lost"] > 0, "nothing is said of what was left out"
  loss = next(c for c in run.report["quality"]["checks"] if c["id"] == "loss")
  assert "lost" in loss["message"], loss


@live.case
def set_uid_child_of_a_command_is_left_out():
  left_out(reported("--", "sh", "-c", "sleep 0.2; %s; sleep 0.2" % set_uid_program()))


@live.case
def set_uid_command_is_left_out():
  run = reported("--", set_uid_program())
  left_out(run)
  assert not run.report["threads"], run.report["threads"]


@live.case
def set_uid_child_of_a_running_process_is_not_found():
  with running("sh", "-c", "while :; do %s; done" % set_uid_program()) as child:
    left_out(reported("-p", child.pid, "-d", 1))


@live.case
def root_still_sees_them_all():
  run = live.launch("sh", "-c", "%s; true" % set_uid_program())
  assert becomes_rows(run), run.report["threads"]
  assert run.report["window"]["lost"] == 0, run.report["window"]


# What it may write.


@live.case
def files_of_others_are_not_written():
  folder = open_folder("folder")
  secret = os.path.join(folder, "secret")
  with open(secret, "w", encoding="ascii") as file:
    file.write("kept")
  os.chmod(secret, 0o644)
  link = os.path.join(own_folder(), "link")
  os.symlink(secret, link)
  for option in ("-o", "--record"):
    for path in (secret, link, os.path.join(folder, "new")):
      done = tool(option, path, "--", "true")
      assert done.returncode == 125, "%s %s: status %d" % (option, path, done.returncode)
  with open(secret, encoding="ascii") as file:
    assert file.read() == "kept"
  assert os.listdir(folder) == ["secret"], os.listdir(folder)


@live.case
def links_that_others_laid_into_tmp_are_not_followed():
  """Where the kernel protects root from them (fs.protected_symlinks), so does the tool."""
  with open("/proc/sys/fs/protected_symlinks", encoding="ascii") as file:
    before = file.read()
  folder = os.path.dirname(live.path_new("sticky"))
  os.chmod(folder, 0o1777)
  victim, link = live.path_new("victim"), os.path.join(folder, "report")
  with open(victim, "w", encoding="ascii") as file:
    file.write("kept")
  as_user("ln", "-s", victim, link)
  try:
    with open("/proc/sys/fs/protected_symlinks", "w", encoding="ascii") as file:
      file.write("1")
    for option in ("-o", "--record"):
      subprocess.run([live.TOOL, option, link, "--", "true"], capture_output=True, check=False)
      with open(victim, encoding="ascii") as file:
        assert file.read() == "kept", option + " wrote through a stranger's link"
  finally:
    with open("/proc/sys/fs/protected_symlinks", "w", encoding="ascii") as file:
      file.write(before)


@live.case
def set_uid_tool_refuses_to_run():
  path = os.path.join(os.path.dirname(prepared()), "setuid-tool")
  shutil.copy(live.TOOL, path)
  os.chmod(path, 0o4755)
  target = os.path.join(os.path.dirname(live.path_new("x")), "by-root")
  done = as_user(path, "-o", target, "--", "true")
  assert done.returncode == 125 and b"setuid" in done.stderr, done
  assert not os.path.exists(target), "wrote as root"


# What it may run.


def status_of(text, key):
  return next(line.split()[1] for line in text.decode().splitlines() if line.startswith(key + ":"))


@live.case
def command_has_no_more_rights():
  alone = as_user("cat", "/proc/self/status").stdout
  under = tool("-o", "/dev/null", "--", "cat", "/proc/self/status").stdout
  for key in ("Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"):
    assert status_of(alone, key) == status_of(under, key), key


@live.case
def another_user_cannot_be_chosen():
  done = tool("--user=root", "-o", "/dev/null", "--", "id", "-u")
  assert done.returncode in (125, 126) and b"0" not in done.stdout, done
  done = tool("--user", "-o", "/dev/null", "--", "id", "-u", env={**os.environ, "SUDO_USER": "root"})
  assert done.returncode in (125, 126) and b"0" not in done.stdout, done


@live.case
def libraries_of_the_users_are_not_loaded_into_the_tool():
  folder = own_folder()
  mark, source = os.path.join(folder, "mark"), os.path.join(folder, "evil.c")
  with open(source, "w", encoding="ascii") as file:
    file.write('#include <fcntl.h>\n#include <stdio.h>\n#include <string.h>\n#include <errno.h>\n'
               '__attribute__((constructor)) static void loaded(void)\n'
               '{\n\tif (strcmp(program_invocation_short_name, "concadvise") == 0)\n'
               '\t\topen("%s", O_CREAT | O_WRONLY, 0600);\n}\n' % mark)
  library = os.path.join(folder, "libdebuginfod.so.1")
  subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library, source], check=True)
  env = {**os.environ, "LD_PRELOAD": library, "LD_LIBRARY_PATH": folder,
         "DEBUGINFOD_URLS": "http://127.0.0.1:9/", "GCONV_PATH": folder, "LOCPATH": folder}
  done = tool("-o", "/dev/null", "--", "sleep", "0.1", env=env)
  assert done.returncode == 0, done.stderr
  assert not os.path.exists(mark), "a library of the user ran with the tool's capabilities"


# Code that lies in no file, as a runtime generates it.
JIT = """
#include <string.h>
#include <sys/mman.h>

int main(void)
{
	void *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);

	memcpy(code, "\\xeb\\xfe", 2);
	((void (*)(void))code)();
}
"""


# Whose files it reads: those that the user could read, and none for ever.


def no_hang(run_it, seconds=40):
  started = time.monotonic()
  run_it()
  took = time.monotonic() - started
  assert took < seconds, "it took %.0f s" % took


@live.case
def fifo_for_debug_information_holds_nobody():
  """A stranger's program says where its debug information lies: in a FIFO."""
  folder = own_folder()
  source = live.path_new("busy.c")
  with open(source, "w", encoding="ascii") as file:
    file.write("int main(void)\n{\n\tvolatile long n = 0;\n\twhile (n < 400000000)\n\t\tn++;\n"
               "\treturn 0;\n}\n")
  program = os.path.join(folder, "busy")
  subprocess.run(["cc", "-g", "-O1", "-Wl,--build-id=none", "-o", program, source], check=True)
  subprocess.run(["objcopy", "--only-keep-debug", program, program + ".debug"], check=True)
  subprocess.run(["objcopy", "--strip-all", "--add-gnu-debuglink=" + program + ".debug", program],
                 check=True)
  os.makedirs(os.path.join(folder, ".debug"))
  os.unlink(program + ".debug")
  for place in (program + ".debug", os.path.join(folder, ".debug", "busy.debug")):
    os.mkfifo(place)
  no_hang(lambda: live.launch(program, timeout=60))


@live.case
def fifo_among_rules_holds_nobody():
  folder = own_folder()
  os.mkfifo(os.path.join(folder, "rule.json"))
  done = as_user(live.required("timeout"), 20, prepared(), "--rules", folder, "rules", "list")
  assert done.returncode in (0, 2, 125), done


@live.case
def perf_map_that_leads_elsewhere_is_not_read():
  """To root, a stranger's program offers root's own file as the map of its code."""
  secret, source = live.path_new("secret"), live.path_new("jit.c")
  with open(secret, "w", encoding="ascii") as file:
    file.write("0 7fffffffffff stolen_words\n")
  with open(source, "w", encoding="ascii") as file:
    file.write(JIT)
  program = os.path.join(open_folder("jit"), "jit")
  shutil.copy(live.program(source), program)
  for make in (os.symlink, os.link):
    with running(program) as child:
      path = "/tmp/perf-%d.map" % child.pid
      make(secret, path)
      try:
        run = live.attach([child.pid], 0.5)
      finally:
        os.unlink(path)
    assert run.report["cpu_sites"], "no call sites, so nothing was tried"
    assert "stolen_words" not in json.dumps(run.report), make.__name__


@live.case
def memory_of_the_tool_is_closed():
  """What has capabilities cannot be traced, nor its memory be read, by its user."""
  child = subprocess.Popen([prepared(), "-o", "/dev/null", "--", "sleep", "1"], user=USER, group=USER,
                           extra_groups=[], cwd="/", stderr=subprocess.DEVNULL)
  time.sleep(0.4)
  done = as_user("head", "-c", "1", "/proc/%d/mem" % child.pid)
  environment = as_user("cat", "/proc/%d/maps" % child.pid)
  child.wait()
  assert done.returncode != 0 and b"ermission" in done.stderr, done
  assert environment.returncode != 0, environment


if __name__ == "__main__":
  live.main()
