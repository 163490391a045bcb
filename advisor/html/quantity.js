/*
 * quantity: a number and its unit as text: the same digits as in the text report (quantity.c).
 */

/* Three significant digits without an exponent, and none behind the point that say nothing. */
function digits(value, suffix) {
  const size = Math.abs(value);
  const decimals = size >= 99.95 || size === 0 ? 0 : size >= 9.995 ? 1 : 2;

  return value.toFixed(decimals) + "\u00a0" + suffix;
}

/* A row takes over where the next smaller unit would be rounded up to its thousand. */
const SECONDS = [
  [7200, 3600, "h"], [600, 60, "min"], [0.9995, 1, "s"], [0.9995e-3, 1e-3, "ms"],
  [0.9995e-6, 1e-6, "\u00b5s"], [0, 1e-9, "ns"],
];
const BYTES = [[999.5e6, 1e9, "GB"], [999.5e3, 1e6, "MB"], [999.5, 1e3, "kB"], [0, 1, "B"]];

function scaled(value, scales) {
  const [, divisor, suffix] = scales.find(([least]) => Math.abs(value) >= least);

  return digits(value / divisor, suffix);
}

/* What is not all is not shown as all, nor what is not nothing as nothing. */
function share(value) {
  const percent = value * 100;

  if (value < 1 && percent >= 99.5)
    return Math.min(percent, 99.9).toFixed(1) + "\u00a0%";
  if (percent > 0 && percent < 0.05)
    return "under 0.1\u00a0%";
  return percent.toFixed(percent !== 0 && Math.abs(percent) < 0.95 ? 1 : 0) + "\u00a0%";
}

function count(value) {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(1);
}

const UNITS = {
  s: (value) => value === 0 ? "0\u00a0s" : scaled(value, SECONDS),
  share,
  x: (value) => value > 0 && value < 0.05 ? "<0.1\u00d7"
    : value.toFixed(Math.abs(value) < 99.95 ? 1 : 0) + "\u00d7",
  bytes: (value) => scaled(value, BYTES),
  count,
  CPUs: (value) => `${Number(value.toPrecision(3))}\u00a0${value > 1 ? "CPUs" : "CPU"}`,
  bool: (value) => value ? "yes" : "no",
  grade: (value) => value < 1 ? "good" : value < 2 ? "fair" : "poor",
  "1/s": (value) => digits(value, "per second"),
};

export const UNKNOWN = "not known";

export function quantity(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value))
    return UNKNOWN;
  return UNITS[unit] ? UNITS[unit](value) : `${Number(value.toPrecision(3))} ${unit}`;
}

/* "1 thread", "2 threads". */
export function counted(value, one, many = one + "s") {
  return `${count(value)}\u00a0${value === 1 ? one : many}`;
}

/* Round values from 0 (or `from`) to `to`, about as many as asked for. */
export function ticks(from, to, about) {
  const rough = (to - from) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const values = [];

  for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-9); i++)
    values.push(i * step);
  return values;
}

/* The same of how many times as much: "0", "50x"; [{value, text}]. */
export function timesTicks(to, about) {
  return ticks(0, to, about).map((value) => ({ value,
    text: value === 0 ? "0" : `${Number(value.toPrecision(12))}\u00d7` }));
}

const ROUND = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const TICKS_MOST = 6;

/* On a logarithmic axis: of round values within it, as few as still fill it; [{value, text}]. */
function logarithmicTicks(from, to, scales) {
  const all = scales.flatMap(([least, divisor, suffix], i) => ROUND
    .map((round) => ({ round, value: round * divisor, text: round + suffix }))
    .filter(({ value }) => value >= least && (i === 0 || value < scales[i - 1][0]) &&
      value >= from && value <= to)).sort((a, b) => a.value - b.value);
  const tens = all.filter(({ text }) => text.startsWith("1"));

  return all.length <= TICKS_MOST ? all : tens.length <= TICKS_MOST ? tens
    : tens.filter((_, i) => i % 2 === 0);
}

export function timesLogarithmicTicks(from, to) {
  return logarithmicTicks(from, to, [[0.001, 1, "\u00d7"]]);
}

export function timeLogarithmicTicks(from, to) {
  return logarithmicTicks(from, to,
    SECONDS.map(([least, divisor, suffix]) => [least, divisor, "\u00a0" + suffix]));
}

/* Round times from `from` to `to`, all in the unit of the last: [{value, text}]. */
export function timeTicks(from, to, about) {
  const [, divisor, suffix] = SECONDS.find(([least]) => to >= least);
  const values = ticks(from / divisor, to / divisor, about);
  const plain = values.map((value) => String(Number(value.toPrecision(12))));
  const decimals = Math.max(...plain.map((text) => (text.split(".")[1] ?? "").length));

  return values.map((value) => ({ value: value * divisor,
    text: `${value.toFixed(Math.min(decimals, 9))}\u00a0${suffix}` }));
}
