#!/usr/bin/env python3
"""Chains of calls, whole: as gdb sees them, of programs that are gone, and of thousands.

Where a program is blocked for good, gdb and the tool have to see the same functions at the same
addresses, from the innermost on; only a chain that says that it was cut may be shorter.
"""
import contextlib
import json
import os
import shutil
import subprocess
import time

import live
from _sites import Native, compiled, judge, missed_words, places_of, recorded, rows, stripped

WALK = """
import json
gdb.execute("set backtrace past-main on")
gdb.execute("set backtrace past-entry on")
threads = {}
for thread in gdb.selected_inferior().threads():
  thread.switch()
  frame, frames = gdb.newest_frame(), []
  while frame and len(frames) < 200:
    place = frame.find_sal()
    # A frame of its own have neither what was inlined nor what jumped on to what it calls.
    made_up = frame.type() in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME)
    signal = frame.type() == gdb.SIGTRAMP_FRAME
    frames.append([frame.name(), frame.pc(), made_up, signal, place.line])
    frame = frame.older()
  threads[thread.ptid[1]] = frames
print("WALKED " + json.dumps(threads))
"""


class Frame:
  def __init__(self, name, pc, inlined, signal, line):
    self.name, self.pc, self.inlined, self.signal, self.line = name, pc, inlined, signal, line


def seen_by_gdb(pid):
  """By thread, the innermost frame first."""
  path = live.path_new("walk.py")
  with open(path, "w", encoding="ascii") as file:
    file.write(WALK)
  told = subprocess.run([live.required("gdb"), "-nx", "-p", str(pid), "-batch", "-x", path],
                        capture_output=True, timeout=60, check=False)
  lines = [l for l in told.stdout.decode().splitlines() if l.startswith("WALKED ")]
  if not lines:
    raise live.Skip("gdb cannot look at a program here: " + told.stderr.decode()[-200:])
  threads = json.loads(lines[0].split(" ", 1)[1])
  return {int(tid): [Frame(*row) for row in frames] for tid, frames in threads.items()}


def recording_of(run, *words, options=()):
  path = live.path_new("recording")
  run(*words, options=["--record", path, *options])
  with open(path, encoding="utf-8") as file:
    return json.load(file)


def seen_by_tool(recording):
  """By thread, the frames of the stack in which it waited longest, and whether that was cut."""
  longest, frames = {}, rows(recording["frames"])
  stacks = rows(recording["stacks"])
  for site in rows(recording["sites"]):
    tid = recording["threads"][recording["waits"][site["wait"]]["thread"]]["tid"]
    if site["total_ns"] > longest.get(tid, (0, 0))[0]:
      longest[tid] = (site["total_ns"], site["stack"])
  return {
      tid: ([frames[i] for i in stacks[stack]["frames"]], stacks[stack]["truncated"])
      for tid, (_, stack) in longest.items()
  }


def chain_check(who, gdb_frames, frames, truncated, bases):
  """The same real frames at the same addresses; bases: where each module was seen to lie."""
  real = [f for f in frames if not f["inlined"]]
  walked = [f for f in gdb_frames if not f.inlined]
  words = "%s: %s; gdb: %s" % (who, [f["function"] for f in real], [f.name for f in walked])
  assert len(real) == len(walked) or (truncated and len(real) < len(walked)), words
  exact = True  # not the address that a call returns to
  for told, true in zip(real, walked):
    base = true.pc - told["offset"] - (not exact and not true.signal)
    assert bases.setdefault(told["module"], base) == base, \
        "%s: %s lies at %#x or %#x: %s" % (who, told["module"], bases[told["module"]], base, words)
    exact = true.signal


def names_check(who, gdb_frames, frames, own):
  """Where both know a name in the program itself, inlined ones too, it is one name and one line."""
  told = [(f["function"], f["line"]) for f in frames if f["module"] == own and f["line"]]
  true = [(f.name, f.line) for f in gdb_frames if (f.name, f.line) in told or f.name in
          {name for name, _ in told}]
  assert told and told == true[:len(told)], "%s: %s; gdb: %s" % (who, told, true)


def same_as_gdb(pid, own=None):
  recording = recording_of(live.attach, [pid], 0.5)
  seen, walked, bases = seen_by_tool(recording), seen_by_gdb(pid), {}
  assert not walked.keys() - seen.keys(), "not seen: %s" % (walked.keys() - seen.keys())
  for tid in seen.keys() & walked.keys():  # not its children's
    frames, truncated = seen[tid]
    who = "thread %d" % tid
    chain_check(who, walked[tid], frames, truncated, bases)
    if own:
      names_check(who, walked[tid], frames, own)
  for module, base in bases.items():
    assert base % os.sysconf("SC_PAGESIZE") == 0, "%s lies at %#x" % (module, base)
  return len(walked)


def built_case_add(name, *words, after=lambda path: path):
  def run_case():
    path = after(compiled("sites_blocked", *words, source="sites_blocked.c"))
    with live.background(path) as child:
      assert same_as_gdb(child.pid, path if "-g" in words else None) == 8

  run_case.__name__ = "as_gdb_sees_" + name
  live.case(run_case)


built_case_add("gcc_O0", "gcc", "-O0", "-g")
built_case_add("gcc_O2", "gcc", "-O2", "-g")
built_case_add("gcc_O2_static", "gcc", "-O2", "-g", "-static")
built_case_add("clang_O2_stripped", "clang", "-O2", after=stripped)


@live.case
def as_gdb_sees_redis():
  socket = live.path_new("socket")
  with live.background(live.required("redis-server"), "--port", 0, "--unixsocket", socket,
                       "--save", "") as child:
    same_as_gdb(child.pid)


@live.case
def as_gdb_sees_a_shell():
  with live.background("/bin/sh", "-c", "sleep 60; true") as child:
    same_as_gdb(child.pid)


# Programs that are gone, or not where their path says.

BLOCKED = {
    "compare", "sleep_s", "wait_inside", "polls_deep_down", "waits_on_a_variable_frame",
    "selects_on_a_large_frame", "joins", "main"
}


def blocked_program():
  return compiled("sites_blocked", "gcc", "-O2", "-g", source="sites_blocked.c")


def functions_seen(recording):
  return {place.line["function"] for place in places_of(recording) if place.line}


def decoy(path):
  """Another program where that one was: whoever goes by the path names other functions."""
  shutil.copy("/bin/true", path + ".new")
  os.rename(path + ".new", path)


@live.case
def deleted_while_it_runs():
  path = blocked_program()
  with live.background(path) as child:
    os.unlink(path)
    seen = functions_seen(recording_of(live.attach, [child.pid], 0.3))
  assert seen == BLOCKED, seen


@live.case
def replaced_while_it_runs():
  path = blocked_program()
  with live.background(path) as child:
    decoy(path)
    seen = functions_seen(recording_of(live.attach, [child.pid], 0.3))
  assert seen == BLOCKED, seen


@live.case
def killed_while_it_is_measured():
  path = blocked_program()
  with live.background(path) as child:
    end = 'sleep 2; kill -9 "$0"; rm "$1"'
    with live.background("sh", "-c", end, child.pid, path, settle_s=0):
      recording = recording_of(live.attach, [child.pid], 5)
  assert recording["wall_ns"] < 4e9, "it was not ended"
  assert functions_seen(recording) == BLOCKED, functions_seen(recording)


def launched_truth(prefix, path):
  truths, recording, _ = recorded(*prefix, path)
  tally = judge(truths, places_of(recording), Native())
  assert tally.functions >= 0.95 * tally.of_functions > 30, missed_words(tally.missed)


@live.case
def in_another_mount_namespace():
  """Its file is not to be seen from outside, where something else has its name."""
  path = compiled("sites", "gcc", "-O2", "-g")
  hidden = live.path_new("hidden")
  os.rename(path, hidden)
  decoy(path)
  launched_truth([live.required("unshare"), "-m", "sh", "-c",
                  'mount --bind "$1" "$2" && exec "$2"', "sh", hidden], path)


PLUGIN = """#include <time.h>
static void __attribute__((noinline)) sleeps_in_%(name)s(void)
{
	nanosleep(&(struct timespec){0, 60000000}, 0);
}
void run(void) { sleeps_in_%(name)s(); __asm__ volatile(""); }
"""


def plugin(name):
  path = live.path_new(name)
  with open(path + ".c", "w", encoding="ascii") as file:
    file.write(PLUGIN % {"name": name})
  subprocess.run(["gcc", "-O2", "-g", "-fPIC", "-shared", "-o", path + ".so", path + ".c"],
                 check=True)
  return path + ".so"


@live.case
def libraries_that_take_each_other_s_place():
  names = ["a", "b", "c", "d"]
  program = compiled("plugins", "gcc", "-O2", "-g", source="sites_plugins.c")
  path = live.path_new("recording")
  run = live.tool_run(["--record", path, "--", program, *map(plugin, names)])
  if run.status == 3:
    raise live.Skip("they are not loaded at the same place here")
  assert run.status == 0, run.stderr.decode()
  with open(path, encoding="utf-8") as file:
    seen = functions_seen(json.load(file))
  assert {"sleeps_in_" + name for name in names} <= seen, seen


ENTER = """
for folder in usr dev proc; do
  mkdir -p "$1/$folder" && mount --rbind "/$folder" "$1/$folder" || exit 1
done
exec chroot "$1" "$2"
"""


@live.case
def in_another_root():
  """As in a container: its path is another one outside."""
  root = live.path_new("root")
  os.makedirs(root + "/var/tmp")
  for folder in ("bin", "lib", "lib64"):
    os.symlink("usr/" + folder, os.path.join(root, folder))
  os.rename(compiled("sites", "gcc", "-O2", "-g"), root + "/sites")
  launched_truth([live.required("unshare"), "-m", "sh", "-c", ENTER, "sh", root], "/sites")


# Thousands.


def memory_peak(pid):
  with open("/proc/%d/status" % pid, encoding="ascii") as file:
    return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def tool_memory(target, seconds, *options):
  """The most MiB that the tool had while it was attached, and its report."""
  path, most = live.path_new("report.json"), 0
  tool = subprocess.Popen([live.TOOL, "--json", "-o", path, "-p", str(target), "-d", str(seconds),
                           *options])
  while tool.poll() is None:
    with contextlib.suppress(OSError, StopIteration):
      most = max(most, memory_peak(tool.pid))
    time.sleep(0.05)
  assert tool.returncode == 0, tool.returncode
  return most, live.report_read(path)


@live.case
def a_thousand_stacks_of_500_threads():
  path = compiled("sites_crowd", "gcc", "-O2", "-g", source="sites_crowd.c")
  with live.background(path, 500, 60) as child:
    without, _ = tool_memory(child.pid, 2, "--no-callsites")
    short, _ = tool_memory(child.pid, 2)
    most, report = tool_memory(child.pid, 6)
  lost = report["window"]["lost"]
  print("         MiB: %.0f without call sites, %.0f after 2 s, %.0f after 6 s; %d lost" %
        (without, short, most, lost))
  assert most < without + 150, "%.0f MiB, %.0f without call sites" % (most, without)
  loss = next(c for c in report["quality"]["checks"] if c["id"] == "loss")
  assert str(lost) in loss["message"] or lost == 0, loss
  lines = {f["function"] for wait in report["waits"] for site in wait["sites"]
           for f in site["callsite"] if f["stands_out"]}
  assert "left" in lines, lines


if __name__ == "__main__":
  live.main()
