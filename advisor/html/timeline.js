/*
 * timeline: the section: which threads and which part of the time are shown, and what is selected.
 */
import { element, report, section, hint } from "./element.js";
import { counted } from "./quantity.js";
import { intervalAt, intervalText, rowsOf, tracks, wall_s } from "./timeline_data.js";
import { keysListen, legend, pointerListen, toolbar } from "./timeline_controls.js";
import { lookOf, rowsDraw, stripDraw } from "./timeline_view.js";

const STRIP = 92;
const MOST_HIGH = 520; /* all rows together; beyond it they scroll, */
const PRINTED_MOST = 640; /* and on paper they end: the section is a page */
const CLOSEST = 1e-5; /* of the time, zoomed in as far as can be */

function rowHeightFor(threads) {
  return threads <= 24 ? 22 : threads <= 150 ? 12 : 3;
}

class Timeline {
  constructor() {
    this.view = { from: 0, to: wall_s, width: 600, gutter: 180, scroll: 0, row: -1, index: 0,
      rowHeight: rowHeightFor(tracks.length), only: null };
    this.choice = { order: "process", filter: "", idle: true };
    this.strip = element("canvas", { class: "strip", "aria-hidden": "true" });
    this.stripStale = true;
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.sizer = element("div", { class: "sizer" }, this.canvas);
    this.scroller = element("div", { class: "scroller" }, this.sizer);
    this.readout = element("p", { class: "readout", role: "status" });
    this.shown = element("span", { class: "hint" });
    this.pane = element("div", { class: "pane", tabindex: "0", role: "application",
      id: "timeline-pane", "aria-label": "Timeline of threads. Up and down: another thread. Left " +
        "and right: its next interval. Page up and down: many threads on. Home and End: the " +
        "first, the last. Plus and minus: zoom. Shift and arrows: move. 0: all." },
    this.strip, this.scroller);
    this.choose({});
  }

  listen() {
    keysListen(this);
    pointerListen(this);
    this.scroller.addEventListener("scroll", () => this.redrawRows());
    new ResizeObserver(() => this.redraw()).observe(this.pane);
    document.addEventListener("look", () => this.redraw());
    document.addEventListener("printing", (event) => {
      this.printing = event.detail;
      this.stripStale = true;
      this.draw();
    });
  }

  height() {
    const all = Math.max(this.rows.length, 1) * this.view.rowHeight;

    return Math.min(all, this.printing ? PRINTED_MOST : MOST_HIGH);
  }

  draw() {
    const { view, scroller } = this, look = lookOf(this.pane);

    this.scheduled = false;
    view.width = Math.max(200, scroller.clientWidth);
    view.gutter = view.width < 520 ? 92 : 180;
    view.scroll = scroller.scrollTop;
    scroller.style.height = `${this.height()}px`;
    this.sizer.style.height = `${Math.max(this.rows.length * view.rowHeight, this.height())}px`;
    if (this.stripStale)
      stripDraw(this.strip, view, this.rows, look, STRIP);
    this.stripStale = false;
    rowsDraw(this.canvas, view, this.rows, look, this.height());
  }

  /* Where the strip stays as it is: it adds up all threads, which takes longer than some rows. */
  redrawRows() {
    if (!this.scheduled)
      requestAnimationFrame(() => this.draw());
    this.scheduled = true;
  }

  redraw() {
    this.stripStale = true;
    this.redrawRows();
  }

  /* Other threads, or in another order: {order, filter, idle}. */
  choose(choice) {
    Object.assign(this.choice, choice);
    this.rows = rowsOf(this.choice);
    this.view.row = -1;
    this.readout.textContent = "";
    this.shown.textContent =
      `${counted(this.rows.filter((row) => row.track).length, "thread")} shown`;
    this.scroller.scrollTop = 0;
    this.redraw();
  }

  setView(view) {
    Object.assign(this.view, view);
    this.redraw();
  }

  /* From one place to another, or null. */
  setDrag(drag) {
    this.view.drag = drag;
    this.redrawRows();
  }

  zoomTo(from, to) {
    const length = Math.min(wall_s, Math.max(wall_s * CLOSEST, to - from));
    const start = Math.max(0, Math.min(wall_s - length, from));

    this.setView({ from: start, to: start + length });
  }

  zoom(factor, around = (this.view.from + this.view.to) / 2) {
    this.zoomTo(around - (around - this.view.from) * factor,
      around + (this.view.to - around) * factor);
  }

  /* By so much of what is shown. */
  move(share) {
    const by = (this.view.to - this.view.from) * share;

    this.zoomTo(this.view.from + by, this.view.to + by);
  }

  tell() {
    const row = this.rows[this.view.row];

    this.readout.textContent = row?.track ? intervalText(row.track, this.view.index) : "";
    this.redrawRows();
  }

  track() {
    return this.rows[this.view.row]?.track;
  }

  select(row, time) {
    const track = this.rows[row]?.track;

    if (!track)
      return;
    this.view.row = row;
    this.view.index = Math.min(intervalAt(track, time), track.intervals.length - 1);
    this.tell();
  }

  selectedTime() {
    const interval = this.track()?.intervals[this.view.index];

    return interval ? (interval.start_s + interval.end_s) / 2
      : (this.view.from + this.view.to) / 2;
  }

  rowsAtOnce() {
    return Math.floor(this.height() / this.view.rowHeight);
  }

  /* Past the ends it is the first or the last; a heading is passed over. */
  selectNextRow(step) {
    const time = Math.max(this.view.from, Math.min(this.view.to, this.selectedTime()));
    let row = Math.max(0, Math.min(this.rows.length - 1, this.view.row + step));

    if (this.rows[row]?.heading)
      row += step < 0 && row > 0 ? -1 : 1;
    this.select(row, time);
    this.scroller.scrollTop = Math.max(
      Math.min(this.scroller.scrollTop, row * this.view.rowHeight),
      (row + 1) * this.view.rowHeight - this.height());
  }

  selectNextInterval(step) {
    const { view } = this, intervals = this.track()?.intervals ?? [];

    if (intervals.length === 0)
      return this.selectNextRow(1);
    view.index = Math.max(0, Math.min(intervals.length - 1, view.index + step));
    const time = this.selectedTime();

    if (time < view.from || time > view.to)
      this.move((time - (view.from + view.to) / 2) / (view.to - view.from));
    return this.tell();
  }
}

function explanation() {
  const { floor_s: floor, threads_left_out: left } = report.timeline;

  return hint("Each row is a thread. Where a row is divided in height, several things alternated ",
    `too fast to be kept apart, since waits under ${Number((floor * 1e3).toPrecision(2))}\u00a0ms `,
    "are known in sums: the height is each one's share. Faint: idle, it waited for something to ",
    "do. ",
    tracks.some((track) => track.stalls.length) && "A red line on top: the loop was stalled. ",
    left > 0 && `${counted(left, "thread")} that lived shortest are left out.`);
}

export function timeline() {
  const self = new Timeline();

  self.listen();
  return section("timeline", "Timeline", explanation(), toolbar(self), legend(self), self.pane,
    self.readout,
    element("p", { class: "hint keys" }, "Mouse: drag to zoom, double-click for all. Keys: ",
      "arrows, Page Up and Down, Home, End, + and \u2212, Shift and arrows, 0."));
}
