/*
 * timeline_controls: what moves the timeline: keys, mouse, fingers, buttons and the legend.
 */
import { element } from "./element.js";
import { quantity } from "./quantity.js";
import { stateColour, stateLabel, stateMeaning, stateNames } from "./state.js";
import { longestStall, ORDERS, partsOf, tracks, wall_s } from "./timeline_data.js";
import { timeAt } from "./timeline_view.js";

const ROW_HEIGHTS = { large: 22, small: 12, tiny: 3 };
const DRAGGED = 4; /* px: less is a click */

const TIMELINE_KEYS = {
  ArrowUp: (t) => t.selectNextRow(-1),
  ArrowDown: (t) => t.selectNextRow(1),
  ArrowLeft: (t, shift) => shift ? t.move(-0.2) : t.selectNextInterval(-1),
  ArrowRight: (t, shift) => shift ? t.move(0.2) : t.selectNextInterval(1),
  "+": (t) => t.zoom(0.5, t.selectedTime()),
  "=": (t) => t.zoom(0.5, t.selectedTime()),
  "-": (t) => t.zoom(2, t.selectedTime()),
  0: (t) => t.zoomTo(0, wall_s),
  Escape: (t) => t.zoomTo(0, wall_s),
  PageUp: (t) => t.selectNextRow(-t.rowsAtOnce()),
  PageDown: (t) => t.selectNextRow(t.rowsAtOnce()),
  Home: (t) => t.selectNextRow(-t.rows.length),
  End: (t) => t.selectNextRow(t.rows.length),
};

export function keysListen(t) {
  t.pane.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !TIMELINE_KEYS[event.key])
      return;
    TIMELINE_KEYS[event.key](t, event.shiftKey);
    event.preventDefault();
  });
}

function placeOf(t, event) {
  const box = t.canvas.getBoundingClientRect();
  const x = Math.max(t.view.gutter, event.clientX - box.left);

  return { x, time: timeAt(t.view, x),
    row: Math.floor((event.clientY - box.top + t.view.scroll) / t.view.rowHeight) };
}

function onPointerMove(t, event) {
  const { x, time, row } = placeOf(t, event);

  if (t.view.drag)
    t.setDrag([t.view.drag[0], x]);
  else if (event.pointerType === "mouse")
    t.select(row, time);
}

function onPointerDown(t, event) {
  const { x, time, row } = placeOf(t, event);

  t.select(row, time);
  if (event.pointerType !== "mouse" || event.button !== 0)
    return;
  t.canvas.setPointerCapture(event.pointerId);
  t.setDrag([x, x]);
}

function onPointerUp(t) {
  const [a, b] = t.view.drag ?? [0, 0];

  if (Math.abs(a - b) > DRAGGED)
    t.zoomTo(timeAt(t.view, Math.min(a, b)), timeAt(t.view, Math.max(a, b)));
  t.setDrag(null);
}

/* Alone the wheel scrolls: through the rows, or through the page. */
function onWheel(t, event) {
  const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;

  if (event.ctrlKey || event.metaKey)
    t.zoom(event.deltaY > 0 ? 1.25 : 0.8, placeOf(t, event).time);
  else if (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY))
    t.move(sideways / 1000);
  else
    return;
  event.preventDefault();
}

export function pointerListen(t) {
  t.canvas.addEventListener("pointermove", (event) => onPointerMove(t, event));
  t.canvas.addEventListener("pointerdown", (event) => onPointerDown(t, event));
  t.canvas.addEventListener("pointerup", () => onPointerUp(t));
  t.canvas.addEventListener("pointercancel", () => t.setDrag(null));
  t.canvas.addEventListener("dblclick", () => t.zoomTo(0, wall_s));
  t.pane.addEventListener("wheel", (event) => onWheel(t, event), { passive: false });
}

function button(label, text, onclick) {
  return element("button", { type: "button", "aria-label": label, title: label, onclick }, text);
}

function select(label, options, chosen, onchange) {
  return element("label", {}, label + " ",
    element("select", { onchange: (event) => onchange(event.target.value) },
      options.map(([value, text]) =>
        element("option", { value, selected: value === chosen }, text))));
}

function filterInput(t) {
  return element("label", {}, "Threads ", element("input", { type: "search",
    placeholder: "name, number, role",
    oninput: (event) => t.choose({ filter: event.target.value }) }));
}

function idleInput(t) {
  return element("label", {}, element("input", { type: "checkbox", checked: true,
    onchange: (event) => t.choose({ idle: event.target.checked }) }), " idle threads");
}

function stallButton(t) {
  const stall = longestStall();

  if (!stall)
    return null;
  return button(`Longest stall: ${quantity(stall.end_s - stall.start_s, "s")}`, "longest stall",
    () => {
      const around = stall.end_s - stall.start_s;

      t.select(t.rows.findIndex((row) => row.track === stall.track), stall.start_s);
      t.zoomTo(stall.start_s - around, stall.end_s + around);
    });
}

export function toolbar(t) {
  const several = tracks.length > 1;
  const orders = Object.entries(ORDERS).map(([key, [label]]) => [key, label]);
  const heights = Object.keys(ROW_HEIGHTS).map((key) => [key, key]);
  const height = Object.keys(ROW_HEIGHTS).find((key) => ROW_HEIGHTS[key] === t.view.rowHeight);

  return element("div", { class: "toolbar" },
    tracks.length > 8 && filterInput(t),
    several && select("Order", orders, t.choice.order, (order) => t.choose({ order })),
    several && select("Rows", heights, height,
      (key) => t.setView({ rowHeight: ROW_HEIGHTS[key] })),
    several && idleInput(t),
    element("span", { class: "group" },
      button("Zoom in", "+", () => t.zoom(0.5)), button("Zoom out", "\u2212", () => t.zoom(2)),
      button("Earlier", "\u2190", () => t.move(-0.3)),
      button("Later", "\u2192", () => t.move(0.3)),
      button("Show all of the time", "all", () => t.zoomTo(0, wall_s))),
    stallButton(t), t.shown);
}

/* One state can be looked at alone. */
export function legend(t) {
  const used = new Set(tracks.flatMap((track) => track.intervals.flatMap((interval) =>
    Object.keys(partsOf(track, interval)))));
  const buttons = stateNames.filter((name) => used.has(name)).map((name) =>
    element("button", { type: "button", "aria-pressed": "false", title: stateMeaning(name),
      onclick: (event) => {
        t.setView({ only: t.view.only === name ? null : name });
        buttons.forEach((one) => one.setAttribute("aria-pressed",
          String(t.view.only !== null && one === event.currentTarget)));
      } },
    element("i", { class: "swatch", style: { background: stateColour(name) } }),
    stateLabel(name)));

  return element("div", { class: "legend", role: "group", "aria-label": "States" }, buttons);
}
