/*
 * timeline_view: draws rows of the timeline, and how many threads are in which state, on canvases.
 */
import { visible } from "./element.js";
import { quantity, timeTicks } from "./quantity.js";
import { stateColours, stateNames } from "./state.js";
import { intervalAt, partsOf, populations } from "./timeline_data.js";

const IDLE_ALPHA = 0.28;
const OTHERS_ALPHA = 0.1;
const AXIS = 22;

/* Colours and sizes of the page as it is shown now. */
export function lookOf(canvas) {
  const style = getComputedStyle(canvas);
  const variable = (name) => style.getPropertyValue(name).trim();

  return { states: stateColours(), ink: variable("--ink"), dim: variable("--dim"),
    rule: variable("--rule"), paper: variable("--paper"), accent: variable("--accent"),
    bad: variable("--bad"), font: style.fontFamily };
}

export function canvasFit(canvas, width, height) {
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  const context = canvas.getContext("2d");

  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function shorten(context, text, width) {
  let kept = text;

  while (kept.length > 1 && context.measureText(kept).width > width)
    kept = kept.slice(0, Math.max(1, Math.floor(kept.length * 0.9) - 1));
  return kept === text ? text : kept + "\u2026";
}

/* Of many threads with one name the number tells them apart: the name is what is cut. */
function threadLabel(context, track, width) {
  const number = " " + track.tid;
  const room = width - context.measureText(number).width;
  const name = visible(track.name);

  return context.measureText(name).width <= room ? name + number
    : shorten(context, name, room - context.measureText("\u2026").width) + number;
}

/* From a time to a place. */
export function xOf(view, time) {
  return view.gutter + (time - view.from) / (view.to - view.from) * (view.width - view.gutter);
}

export function timeAt(view, x) {
  return view.from + (x - view.gutter) / (view.width - view.gutter) * (view.to - view.from);
}

export function axisDraw(context, view, look, top) {
  context.font = `11px ${look.font}`;
  context.textAlign = "center";
  timeTicks(view.from, view.to, Math.max(2, (view.width - view.gutter) / 110)).forEach((tick) => {
    const { value, text } = tick;
    const x = xOf(view, value);
    const half = context.measureText(text).width / 2;

    context.fillStyle = look.rule;
    context.fillRect(x, 0, 1, top);
    context.fillStyle = look.dim;
    context.fillText(text, Math.min(view.width - half, Math.max(view.gutter + half, x)), top + 14);
  });
}

/* Of threads at work the number in each state; idle ones on top, faint. */
export function stripDraw(canvas, view, rows, look, height) {
  const context = canvasFit(canvas, view.width, height);
  const top = height - AXIS, inner = view.width - view.gutter;
  const bins = Math.max(1, Math.min(Math.floor(inner / 2), 400));
  const sums = populations(rows, view.from, view.to, bins);
  const names = [...stateNames, "idle"];
  /* In whole pixels: else the ground is seen between one part of the time and the next. */
  const left = (bin) => view.gutter + Math.round(bin / bins * inner);
  const heights = Array.from({ length: bins }, (_, bin) =>
    names.reduce((sum, name) => sum + sums[name][bin], 0));
  const most = Math.max(1, ...heights);

  axisDraw(context, view, look, top);
  for (let bin = 0; bin < bins; bin++) {
    let y = top;

    for (const name of names) {
      const part = sums[name][bin] / most * (top - 4);
      const faded = view.only && view.only !== name;

      context.globalAlpha = faded ? OTHERS_ALPHA : name === "idle" ? IDLE_ALPHA : 1;
      context.fillStyle = name === "idle" ? look.dim : look.states[name];
      y -= part;
      context.fillRect(left(bin), y, left(bin + 1) - left(bin), part);
    }
  }
  context.globalAlpha = 1;
  context.fillStyle = look.dim;
  context.font = `11px ${look.font}`;
  context.textAlign = "right";
  context.fillText(quantity(Number(most.toFixed(most < 10 ? 1 : 0)), "count"), view.gutter - 8, 13);
  context.fillText(view.gutter > 120 ? "threads, by state" : "threads", view.gutter - 8, top);
}

/* One interval; of a mixed one the height of each part is its share. */
function intervalDraw(context, view, look, track, interval, y, height) {
  const left = Math.max(view.gutter, xOf(view, interval.start_s));
  const width = Math.min(view.width, xOf(view, interval.end_s)) - left;
  const parts = partsOf(track, interval);
  const length = interval.end_s - interval.start_s;
  let bottom = y + height;

  for (const name of stateNames) {
    if (!parts[name])
      continue;
    context.globalAlpha = view.only && view.only !== name ? OTHERS_ALPHA
      : interval.idle ? IDLE_ALPHA : 1;
    context.fillStyle = look.states[name];
    bottom -= parts[name] / length * height;
    context.fillRect(left, bottom, Math.max(width, 0.25), parts[name] / length * height);
  }
  context.globalAlpha = 1;
}

function stallsDraw(context, view, look, track, y) {
  context.fillStyle = look.bad;
  for (const { start_s: start, end_s: end } of track.stalls) {
    const left = Math.max(view.gutter, xOf(view, start));
    const right = Math.min(view.width, xOf(view, end));

    if (right > left)
      context.fillRect(left, y, Math.max(2, right - left), 3);
  }
}

function labelDraw(context, view, look, row, y) {
  const room = view.gutter - 10;

  if (view.rowHeight < 9)
    return;
  context.textAlign = "left";
  context.font = `${view.rowHeight < 14 ? 10 : 12}px ${look.font}`;
  context.fillStyle = row.track ? look.ink : look.dim;
  context.fillText(row.track ? threadLabel(context, row.track, room)
    : shorten(context, visible(row.heading), view.width), 0, y + view.rowHeight * 0.68);
}

function trackDraw(context, view, look, track, y) {
  const gap = view.rowHeight >= 9 ? 2 : view.rowHeight >= 4 ? 1 : 0;

  for (let i = intervalAt(track, view.from); i < track.intervals.length; i++) {
    if (track.intervals[i].start_s >= view.to)
      break;
    intervalDraw(context, view, look, track, track.intervals[i], y + gap / 2,
      view.rowHeight - gap);
  }
  stallsDraw(context, view, look, track, y);
}

function selectionDraw(context, view, look, rows) {
  const track = rows[view.row]?.track, interval = track?.intervals[view.index];
  const y = view.row * view.rowHeight - view.scroll;

  if (!interval)
    return;
  const left = Math.max(view.gutter, xOf(view, interval.start_s));
  const right = Math.min(view.width, xOf(view, interval.end_s));

  context.strokeStyle = look.ink;
  context.lineWidth = 2;
  if (right > left)
    context.strokeRect(left - 1, y, right - left + 2, view.rowHeight);
}

/* The rows that are scrolled to. */
export function rowsDraw(canvas, view, rows, look, height) {
  const context = canvasFit(canvas, view.width, height);
  const first = Math.floor(view.scroll / view.rowHeight);
  const last = Math.min(rows.length, Math.ceil((view.scroll + height) / view.rowHeight));

  for (let i = first; i < last; i++) {
    const y = i * view.rowHeight - view.scroll;

    if (rows[i].track)
      trackDraw(context, view, look, rows[i].track, y);
    labelDraw(context, view, look, rows[i], y);
  }
  selectionDraw(context, view, look, rows);
  if (view.drag) {
    context.fillStyle = look.accent;
    context.globalAlpha = 0.2;
    context.fillRect(Math.min(...view.drag), 0, Math.abs(view.drag[1] - view.drag[0]), height);
    context.globalAlpha = 1;
  }
}
