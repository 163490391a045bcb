"""machine: what a measurement was made on, and how much of it others used meanwhile."""
import os
import platform
import resource

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def words(ahead):
  return "Linux %s %s, %d CPUs, CPython %s%s" % (
      platform.release(), platform.machine(), os.cpu_count(), platform.python_version(),
      ", ahead of other programs" if ahead else "")


def busy_s():
  """CPU time of everybody so far, with what a hypervisor took; exact to a tick of each CPU."""
  with open("/proc/stat", encoding="ascii") as file:
    user, nice, system, _, _, irq, softirq, stolen = map(int, file.readline().split()[1:9])
  return (user + nice + system + irq + softirq + stolen) * TICK_S


def ours_s(servers_pid):
  """CPU time so far of this program, of its children that have ended and of the servers."""
  used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
  with open("/proc/%d/stat" % servers_pid, encoding="ascii") as file:
    ticks = file.read().rpartition(")")[2].split()[11:13]
  return sum(one.ru_utime + one.ru_stime for one in used) + sum(map(int, ticks)) * TICK_S


class Others:
  """CPUs that others use, on average, from now until it is asked."""

  def __init__(self, servers_pid):
    self.servers_pid = servers_pid
    self.before_s = self.used_s()

  def used_s(self):
    return busy_s() - ours_s(self.servers_pid)

  def cpus(self, wall_s):
    return max(0.0, self.used_s() - self.before_s) / wall_s
