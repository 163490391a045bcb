#!/usr/bin/python3
"""What did not work is told with the command to type next; and that command is right."""
import os
import shlex
import subprocess
import threading

from cli import CONCADVISE, expect, expect_complaint, expect_status, folder, main, run, write

NOBODY = 65534


def hint_of(result):
  """The lines after the complaint; those to be typed are indented."""
  lines = result.stderr.decode().rstrip("\n").split("\n")[1:]
  return lines, [line.strip() for line in lines if line.startswith("  ")]


def unprivileged(*arguments, **options):
  if os.geteuid() == 0:
    options.update(user=NOBODY, group=NOBODY, extra_groups=[])
  return run(*arguments, cwd="/", **options)


def without_privileges_the_same_line_with_sudo_is_told():
  for arguments, as_user in ((["-d", "0.1", "--", "echo", "it's", "a b"], True),
                             (["-p", "1", "-d", "0.1"], False), (["top", "-p", "1"], False),
                             (["--user=nobody", "--", "true"], False)):
    result = unprivileged(*arguments)
    if b"CONCADVISE_PROBE=OFF" in result.stderr or b"there is no user" in result.stderr:
      continue
    typed = [line for line in hint_of(result)[1] if line.startswith("sudo ")]
    expect(len(typed) == 2, result.stderr)
    expect(shlex.split(typed[0]) == ["sudo", CONCADVISE, *["--user"] * as_user, *arguments],
           typed)
    expect(shlex.split(typed[1])[:2] == ["sudo", "setcap"], typed)
    expect(shlex.split(typed[1])[3] == os.path.realpath(CONCADVISE), typed)


def a_command_that_is_not_measured_still_runs():
  result = unprivileged("--", "sh", "-c", "echo said; exit 7")
  expect_status(result, 7)
  expect(result.stdout == b"said\n", result.stdout)


def a_process_that_is_not_there_is_to_be_looked_for():
  result = run("-p", 2**22)
  expect_complaint(result, 125, "No such process")
  for command in hint_of(result)[1]:
    with open("/proc/self/comm", encoding="utf-8") as comm:
      words = shlex.split(command.replace("NAME", comm.read().strip()))
    made = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    expect(str(os.getpid()).encode() in made.stdout, words, made.stdout)


def a_thread_is_told_with_its_process():
  told = {}
  done = threading.Event()

  def work():
    told["tid"] = threading.get_native_id()
    done.wait(60)
  thread = threading.Thread(target=work)
  thread.start()
  while "tid" not in told:
    pass
  result = run("-p", told["tid"])
  done.set()
  thread.join()
  expect_complaint(result, 125, "is a thread of process %d" % os.getpid())
  expect(hint_of(result)[1] == ["concadvise -p %d" % os.getpid()], result.stderr)


def a_command_in_this_folder_is_told_with_its_path():
  with folder() as here:
    path = write(here, "mine", "#!/bin/sh\nexit 3\n")
    expect_status(run("--", path, cwd=here), 126)
    typed = hint_of(run("--", path, cwd=here))[1]
    expect(typed[-1] == "chmod +x %s" % path, typed)
    expect(shlex.split(typed[0])[2:] == ["sh", str(path)], typed)
    subprocess.run(shlex.split(typed[-1]), check=True)
    result = run("--", "mine", cwd=here)
    expect_status(result, 127)
    typed = shlex.split(hint_of(result)[1][0])
    expect(typed == ["concadvise", "--", "./mine"], typed)
    expect_status(run(*typed[1:], cwd=here), 3)


def under_sudo_the_own_path_is_told():
  result = run("--", "only-in-my-path", env={**os.environ, "SUDO_USER": "me"})
  expect_status(result, 127)
  expect('sudo env "PATH=$PATH"' in hint_of(result)[1][0], result.stderr)
  expect(len(hint_of(run("--", "nowhere", env={k: v for k, v in os.environ.items()
                                               if k != "SUDO_USER"}))[1]) == 0, "a hint")


def a_folder_to_write_in_is_to_be_made():
  with folder() as here:
    result = run("-o", here + "/new/report", "--", "true")
    expect_complaint(result, 125, "cannot write")
    subprocess.run(shlex.split(hint_of(result)[1][0]), check=True)
    expect_status(run("-o", here + "/new/report", "--", "true"), 0)


def what_is_no_recording_is_told_with_how_to_make_one():
  with folder() as here:
    for name in (write(here, "text", "hello"), here + "/none"):
      expect("--record" in hint_of(run("report", name))[1][0], name)


main(without_privileges_the_same_line_with_sudo_is_told, a_command_that_is_not_measured_still_runs,
     a_process_that_is_not_there_is_to_be_looked_for, a_thread_is_told_with_its_process,
     a_command_in_this_folder_is_told_with_its_path, under_sudo_the_own_path_is_told,
     a_folder_to_write_in_is_to_be_made, what_is_no_recording_is_told_with_how_to_make_one)
