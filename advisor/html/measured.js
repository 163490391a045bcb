/*
 * measured: tables of what was seen: waits, lines that compute, locks, event loops, threads.
 */
import { element, report, number, section, hint } from "./element.js";
import { callsite, frameText } from "./callsite.js";
import { quantity } from "./quantity.js";
import { runtimeLock } from "./runtime.js";
import { largestFirst, stateColour, stateLabel } from "./state.js";
import { table } from "./table.js";

/* Rows of a list of the report, with where each is. */
function listRows(path, list) {
  return list.map((row, i) => ({ ...row, path: `${path}.${i}` }));
}

function numbers(label, key, unit) {
  return { label, number: true, sort: (row) => row[key] ?? -1,
    cell: (row) => number(`${row.path}.${key}`, unit) };
}

function stateCell(name) {
  return [element("i", { class: "swatch", style: { background: stateColour(name) } }),
    stateLabel(name)];
}

export function waits() {
  const rows = listRows("waits", report.waits)
    .map((row) => ({ ...row, attributes: row.idle ? { class: "idle" } : {} }));

  return rows.length > 0 && section("waits", "What it waited for", table("Waits, longest first", [
    { label: "for", cell: (row) => [stateCell(row.state), " ", element("span", { class: "object" },
      row.object ?? ""), row.idle && element("span", { class: "tag" }, "idle")], class: "what" },
    { label: "in", cell: (row) => row.syscall ? element("code", {}, row.syscall)
      : "no system call", class: "call" },
    { label: "called at", cell: (row) => callsite(row.callsite), class: "wide" },
    numbers("count", "count", "count"), numbers("total", "total_s", "s"),
    numbers("median", "p50_s", "s"), numbers("99th", "p99_s", "s"),
    numbers("longest", "max_s", "s"), numbers("side by side", "overlapped", "share"),
    numbers("threads", "threads", "count"),
  ], rows), hint("Idle: it waited for work, for users or for its own workers. Side by side: the ",
    "share of the time during which another such wait was under way."));
}

export function computingLines() {
  const rows = listRows("cpu_sites", report.cpu_sites);
  const locked = rows.some((row) => row.interpreter_lock_held !== null);

  return rows.length > 0 && section("lines", "Lines that compute",
    table("Lines by their time on a CPU", [
    { label: "line", cell: (row) => callsite(row.callsite,
      row.module_only ? row.callsite[0]?.module?.split("/").pop() : undefined), class: "wide" },
    numbers("share", "share", "share"), numbers("on a CPU", "total_s", "s"),
    ...(locked ? [numbers(`holds the ${runtimeLock()}`, "interpreter_lock_held", "share")] : []),
    numbers("threads", "threads", "count"),
  ], rows));
}

function lockName(lock) {
  return lock.name ?? lock.object ?? lock.address ?? "";
}

function interpreterLock() {
  return report.interpreter_lock && element("dl", { class: "facts" },
    [["held by what computes", "held_share", "share"], ["waited for, in all", "wait_s", "s"],
      ["computing without it", "free_cpu_share", "share"]].map(([label, key, unit]) =>
      element("div", {}, element("dt", {}, label),
        element("dd", {}, number("interpreter_lock." + key, unit)))));
}

export function locks() {
  const rows = listRows("locks", report.locks);

  if (rows.length === 0 && !report.interpreter_lock)
    return null;
  return section("locks", "Locks", report.interpreter_lock &&
    [element("h3", {}, "The interpreter's lock"), interpreterLock()],
  rows.length > 0 ? table("Locks, longest waited for first", [
    { label: "lock", cell: (row) => [row.kind, " ", element("code", {}, lockName(row)),
      row.inferred && element("span", { class: "tag" }, "told by behaviour")] },
    { label: "waited for at", cell: (row) => callsite(row.callsite), class: "wide" },
    { label: "held meanwhile at", cell: (row) => callsite(row.holders[0]?.callsite ?? []),
      class: "wide" },
    numbers("waits", "waits", "count"), numbers("total", "total_wait_s", "s"),
    numbers("longest", "max_wait_s", "s"), numbers("threads", "waiters", "count"),
    { label: "holder", number: true, cell: (row) => row.owner ?? "" },
  ], rows) : hint("No lock was waited for."));
}

function stalls(loop, path) {
  return loop.stalls.length > 0 && table("Stalls, most time first", [
    { label: "stalled by", cell: (row) => row.kind === "blocking"
      ? [stateCell(row.state ?? "other"), " ", element("code", {}, row.syscall ?? "")]
      : row.kind === "computing" ? stateCell("cpu") : stateCell("run_queue") },
    { label: "at", cell: (row) => callsite(row.callsite), class: "wide" },
    numbers("count", "count", "count"), numbers("total", "total_s", "s"),
    numbers("longest", "max_s", "s"),
  ], listRows(path + ".stalls", loop.stalls));
}

function blocking(loop, path) {
  return loop.blocking.length > 0 && element("details", {},
    element("summary", {}, "Waits on its thread other than its own"),
    table("Waits on the loop", [
      { label: "for", cell: (row) => [stateCell(row.state), " ",
        element("code", {}, row.syscall ?? "")] },
      { label: "at", cell: (row) => callsite(row.callsite), class: "wide" },
      numbers("count", "count", "count"), numbers("total", "total_s", "s"),
      numbers("longest", "max_s", "s"),
    ], listRows(path + ".blocking", loop.blocking)));
}

const LOOP_FACTS = [
  ["works", "work_share", "share"], ["waits for a CPU", "run_queue_share", "share"],
  ["busy, but for waiting for a CPU", "busy_share", "share"], ["rounds", "iterations", "count"],
  ["between two waits, median", "lag_p50_s", "s"], ["99th of 100", "lag_p99_s", "s"],
  ["at most", "lag_max_s", "s"], ["stalls", "stalls_seen", "count"],
  ["could carry, times the load", "capacity", "x"],
];

function loop(one, i) {
  const path = `event_loops.${i}`;
  const facts = LOOP_FACTS.filter(([, key]) => key !== "capacity" || one.capacity !== null);

  return element("article", { class: "loop" },
    element("h3", {}, `Thread ${one.tid}`, one.saturated && element("span", { class: "tag" },
      "hardly ever asleep")),
    element("dl", { class: "facts" }, facts.map(([label, key, unit]) =>
      element("div", {}, element("dt", {}, label),
        element("dd", {}, number(`${path}.${key}`, unit))))),
    stalls(one, path), blocking(one, path));
}

const LOOPS_SHOWN = 6;

export function loops() {
  const all = report.event_loops, threshold = all[0]?.stall_threshold_s;

  if (all.length === 0)
    return null;
  return section("loops", all.length === 1 ? "The event loop" : "Event loops",
    hint(`A loop that does not look for events for ${quantity(threshold, "s")} is stalled: `,
      "whatever else it serves waits meanwhile."),
    all.slice(0, LOOPS_SHOWN).map(loop),
    all.length > LOOPS_SHOWN && element("details", {},
      element("summary", {}, `${all.length - LOOPS_SHOWN} more`),
      all.slice(LOOPS_SHOWN).map((one, i) => loop(one, i + LOOPS_SHOWN))));
}

/* What a thread mostly does. */
function mostly(time) {
  return largestFirst(time).slice(0, 2).map(([name]) => [stateCell(name), " "]);
}

function timeBar(row) {
  return element("div", { class: "stacked small", "aria-hidden": "true" },
    largestFirst(row.time).map(([name, seconds]) => element("i", {
      style: { width: `${100 * seconds / row.wall_s}%`, background: stateColour(name) } })));
}

export function threads() {
  return section("threads", "Threads", table("Threads", [
    { label: "thread", cell: (row) => [element("code", {}, row.name ?? ""), ` ${row.tid}`],
      sort: (row) => row.name ?? "" },
    { label: "process", number: true, cell: (row) => row.pid ?? "", sort: (row) => row.pid ?? -1 },
    { label: "role", cell: (row) => row.role, sort: (row) => row.role },
    numbers("there for", "wall_s", "s"),
    { label: "mostly", cell: (row) => [timeBar(row), mostly(row.time)], class: "wide" },
    { label: "on a CPU", number: true, cell: (row) =>
      quantity(row.time.cpu_user + row.time.cpu_kernel, "s"),
    sort: (row) => row.time.cpu_user + row.time.cpu_kernel },
    numbers("gave up the CPU", "switches_voluntary", "count"),
    numbers("was taken off it", "switches_involuntary", "count"),
  ], listRows("threads", report.threads)));
}
