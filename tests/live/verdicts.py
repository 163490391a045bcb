#!/usr/bin/env python3
"""The examples, and anti-patterns made on purpose, are recognised and get sound advice."""
import contextlib
import os
import socket
import subprocess
import threading
import time

import live

PYTHON = "/usr/bin/python3"
EXAMPLES = live.EXAMPLES


def verdict_check(run, actions, models, classes):
  """None: anything will do."""
  for got, wanted in zip(run.verdict(), (actions, models, classes)):
    assert wanted is None or got in wanted.split("|"), "%s; expected %s" % (run.told(), wanted)


def finding_check(run, part):
  """A finding of which the rule's name holds this part."""
  rules = [f["rule"] for f in run.report["findings"]]
  found = any(part in rule for rule in rules)
  assert found, "no finding %r among %s; %s" % (part, rules, run.told())


def current_check(run, model):
  current = [row["model"] for row in run.report["predictions"] if row["current"]]
  assert current == [model], "it is %s; %s" % (current, run.told())


def never_more_threads(run):
  assert not (run.verdict()[:2] == ("adopt", "threads")), run.told()


@live.case
def fetches_one_by_one():
  run = live.launch(PYTHON, EXAMPLES / "fetch.py")
  verdict_check(run, "adopt", "threads", "io-bound")
  wait = next(w for w in run.report["waits"] if w["state"] == "network")
  assert wait["count"] >= 40 and "127.0.0.1" in (wait["object"] or ""), wait
  assert 4 < run.report["recommendation"]["expected_speedup"] < 60, run.told()


@live.case
def fetches_from_a_server_of_its_own():
  """In a thread of the same process, with one for each request: the work is that of who asks."""
  run = live.launch(PYTHON, live.PROGRAMS / "self_server.py", 40)
  verdict_check(run, "adopt", "threads", "io-bound")
  assert 4 < run.report["recommendation"]["expected_speedup"] < 60, run.told()


@live.case
def fetches_at_once_in_node():
  """From a server of its own, which is a loop as well, and none of those that it is built of."""
  run = live.launch(live.required("node"), EXAMPLES / "fetch.mjs")
  verdict_check(run, "keep", "event-loop", "io-bound")
  current = next(row for row in run.report["predictions"] if row["current"])
  assert current["workers"] == 1, current
  assert run.report["concurrency"]["requests"]["peak"] >= 40, run.report["concurrency"]


ERLANG_ASKS = """[begin
  {ok, Socket} = gen_tcp:connect("127.0.0.1", %d, [binary, {active, false}]),
  ok = gen_tcp:send(Socket, "line"),
  {ok, _} = gen_tcp:recv(Socket, 0),
  gen_tcp:close(Socket)
end || _ <- lists:seq(1, 40)], halt().
"""


@live.case
def asks_one_after_the_other_in_erlang():
  """Its schedulers wait in several threads, for one answer at a time all together."""
  over = threading.Event()
  with socket.create_server(("127.0.0.1", 0)) as server:
    def answer():
      while True:
        connection, _ = server.accept()
        with connection:
          if over.is_set():
            return
          connection.recv(16)
          time.sleep(0.1)
          connection.sendall(b"ok")
    port = server.getsockname()[1]
    thread = threading.Thread(target=answer)
    thread.start()
    run = live.launch(live.required("erl"), "-noshell", "-eval", ERLANG_ASKS % port)
    over.set()
    socket.create_connection(("127.0.0.1", port)).close()
    thread.join()
  verdict_check(run, "adopt", "threads", "io-bound")
  assert run.report["target"]["subject"]["runtime"] == "beam", run.report["target"]["subject"]
  assert not run.report["event_loops"], run.report["event_loops"]
  assert 4 < run.report["recommendation"]["expected_speedup"] < 60, run.told()


ONE_ANSWER = """
import concurrent.futures, socket, sys, threading
pool = concurrent.futures.ThreadPoolExecutor(40)
met = threading.Barrier(40)
list(pool.map(lambda _: met.wait(), range(40)))
socket.create_connection(("127.0.0.1", int(sys.argv[1]))).recv(1)
"""


@live.case
def one_answer_beside_idle_threads():
  """All but one thread have nothing to do: the program waits for what that one waits for."""
  with socket.create_server(("127.0.0.1", 0)) as server:
    def answer():
      connection, _ = server.accept()
      time.sleep(2)
      connection.close()
    thread = threading.Thread(target=answer)
    thread.start()
    run = live.launch(PYTHON, "-c", ONE_ANSWER, server.getsockname()[1])
    thread.join()
  verdict_check(run, "keep", None, "io-bound")


@live.case
def computing_on_a_node_loop():
  run = live.launch(live.required("node"), EXAMPLES / "blocking.mjs")
  verdict_check(run, "fix", "event-loop", "loop-blocked")
  loop = max(run.report["event_loops"], key=lambda l: l["iterations"] or 0)
  assert loop["lag_max_s"] > 0.03, loop


def team_run(schedule):
  program = live.program("team", "-fopenmp")
  return live.launch("env", "OMP_SCHEDULE=" + schedule, program)


@live.case
def a_team_with_uneven_shares():
  """Whose first thread has the smaller one, and waits for the other's."""
  run = team_run("static")
  verdict_check(run, "tune", "threads", "cpu-bound")
  finding_check(run, "uneven-shares")
  # By arithmetic: three quarters of the work are in the upper half.
  assert 1.2 < run.report["recommendation"]["expected_speedup"] < 1.6, run.told()


@live.case
def a_team_that_shares_evenly():
  run = team_run("dynamic,16")
  verdict_check(run, "keep", "threads", "cpu-bound")


@live.case
def one_lock_for_all():
  run = live.launch(live.program(str(EXAMPLES / "mutex_convoy.c")))
  verdict_check(run, "tune|fix", "threads", "lock-bound")
  lock = run.report["locks"][0]
  assert lock["kind"] in ("mutex", "futex") and lock["waiters"] >= 4, lock


PYTHON_LOCK = """
import threading, time
lock = threading.Lock()
def book():
  for _ in range(40):
    with lock:
      time.sleep(0.01)
workers = [threading.Thread(target=book) for _ in range(4)]
for worker in workers: worker.start()
for worker in workers: worker.join()
"""


@live.case
def one_python_lock_for_all():
  """A semaphore to the kernel, like what an idle worker waits for."""
  path = live.path_new("book.py")
  with open(path, "w", encoding="ascii") as script:
    script.write(PYTHON_LOCK)
  run = live.launch(PYTHON, path)
  verdict_check(run, "tune|fix", "threads", "lock-bound")
  assert "book.py:6" in run.report["recommendation"]["place"], run.told()
  lock = run.report["locks"][0]
  assert lock["kind"] == "mutex" and lock["waiters"] in (3, 4), lock  # who begins may never wait
  assert 1.2 < lock["total_wait_s"] < 6, lock  # at most three at a time, for 1.6 s


@live.case
def pool_of_the_right_size():
  verdict_check(live.launch(live.program(str(EXAMPLES / "pool.c"))), "keep", "threads", "cpu-bound")


@live.case
def pool_that_is_too_large():
  run = live.launch(live.program(str(EXAMPLES / "pool.c")), 400, 64)
  verdict_check(run, "tune", "threads", "oversubscribed")
  assert run.report["recommendation"]["workers"] <= 2 * os.cpu_count(), run.report["recommendation"]


@live.case
def native_computing_in_one_thread():
  verdict_check(live.launch(live.program(str(EXAMPLES / "pool.c")), 200, 1), "adopt", "threads",
                "cpu-bound")


@live.case
def a_pipeline_waits_for_its_slowest_stage():
  run = live.launch("sh", "-c", "seq -f '%.9g' 0 0.377731 1500000 | gzip -6 >/dev/null")
  verdict_check(run, "fix", "processes|hybrid", "cpu-bound")
  finding_check(run, "bottleneck-thread")
  assert 1.1 < run.report["recommendation"]["expected_speedup"] <= 2.1, run.told()


@live.case
def one_sleep_gains_nothing():
  run = live.launch("sleep", 2)
  verdict_check(run, "keep|measure", None, None)
  for row in run.report["predictions"]:
    assert row["speedup"] is None or row["speedup"] < 1.1, row


@live.case
def too_little_seen():
  verdict_check(live.launch("true"), "measure", None, "insufficient-data")


@live.case
def idle_threads_are_no_bottleneck():
  script = (
      "import queue, threading, time\nq = queue.Queue()\n"
      "[threading.Thread(target=q.get, daemon=True).start() for _ in range(50)]\ntime.sleep(60)\n")
  with live.background(PYTHON, "-c", script) as child:
    run = live.attach([child.pid], 2)
  verdict_check(run, "keep|measure", None, "idle|insufficient-data")


@live.case
def who_spins_for_a_lock_computes():
  """Four threads take a dozen times as long as one."""
  run = live.launch(live.program("spin_bank"), 4)
  verdict_check(run, "fix", "threads", "lock-bound")
  known = [row["model"] for row in run.report["predictions"] if row["speedup"] is not None]
  assert known == ["threads"], run.report["predictions"]
  alone = live.launch(live.program("spin_bank"), 1)
  finding = [f["rule"] for f in alone.report["findings"] if "lock" in f["rule"]]
  assert not finding, finding


POOL = """from concurrent.futures import ProcessPoolExecutor
def work(n):
  return sum(i * i % 7 for i in range(n))
if __name__ == "__main__":
  with ProcessPoolExecutor(2) as pool:
    """


@live.case
def a_pool_that_is_asked_one_thing_at_a_time():
  script = POOL + "for _ in range(60): pool.submit(work, 300000).result()"
  run = live.launch(PYTHON, "-c", script)
  verdict_check(run, "fix", "processes", "cpu-bound")
  finding_check(run, "alternating-workers")
  assert 1.2 < run.report["recommendation"]["expected_speedup"] < 2.2, run.told()


@live.case
def a_pool_that_is_asked_all_at_once():
  run = live.launch(PYTHON, "-c", POOL + "list(pool.map(work, [300000] * 60))")
  rules = [f["rule"] for f in run.report["findings"]]
  assert "alternating-workers" not in rules, run.told()


SCHEDULE = """import time
due = time.monotonic()
for i in range(200):
  %s
  sum(j * j for j in range(4000 + i %% 7 * 2000))
"""


@live.case
def a_schedule_is_kept():
  """Its work varies, its period does not."""
  tick = "due += 0.01; time.sleep(max(0, due - time.monotonic()))"
  run = live.launch(PYTHON, "-c", SCHEDULE % tick)
  verdict_check(run, "keep", None, "idle")
  assert "10.0 ms" in run.report["recommendation"]["summary"], run.told()
  for row in run.report["predictions"]:
    assert row["speedup"] is None or row["speedup"] < 1.1, row


@live.case
def sleeps_of_one_length_keep_to_no_schedule():
  run = live.launch(PYTHON, "-c", SCHEDULE % "time.sleep(0.01)")
  verdict_check(run, "adopt", "threads|event-loop|hybrid|processes", None)


@live.case
def heartbeats_beside_computing_are_no_work():
  script = ("import threading, time\ndef beat():\n  while True: time.sleep(0.05)\n"
            "[threading.Thread(target=beat, daemon=True).start() for _ in range(3)]\n"
            "print(sum(i * i % 7 for i in range(15_000_000)))")
  run = live.launch(PYTHON, "-c", script)
  verdict_check(run, "adopt", "processes", "cpu-bound|gil-bound")
  now = next(row for row in run.report["predictions"] if row["model"] == "sequential")
  assert now["speedup"] > 0.9, now


@live.case
def heartbeats_of_a_server_are_no_workers():
  with live.background(PYTHON, live.PROGRAMS / "heartbeats.py") as child:
    run = live.attach([child.pid], 3, ["--no-follow"])
  assert run.report["window"]["threads_seen"] == 4, run.report["window"]
  verdict_check(run, "keep", "sequential", None)


@live.case
def who_looks_whether_it_is_done_is_no_worker():
  """The first thread sleeps as long as another one computes."""
  script = ("import threading, time\n"
            "def work(): print(sum(i * i % 7 for i in range(15_000_000)))\n"
            "worker = threading.Thread(target=work)\nworker.start()\n"
            "while worker.is_alive(): time.sleep(0.02)")
  run = live.launch(PYTHON, "-c", script)
  verdict_check(run, "adopt", "processes", "cpu-bound|gil-bound")
  main = next(t for t in run.threads() if t["tid"] == t["pid"])
  assert main["role"] != "worker", main


@live.case
def shell_that_waits_for_its_children():
  run = live.launch("sh", "-c", "for i in 1 2 3 4 5; do sleep 0.3; done")
  assert run.verdict()[2] in ("child-bound", "io-bound"), run.told()


COMMANDS = "sleep 0.2; echo done"  # of a shell: more than one process


def children_check(run, model, runtime):
  verdict_check(run, "adopt", model, "child-bound")
  assert run.report["target"]["subject"]["runtime"] == runtime, run.report["target"]["subject"]
  assert 2.5 < run.report["recommendation"]["expected_speedup"] < 7, run.told()


@live.case
def a_build_one_by_one():
  """In a script, as builds often are."""
  folder = live.path_new("build")
  os.mkdir(folder)
  with open(os.path.join(folder, "Makefile"), "w", encoding="ascii") as makefile:
    makefile.write("all: a b c d e f\na b c d e f:\n\t@%s > $@\n" % COMMANDS)
  run = live.launch("sh", "-c", "echo begun; make -C %s" % folder)
  children_check(run, "processes", "native")
  assert "sleep, 6 times" in run.report["recommendation"]["place"], run.told()


@live.case
def commands_of_a_python_script_one_by_one():
  program = ("import subprocess\nfor _ in range(6):\n"
             "  subprocess.run(%r, shell=True, check=True, stdout=subprocess.PIPE)\n" % COMMANDS)
  path = live.path_new("commands.py")
  with open(path, "w", encoding="ascii") as script:
    script.write(program)
  run = live.launch(PYTHON, path)
  children_check(run, "threads", "cpython")
  assert "commands.py:3" in run.report["recommendation"]["place"], run.told()


@live.case
def commands_of_a_node_script_one_by_one():
  """It waits for each in a loop of its own, and has no other work."""
  program = ("for (let i = 0; i < 6; i++) require('child_process').execSync(%r);" % COMMANDS)
  children_check(live.launch(live.required("node"), "-e", program), "event-loop", "node")


@live.case
def a_language_of_one_thread_is_run_several_times():
  run = live.launch(live.required("perl"), "-e", "select(undef, undef, undef, 0.03) for 1 .. 60")
  verdict_check(run, "adopt", "processes", "io-bound")
  assert run.report["target"]["subject"]["runtime"] == "perl", run.report["target"]["subject"]


@live.case
def worker_processes_of_a_loop():
  """They are forked with the loop's epoll, in which none of them ever waits."""
  script = live.path_new("pool.py")
  with open(script, "w", encoding="ascii") as file:
    file.write("""
import asyncio, time
from concurrent.futures import ProcessPoolExecutor

def work(i):
    time.sleep(0.05)

async def main():
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, work, i) for i in range(80)))

asyncio.run(main())
""")
  run = live.launch(PYTHON, script)
  verdict_check(run, "adopt|tune", "processes|event-loop|hybrid", "io-bound|mixed")
  assert len(run.report["event_loops"]) == 1, run.report["event_loops"]
  assert 4 < run.report["recommendation"]["expected_speedup"] < 60, run.told()


@live.case
def a_thread_that_sleeps_until_all_is_over():
  """As one that closes connections that are kept too long: nobody waits for it."""
  run = live.launch(PYTHON, "-c", """
import threading, time
threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
for _ in range(40):
    time.sleep(0.05)
""")
  verdict_check(run, "adopt", "threads", "io-bound")
  assert 4 < run.report["recommendation"]["expected_speedup"] < 60, run.told()


def java_program(name, *arguments):
  folder = os.path.dirname(live.path_new(name + ".class"))
  source = live.PROGRAMS / (name + ".java")
  subprocess.run([live.required("javac"), "-d", folder, source], check=True)
  return live.launch(live.required("java"), "-cp", folder, name, *arguments)


def java_pauses(*arguments):
  """A JVM's threads sleep on a futex, as those do that wait for work."""
  return java_program("Pauses", *arguments)


@live.case
def java_sleeps_one_after_another():
  verdict_check(java_pauses(30, 60), "adopt", "threads", "io-bound")


@live.case
def java_pool_that_is_too_small():
  """Its collector's and compilers' threads, which have nothing to do, are no workers of the pool."""
  run = java_pauses(60, 80, 4)
  verdict_check(run, "tune", "threads", "io-bound")
  assert 4 < run.report["recommendation"]["expected_speedup"] < 20, run.told()


@live.case
def java_collects_garbage_beside_one_thread():
  """The collector's threads compute, and are no workers of the program's."""
  run = java_program("Trees")
  current_check(run, "sequential")


@live.case
def go_moves_one_goroutine_from_thread_to_thread():
  """As it does while it collects garbage: that is one worker, whatever the threads are."""
  made = live.path_new("trees")
  subprocess.run([live.required("go"), "build", "-o", made, live.PROGRAMS / "trees.go"], check=True)
  run = live.launch(made)
  current_check(run, "sequential")


@live.case
def one_long_child_gains_nothing():
  """It cannot run side by side with itself, whatever short commands stand around it."""
  run = live.launch("sh", "-c", "/bin/true; sleep 2; /bin/true")
  verdict_check(run, "keep|measure", None, None)


@live.case
def script_that_starts_many_programs():
  run = live.launch("sh", "-c", "i=0; while [ $i -lt 400 ]; do /bin/true; i=$((i+1)); done")
  finding_check(run, "fork")


@live.case
def durable_writes_one_by_one():
  run = live.launch(live.program("disk"), "write", "/var/tmp", 2)
  finding_check(run, "durable")


@live.case
def busy_polling():
  run = live.launch(live.program("busy_poll"), 2)
  finding_check(run, "poll")


@contextlib.contextmanager
def cpu_quota(cores):
  """A cgroup of version 1 or 2 with that quota; yields a command prefix that enters it."""
  for root, write in (("/sys/fs/cgroup/cpu", ("cpu.cfs_quota_us", "%d")),
                      ("/sys/fs/cgroup", ("cpu.max", "%d 100000"))):
    group = "%s/concadvise-test-%d" % (root, os.getpid())
    try:
      os.mkdir(group)
      with open("%s/%s" % (group, write[0]), "w", encoding="ascii") as file:
        file.write(write[1] % (cores * 100000))
    except OSError:
      with contextlib.suppress(OSError):
        os.rmdir(group)
      continue
    try:
      yield ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group]
    finally:
      time.sleep(0.2)
      os.rmdir(group)
    return
  raise live.Skip("no CPU cgroup can be made here")


@live.case
def throttled_by_its_quota():
  """Attached to from outside of the cgroup, as a person would: the quota is the target's."""
  with cpu_quota(0.5) as prefix:
    with live.background(*prefix, live.program(str(EXAMPLES / "pool.c")), 4000, 2) as child:
      run = live.attach([child.pid], 3)
    live.close("cpu_quota", run.report["host"]["cpu_quota"], 0.5, 0.01)
    for thread in sorted(run.report["threads"], key=lambda t: -t["time"]["run_queue"])[:2]:
      live.close("run_queue holds the throttling", thread["time"]["run_queue"], 0.75 * 3, 0.2)
    finding_check(run, "throttled")
    never_more_threads(run)


@live.case
def affinity_counts():
  run = live.launch("taskset", "-c", "0", live.program("crowd"), 2, 1, 0.5, 0.01)
  told_cpus = run.report["host"]["cpus_allowed"]
  assert told_cpus == 1, "cpus_allowed %s" % told_cpus
  never_more_threads(run)


@live.case
def thread_for_each_connection():
  command = [PYTHON, str(live.PROGRAMS / "connection_threads.py"), "300", "60"]
  with live.background(*command, settle_s=2) as child:
    run = live.attach([child.pid], 3, ["--no-follow"])
  assert run.report["window"]["threads_seen"] > 250, run.report["window"]
  finding_check(run, "connection")
  never_more_threads(run)


@live.case
def workers_that_wait_in_epoll_for_who_connects():
  """As uWSGI's do: they are no loops that somebody blocks."""
  command = [PYTHON, str(live.PROGRAMS / "epoll_acceptor.py"), "8", "60"]
  with live.background(*command, settle_s=1) as child:
    run = live.attach([child.pid], 4, ["--no-follow"])
  verdict_check(run, "adopt|tune", "threads|processes", "io-bound")
  assert not run.report["event_loops"], run.report["event_loops"]


def ask_on(port, over, pause_s):
  """Says a line and waits for the answer, again and again."""
  with socket.create_connection(("127.0.0.1", port)) as connection:
    while not over.wait(pause_s):
      connection.sendall(b"line\n")
      connection.recv(16)


@contextlib.contextmanager
def followers(blocked_ms, pause_s):
  """A service of four threads that take turns at one epoll, which eight clients ask."""
  with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
  over = threading.Event()
  with live.background(live.program("followers"), 4, port, blocked_ms) as child:
    clients = [threading.Thread(target=ask_on, args=(port, over, pause_s)) for _ in range(8)]
    for client in clients:
      client.start()
    try:
      yield child
    finally:
      over.set()
      for client in clients:
        client.join()


@live.case
def loops_that_wait_for_their_turn():
  """Nobody blocks them, and they do not work either: another one waits for the events of all."""
  with followers(blocked_ms=0, pause_s=0.002) as child:
    run = live.attach([child.pid], 3)
  verdict_check(run, "keep", "event-loop", "io-bound|idle")
  loops = run.report["event_loops"]
  assert len(loops) == 4, loops
  for loop in loops:
    blocked = {row["state"]: row["total_s"] for row in loop["blocking"]}
    assert "sync" not in blocked and sum(blocked.values()) < 0.3, blocked  # but their mutex
    assert loop["work_share"] < 0.4, loop["work_share"]


@live.case
def loops_that_take_turns_can_block_all_the_same():
  with followers(blocked_ms=5, pause_s=0) as child:
    run = live.attach([child.pid], 3)
  verdict_check(run, "fix", "event-loop", "loop-blocked")
  assert run.report["event_loops"][0]["blocking"][0]["syscall"] == "clock_nanosleep", run.told()


@live.case
def thousands_of_waits():
  """More than a thousand threads that only sleep: what an event loop is for.

  Where ending a thread takes milliseconds, many more would fight for the GIL longer than they sleep.
  """
  script = ("import threading, time\nthreading.stack_size(1 << 18)\n"
            "many = [threading.Thread(target=time.sleep, args=(4,)) for _ in range(1200)]\n"
            "[t.start() for t in many]\n[t.join() for t in many]\n")
  verdict_check(live.launch(PYTHON, "-c", script), None, "event-loop", "io-bound")


@live.case
def blocking_call_is_named():
  run = live.launch(PYTHON, EXAMPLES / "blocking_loop.py", 5, 0.3)
  blocking = [b for loop in run.report["event_loops"] for b in loop["blocking"]]
  assert any(b["state"] == "sleep" and b["max_s"] > 0.25 for b in blocking), blocking


@live.case
def text_report_says_the_same():
  """The sentence that a person reads is the recommendation of the JSON report."""
  command = [PYTHON, str(EXAMPLES / "sleeps_sequential.py"), "5", "0.3"]
  done = subprocess.run([live.TOOL, "-o", "-", "--", *command], capture_output=True,
                        timeout=live.TIMEOUT_S)
  text = done.stdout.decode()
  assert "threads" in text.lower() and "io-bound" in text, text
  assert all(len(line) <= 80 for line in text.splitlines()), max(text.splitlines(), key=len)
  assert "\x1b" not in text, "colour without a terminal"


if __name__ == "__main__":
  live.main()
