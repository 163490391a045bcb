/*
 * verdict: the first screen: who was measured, what follows, the same work under each model, and
 * where the time went.
 */
import { element, report, number, hint } from "./element.js";
import { quantity, timesTicks, timeTicks } from "./quantity.js";
import { runtimeLock, runtimes } from "./runtime.js";
import { largestFirst, stateColour, stateLabel, stateMeaning } from "./state.js";

export const MODELS = {
  sequential: "sequential", threads: "threads", processes: "processes",
  "event-loop": "event loop", hybrid: "hybrid",
};
const LIMITS = { cores: "CPUs", "cpu-quota": "CPU quota", lock: "a lock" };

/* A process is called what its first thread is. */
function processName(pid) {
  return report.threads.find((thread) => thread.tid === pid)?.name;
}

function program() {
  const { command, pids } = report.target;
  const names = [...new Set(pids.map(processName).filter(Boolean))].join(", ");

  if (command)
    return command.join(" ");
  return names ? `${names} (pid ${pids.join(", ")})` : `pid ${pids.join(", ")}`;
}

/* A number and its unit stay in one line. */
function unbroken(text) {
  return text.replace(/(\d) (?=(%|h|min|s|ms|us|ns|[kMG]?B)(?![a-z]))/g, "$1\u00a0");
}

function fact(label, ...value) {
  return element("div", {}, element("dt", {}, label), element("dd", {}, value));
}

export function head() {
  return element("header", { class: "head" },
    element("p", { class: "program" }, element("code", {}, program())),
    element("dl", { class: "facts" },
      fact("runs on", runtimes()),
      fact("processes", number("window.processes_seen", "count")),
      fact("threads", number("window.threads_seen", "count")),
      fact("measured for", number("window.wall_s", "s")),
      fact("CPUs it may use", number("concurrency.cpus_usable", "count")),
      fact("measured", element("a", { href: "#quality", class: "grade " + report.quality.grade },
        report.quality.grade))));
}

export function verdict(title) {
  const { recommendation, diagnosis } = report;

  title.classList.add(recommendation.action);
  title.textContent = unbroken(title.textContent);
  return element("div", { class: "verdict-box" }, title,
    recommendation.place && element("p", { class: "verdict-place" }, recommendation.place),
    diagnosis.reasons[0] && element("p", {}, diagnosis.reasons[0]),
    element("p", { class: "chips" },
      element("span", { class: "chip" }, diagnosis.class),
      element("span", { class: "chip" }, `confidence ${recommendation.confidence}`),
      recommendation.expected_speedup > 1 && element("span", { class: "chip" },
        number("recommendation.expected_speedup", "x"), " as fast")));
}

/* What a row is drawn by: a program that ends by its time, a service by what it could carry. */
function figure(row) {
  if (row.capacity !== null)
    return { value: row.capacity, low: row.capacity, high: row.capacity, unit: "x" };
  if (row.wall_s === null || !row.speedup)
    return null;
  return {
    value: row.wall_s,
    low: row.speedup_high ? row.wall_s * row.speedup / row.speedup_high : row.wall_s,
    high: row.speedup_low ? row.wall_s * row.speedup / row.speedup_low : row.wall_s,
    unit: "s",
  };
}

function percent(part, whole) {
  return `${Math.max(0, Math.min(100, 100 * part / whole))}%`;
}

function bar(shown, most, now) {
  const { value, low, high } = shown;
  const beyond = value > most;

  return element("div", { class: beyond ? "bar beyond" : "bar", "aria-hidden": "true" },
    now && element("i", { class: "now", style: { left: percent(now, most) } }),
    element("i", { class: "fill", style: { width: percent(value, most) } }),
    high > low * 1.005 && low < most && element("i", { class: high > most ? "range open" : "range",
      style: { left: percent(low, most), width: percent(Math.min(high, most) - low, most) } }));
}

function range(row, i) {
  if (row.current && row.speedup === 1)
    return report.premise.cpus || report.premise.workers || report.premise.operations
      ? "as it is built" : "measured";
  if (row.capacity !== null)
    return row.current ? "as it is" : "";
  if (quantity(row.speedup_low, "x") === quantity(row.speedup_high, "x"))
    return "";
  return [number(`predictions.${i}.speedup_low`, "x"), " to ",
    number(`predictions.${i}.speedup_high`, "x")];
}

function predictionRow(row, i, most, now) {
  const shown = figure(row);
  const chosen = row.model === report.recommendation.model;
  const service = row.capacity !== null;

  return element("tr", { role: "row", class: [chosen && "chosen", row.current && "current"]
    .filter(Boolean).join(" ") || null },
  element("th", { scope: "row", role: "rowheader" }, MODELS[row.model],
    row.workers > 1 && element("span", { class: "workers" }, " \u00d7",
      number(`predictions.${i}.workers`, "count"))),
  element("td", { role: "cell", class: "bars" }, shown && bar(shown, most, now)),
  element("td", { role: "cell", class: "number main" },
    number(`predictions.${i}.${service ? "capacity" : "wall_s"}`, service ? "x" : "s")),
  element("td", { role: "cell", class: "number" },
    !service && shown && number(`predictions.${i}.speedup`, "x")),
  element("td", { role: "cell", class: "spread" }, shown && range(row, i)),
  element("td", { role: "cell", class: "limit" }, row.limited_by !== "nothing" && shown &&
    `limit: ${limit(row.limited_by)}`));
}

function limit(name) {
  return name === "interpreter-lock" ? runtimeLock()
    : LIMITS[name] ?? name.replaceAll("-", " ");
}

function axis(most, unit) {
  const marks = unit === "s" ? timeTicks(0, most, 4) : timesTicks(most, 4);

  return element("tr", { class: "axis", "aria-hidden": "true" }, element("th"),
    element("td", { class: "bars" }, element("div", { class: "ticks" },
      marks.map(({ value, text }) => element("i", { class: value > 0.9 * most ? "last" : null,
        style: { left: percent(value, most) } }, text)))), element("td", { colspan: "4" }));
}

function premiseText() {
  const { cpus, operations } = report.premise;
  const known = quantity(cpus ?? report.concurrency.cpus_usable, "CPUs");

  return `${known} ${cpus ? "supposed" : "usable"}` +
    (operations ? `, ${operations}\u00d7 the operations` : "");
}

const COSTS = [
  ["once_s", "s", "to begin"], ["worker_s", "s", "to start each"], ["wakeup_s", "s", "to wake one"],
  ["operation_s", "s", "to hand out an operation"], ["result_s", "s", "to pass a result"],
  ["worker_bytes", "bytes", "of memory each"],
];

function costs() {
  const i = report.predictions.findIndex(({ model }) => model === report.recommendation.model);
  const known = i < 0 ? [] : COSTS.filter(([key, unit]) =>
    report.predictions[i].costs[key] >= (unit === "s" ? 1e-6 : 1));

  if (report.recommendation.action !== "adopt" || known.length === 0)
    return null;
  return hint("Counted in: ", known.map(([key, unit, words], n) =>
    [n > 0 && ", ", number(`predictions.${i}.costs.${key}`, unit), " " + words]), ".");
}

/* One that is many times as long does not make the others too short to be compared: it is cut. */
const LONGEST = 6;

function axisEnd(figures, now) {
  const all = figures.map(({ value, high }) => Math.max(value, Math.min(high, 2 * value)));
  const kept = all.filter((value) => !now || value <= LONGEST * now);

  return Math.max(...(kept.length > 1 ? kept : all));
}

function predictionTable() {
  const figures = report.predictions.map(figure).filter(Boolean);
  const current = report.predictions.find((row) => row.current);
  const now = current && figure(current)?.value;
  const most = 1.04 * axisEnd(figures, now);

  return element("table", { class: "predictions", role: "table" },
    element("caption", { class: "aside" },
      "Each model with its predicted time, its range and its limit"),
    element("tbody", { role: "rowgroup" },
      report.predictions.map((row, i) => predictionRow(row, i, most, now)),
      axis(most, figures[0].unit)));
}

/* Where there was too little to do, what other models could do with more is no news. */
function isComparisonTold() {
  const { action } = report.recommendation;

  return action !== "measure" && !(action === "keep" && report.diagnosis.class === "idle");
}

function assumptions() {
  const { assumptions: texts } = report.recommendation;

  return texts.length > 0 && element("details", { class: "assumed" },
    element("summary", {}, "What is assumed"),
    element("ul", {}, texts.map((text) => element("li", {}, text))));
}

export function predictions() {
  const service = report.predictions.some((row) => row.capacity !== null);
  const known = report.predictions.some(figure);
  const content = known ? [predictionTable(), costs(), assumptions()]
    : hint("What was seen does not allow to predict any.");

  return element("section", { id: "models", "aria-labelledby": "models-title" },
    element("h2", { id: "models-title" },
      service ? "Times the measured load it could carry" : "The same work would take",
      element("span", { class: "beside" }, premiseText())),
    isComparisonTold() ? content : element("details", {},
      element("summary", {}, "Too little to do for a comparison to say much; what it would be"),
      content));
}

function shareRow(path, name, seconds, total) {
  return element("tr", {},
    element("th", { scope: "row", title: stateMeaning(name) },
      element("i", { class: "swatch", style: { background: stateColour(name) } }),
      stateLabel(name)),
    element("td", { class: "number" }, quantity(seconds / total, "share")),
    element("td", { class: "bars" }, element("div", { class: "bar thin", "aria-hidden": "true" },
      element("i", { class: "fill", style: { width: percent(seconds, total),
        background: stateColour(name) } }))),
    element("td", { class: "number" }, number(`${path}.${name}`, "s")));
}

function stateTable(caption, path, states, total) {
  return element("table", { class: "states" },
    element("caption", { class: "aside" }, caption),
    element("tbody", {}, largestFirst(states).map(([name, seconds]) =>
      shareRow(path, name, seconds, total))));
}

function stacked(states, total) {
  return element("div", { class: "stacked", "aria-hidden": "true" },
    largestFirst(states).map(([name, seconds]) => element("i", {
      title: `${stateLabel(name)} ${quantity(seconds / total, "share")}`,
      style: { width: percent(seconds, total), background: stateColour(name) } })));
}

export function time() {
  const { busy_s: busy, busy_total_s: total, thread_s: all, total_s: whole } = report.time;

  return element("section", { id: "time", "aria-labelledby": "time-title" },
    element("h2", { id: "time-title" }, "Where the time went",
      element("span", { class: "beside" }, number("time.busy_total_s", "s"), " of work")),
    total > 0 ? [stacked(busy, total), stateTable("Work by state", "time.busy_s", busy, total)]
      : hint("No work was seen."),
    whole > total * 1.005 && hint("Beside it, waiting for work, for users or for its own workers: ",
      quantity(whole - total, "s"), "."),
    whole > 0 && element("details", {},
      element("summary", {}, "All threads' time, with waiting for work: ",
        number("time.total_s", "s")),
      stateTable("All time by state", "time.thread_s", all, whole)));
}
