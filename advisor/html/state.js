/*
 * state: what a thread does at an instant: one row for each, in the order in which they are shown.
 */

const STATES = [
  ["cpu", "on a CPU", "runs"],
  ["cpu_user", "cpu, user", "runs"],
  ["cpu_kernel", "cpu, kernel", "runs, inside the kernel"],
  ["run_queue", "run queue", "could run, but waits for a CPU"],
  ["interpreter_lock", "interpreter lock", "waits for its runtime's global lock"],
  ["lock", "lock", "waits for a lock that another thread holds"],
  ["network", "network", "waits for a socket"],
  ["disk", "disk", "waits for a file or a block device"],
  ["ipc", "ipc", "waits for a pipe, a UNIX socket or an eventfd"],
  ["child", "child process", "waits for a child process"],
  ["terminal", "terminal", "waits for a terminal"],
  ["page_fault", "page fault", "waits for memory"],
  ["sleep", "sleep", "asked to sleep"],
  ["sync", "other threads", "waits for another thread's work"],
  ["poll", "event poll", "waits for any of several files, as an event loop does"],
  ["stopped", "stopped", "was stopped"],
  ["other", "other", "none of these"],
  ["folded", "short waits", "many short waits, known in sums alone"],
];

export const stateNames = STATES.map(([name]) => name);

export function stateLabel(name) {
  return STATES.find(([known]) => known === name)?.[1] ?? name;
}

export function stateMeaning(name) {
  return STATES.find(([known]) => known === name)?.[2] ?? "";
}

/* A colour for CSS, in light and dark. */
export function stateColour(name) {
  return `var(--state-${name.replaceAll("_", "-")})`;
}

/* The same for a canvas, which does not know variables. */
export function stateColours() {
  const style = getComputedStyle(document.documentElement);

  return Object.fromEntries(stateNames.map((name) =>
    [name, style.getPropertyValue("--state-" + name.replaceAll("_", "-")).trim()]));
}

/* Of parts by state, those that matter first. */
export function largestFirst(states) {
  return Object.entries(states).filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]);
}
