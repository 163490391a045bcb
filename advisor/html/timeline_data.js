/*
 * timeline_data: the report's timeline as rows to draw: which threads, in which order, and what an
 * interval consists of.
 */
import { report } from "./element.js";
import { quantity } from "./quantity.js";
import { largestFirst, stateLabel, stateNames } from "./state.js";

export const tracks = report.timeline.threads.map((track) => {
  const thread = report.threads[track.thread];
  const name = thread.name ?? "";

  return { ...track, name, role: thread.role,
    cpu_s: thread.time.cpu_user + thread.time.cpu_kernel,
    words: `${name} ${track.tid} ${track.pid} ${thread.role}`.toLowerCase() };
});

export const wall_s = Math.max(report.window.wall_s, ...tracks.map((track) => track.end_s), 1e-9);

const byStart = (a, b) => a.start_s - b.start_s || a.thread - b.thread;

export const ORDERS = {
  process: ["by process", (a, b) => a.pid - b.pid || byStart(a, b)],
  start: ["by their start", byStart],
  busy: ["busiest first", (a, b) => b.cpu_s - a.cpu_s || byStart(a, b)],
};

function processHeading(pid) {
  const names = report.target.runtimes.filter((runtime) => runtime.pid === pid)
    .map(({ name, version }) => name + (version ? " " + version : ""));

  return { heading: `process ${pid ?? ""}  ${[...new Set(names)].join(", ")}` };
}

/* Threads that fit, in order; those of a process with several come below its name. */
export function rowsOf({ order, filter, idle }) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = tracks.filter((track) => words.every((word) => track.words.includes(word)) &&
    (idle || !["idle", "coordinator"].includes(track.role))).sort(ORDERS[order][1]);
  const rows = [];

  chosen.forEach((track, i) => {
    if (order === "process" && chosen[0].pid !== chosen.at(-1).pid &&
        chosen[i - 1]?.pid !== track.pid && chosen[i + 1]?.pid === track.pid)
      rows.push(processHeading(track.pid));
    rows.push({ track });
  });
  return rows;
}

/* Seconds by state. What is known in sums alone is shared out as it is in the whole thread. */
export function partsOf(track, interval) {
  const length = interval.end_s - interval.start_s;
  const parts = interval.parts_s ? { ...interval.parts_s } : { [interval.state]: length };
  const folded = parts.folded ?? 0;
  const all = Object.values(track.folded_s).reduce((sum, value) => sum + value, 0);

  if (folded > 0 && all > 0) {
    delete parts.folded;
    for (const [name, seconds] of Object.entries(track.folded_s))
      parts[name] = (parts[name] ?? 0) + folded * seconds / all;
  }
  return parts;
}

/* The first interval that ends after `time`. */
export function intervalAt(track, time) {
  let low = 0, high = track.intervals.length;

  while (low < high) {
    const middle = (low + high) >> 1;

    if (track.intervals[middle].end_s > time)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

function intervalWords(track, interval) {
  const wait = report.waits[interval.wait];
  const length = interval.end_s - interval.start_s;

  const parts = largestFirst(partsOf(track, interval));

  if (parts.length > 1)
    return parts.slice(0, 4)
      .map(([name, seconds]) => `${stateLabel(name)} ${quantity(seconds / length, "share")}`)
      .join(", ") + ", in an order that is not known";
  return [stateLabel(parts[0]?.[0] ?? interval.state), wait?.syscall, wait?.object,
    interval.idle && "idle"]
    .filter(Boolean).join(" ");
}

/* For people: what a thread did in one of its intervals. */
export function intervalText(track, index) {
  const interval = track.intervals[index];
  const who = `${track.name} ${track.tid}`.trim();

  if (!interval)
    return `${who} (${track.role}): nothing is known of it there.`;
  const { start_s: start, end_s: end } = interval;

  return `${who} (${track.role}): ${intervalWords(track, interval)} for ` +
    `${quantity(end - start, "s")}, from ${quantity(start, "s")} to ${quantity(end, "s")}`;
}

/* How many threads were in each state, in the mean over each of so many equal parts of the time. */
export function populations(rows, from, to, bins) {
  const width = (to - from) / bins;
  const sums = Object.fromEntries(
    [...stateNames, "idle"].map((name) => [name, new Float64Array(bins)]));

  function spread(name, start, end, threads) {
    const first = Math.max(0, Math.floor((start - from) / width));
    const last = Math.min(bins - 1, Math.floor((end - from) / width));

    for (let bin = first; bin <= last; bin++) {
      const left = from + bin * width;
      const overlap = Math.min(end, left + width) - Math.max(start, left);

      if (overlap > 0)
        sums[name][bin] += threads * overlap / width;
    }
  }

  for (const { track } of rows) {
    for (let i = track ? intervalAt(track, from) : Infinity; i < track?.intervals.length; i++) {
      const interval = track.intervals[i], length = interval.end_s - interval.start_s;

      if (interval.start_s >= to)
        break;
      if (interval.idle)
        spread("idle", interval.start_s, interval.end_s, 1);
      else
        for (const [name, seconds] of Object.entries(partsOf(track, interval)))
          spread(name, interval.start_s, interval.end_s, seconds / length);
    }
  }
  return sums;
}

export function longestStall() {
  const all = tracks.flatMap((track) => track.stalls.map((stall) => ({ track, ...stall })));

  return all.sort((a, b) => (b.end_s - b.start_s) - (a.end_s - a.start_s))[0];
}
