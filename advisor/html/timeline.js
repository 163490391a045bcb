/*
 * timeline: the section: what is shown of the threads' timeline, by mouse, finger and keyboard.
 */
import { element, report, section, hint } from "./element.js";
import { counted, quantity } from "./quantity.js";
import { stateColour, stateLabel, stateMeaning, stateNames } from "./state.js";
import { intervalAt, intervalText, longestStall, ORDERS, partsOf, rowsOf, tracks, wall_s }
  from "./timeline_data.js";
import { lookOf, rowsDraw, stripDraw, timeAt } from "./timeline_view.js";

const STRIP = 92;
const ROW_HEIGHTS = { large: 22, small: 11, tiny: 3 };
const MOST_HIGH = 520;      /* of the rows at once; beyond it they scroll */
const PRINTED_MOST = 900;

export function timeline() {
  const view = { from: 0, to: wall_s, width: 600, gutter: 180, scroll: 0, row: 0, index: 0,
    rowHeight: tracks.length <= 24 ? 22 : tracks.length <= 150 ? 11 : 3, only: null };
  const choice = { order: "process", filter: "", idle: true };
  let rows = rowsOf(choice), scheduled = false, printing = false;

  const strip = element("canvas", { class: "strip", "aria-hidden": "true" });
  const canvas = element("canvas", { "aria-hidden": "true" });
  const sizer = element("div", { class: "sizer" }, canvas);
  const scroller = element("div", { class: "scroller" }, sizer);
  const readout = element("p", { class: "readout", role: "status" });
  const pane = element("div", { class: "pane", tabindex: "0", role: "application",
    "aria-label": "Timeline of threads. Up and down: another thread. Left and right: its next " +
      "interval. Plus and minus: zoom. Shift and arrows: move. 0: all.", id: "timeline-pane" },
  strip, scroller);

  function height() {
    const all = Math.max(rows.length, 1) * view.rowHeight;

    return Math.min(all, printing ? PRINTED_MOST : MOST_HIGH);
  }

  function draw() {
    const look = lookOf(pane);

    scheduled = false;
    view.width = Math.max(200, scroller.clientWidth);
    view.gutter = view.width < 520 ? 92 : 180;
    view.scroll = scroller.scrollTop;
    scroller.style.height = `${height()}px`;
    sizer.style.height = `${Math.max(rows.length * view.rowHeight, height())}px`;
    stripDraw(strip, view, rows, look, STRIP);
    rowsDraw(canvas, view, rows, look, height());
  }

  function redraw() {
    if (!scheduled)
      requestAnimationFrame(draw);
    scheduled = true;
  }

  function zoomTo(from, to) {
    const least = wall_s / 1e5, length = Math.min(wall_s, Math.max(least, to - from));

    view.from = Math.max(0, Math.min(wall_s - length, from));
    view.to = view.from + length;
    redraw();
  }

  function zoom(factor, around = (view.from + view.to) / 2) {
    zoomTo(around - (around - view.from) * factor, around + (view.to - around) * factor);
  }

  function move(share) {
    const by = (view.to - view.from) * share;

    zoomTo(view.from + by, view.to + by);
  }

  function tell() {
    const track = rows[view.row]?.track;

    readout.textContent = track ? intervalText(track, view.index) : rows[view.row]?.heading ?? "";
    redraw();
  }

  function selectRow(row, time) {
    view.row = Math.max(0, Math.min(rows.length - 1, row));
    if (rows[view.row]?.track)
      view.index = Math.min(intervalAt(rows[view.row].track, time),
        rows[view.row].track.intervals.length - 1);
    tell();
  }

  function selectedTime() {
    const interval = rows[view.row]?.track?.intervals[view.index];

    return interval ? (interval.start_s + interval.end_s) / 2 : view.from;
  }

  function rowBy(step) {
    const time = Math.max(view.from, Math.min(view.to, selectedTime()));
    let row = view.row + step;

    if (rows[row] && !rows[row].track)
      row += step;
    if (!rows[row]?.track)
      return;
    selectRow(row, time);
    scroller.scrollTop = Math.max(Math.min(scroller.scrollTop, row * view.rowHeight),
      (row + 1) * view.rowHeight - height());
  }

  function intervalBy(step) {
    const intervals = rows[view.row]?.track?.intervals ?? [];

    view.index = Math.max(0, Math.min(intervals.length - 1, view.index + step));
    if (intervals.length > 0 && (selectedTime() < view.from || selectedTime() > view.to))
      move((selectedTime() - (view.from + view.to) / 2) / (view.to - view.from));
    tell();
  }

  const KEYS = {
    ArrowUp: () => rowBy(-1), ArrowDown: () => rowBy(1),
    ArrowLeft: (shift) => shift ? move(-0.2) : intervalBy(-1),
    ArrowRight: (shift) => shift ? move(0.2) : intervalBy(1),
    "+": () => zoom(0.5, selectedTime()), "=": () => zoom(0.5, selectedTime()),
    "-": () => zoom(2, selectedTime()), 0: () => zoomTo(0, wall_s),
    Escape: () => zoomTo(0, wall_s),
    PageUp: () => { scroller.scrollTop -= height(); },
    PageDown: () => { scroller.scrollTop += height(); },
  };

  pane.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key])
      return;
    KEYS[event.key](event.shiftKey);
    event.preventDefault();
  });

  function placeOf(event) {
    const box = canvas.getBoundingClientRect();

    return { x: event.clientX - box.left,
      row: Math.floor((event.clientY - box.top + view.scroll) / view.rowHeight) };
  }

  canvas.addEventListener("pointermove", (event) => {
    const { x, row } = placeOf(event);

    if (view.drag) {
      view.drag[1] = Math.max(view.gutter, x);
      redraw();
    } else if (rows[row]?.track && event.pointerType === "mouse") {
      selectRow(row, timeAt(view, Math.max(view.gutter, x)));
    }
  });
  canvas.addEventListener("pointerdown", (event) => {
    const { x, row } = placeOf(event);

    if (rows[row]?.track)
      selectRow(row, timeAt(view, Math.max(view.gutter, x)));
    if (event.pointerType !== "mouse" || event.button !== 0)
      return;
    canvas.setPointerCapture(event.pointerId);
    view.drag = [Math.max(view.gutter, x), Math.max(view.gutter, x)];
  });
  canvas.addEventListener("pointerup", () => {
    const [a, b] = view.drag ?? [0, 0];

    view.drag = null;
    if (Math.abs(a - b) > 4)
      zoomTo(timeAt(view, Math.min(a, b)), timeAt(view, Math.max(a, b)));
    redraw();
  });
  canvas.addEventListener("dblclick", () => zoomTo(0, wall_s));
  pane.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;

    if (event.ctrlKey || event.metaKey)
      zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(view, placeOf(event).x));
    else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY))
      move(sideways / 1000);
    else
      return;
    event.preventDefault();
  }, { passive: false });
  scroller.addEventListener("scroll", redraw);

  function rechoose() {
    rows = rowsOf(choice);
    view.row = Math.max(0, rows.findIndex((row) => row.track));
    view.index = 0;
    shown.textContent = `${counted(rows.filter((row) => row.track).length, "thread")} shown`;
    scroller.scrollTop = 0;
    redraw();
  }

  function button(label, text, onclick) {
    return element("button", { type: "button", "aria-label": label, title: label, onclick }, text);
  }

  function select(label, options, chosen, onchange) {
    return element("label", {}, label + " ", element("select", { onchange: (event) =>
      onchange(event.target.value) }, Object.entries(options).map(([value, text]) =>
      element("option", { value, selected: value === chosen }, text))));
  }

  const shown = element("span", { class: "hint" });
  const stall = longestStall();
  const toolbar = element("div", { class: "toolbar" },
    tracks.length > 8 && element("label", {}, "Threads ", element("input", { type: "search",
      placeholder: "name, number, role", oninput: (event) => {
        choice.filter = event.target.value;
        rechoose();
      } })),
    tracks.length > 1 && select("Order", Object.fromEntries(Object.entries(ORDERS).map(
      ([key, [label]]) => [key, label])), choice.order, (value) => {
      choice.order = value;
      rechoose();
    }),
    tracks.length > 1 && select("Rows", { large: "large", small: "small", tiny: "tiny" },
      Object.keys(ROW_HEIGHTS).find((key) => ROW_HEIGHTS[key] === view.rowHeight), (value) => {
        view.rowHeight = ROW_HEIGHTS[value];
        redraw();
      }),
    tracks.length > 1 && element("label", {}, element("input", { type: "checkbox", checked: true,
      onchange: (event) => {
        choice.idle = event.target.checked;
        rechoose();
      } }), " idle threads"),
    element("span", { class: "group" },
      button("Zoom in", "+", () => zoom(0.5)), button("Zoom out", "\u2212", () => zoom(2)),
      button("Earlier", "\u2190", () => move(-0.3)), button("Later", "\u2192", () => move(0.3)),
      button("Show all of the time", "all", () => zoomTo(0, wall_s))),
    stall && button(`Longest stall: ${quantity(stall.end_s - stall.start_s, "s")}`,
      "longest stall", () => {
        const length = stall.end_s - stall.start_s;

        selectRow(rows.findIndex((row) => row.track === stall.track), stall.start_s);
        zoomTo(stall.start_s - length, stall.end_s + length);
      }), shown);

  const used = new Set(tracks.flatMap((track) => track.intervals.flatMap((interval) =>
    Object.keys(partsOf(track, interval)))));
  const legend = element("div", { class: "legend", role: "group", "aria-label": "States" },
    stateNames.filter((name) => used.has(name)).map((name) => element("button", { type: "button",
      "aria-pressed": "false", title: stateMeaning(name), onclick: (event) => {
        const pressed = view.only !== name;

        view.only = pressed ? name : null;
        legend.querySelectorAll("button").forEach((one) =>
          one.setAttribute("aria-pressed", String(pressed && one === event.currentTarget)));
        redraw();
      } }, element("i", { class: "swatch", style: { background: stateColour(name) } }),
    stateLabel(name))));

  new ResizeObserver(redraw).observe(pane);
  document.addEventListener("look", redraw);
  document.addEventListener("printing", (event) => {
    printing = event.detail;
    draw();
  });
  rechoose();
  return section("timeline", "Timeline",
    hint("Each row is a thread. Where a row is divided in height, several things alternated too ",
      `fast to be kept apart (waits under ${quantity(report.timeline.floor_s, "s")} are sums): `,
      "the height is each one's share. Faint: idle, it waited for something to do. ",
      tracks.some((track) => track.stalls.length) &&
        "A red line on top: the loop was stalled. ",
      report.timeline.threads_left_out > 0 &&
        `${counted(report.timeline.threads_left_out, "thread")} that lived shortest are left out. `),
    toolbar, legend, pane, readout,
    hint("Mouse: drag to zoom, double-click for all. Keys: arrows, + and \u2212, Shift and arrows, 0."));
}
