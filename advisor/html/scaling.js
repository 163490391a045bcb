/*
 * scaling: how each model goes on with more workers: lines over a logarithmic axis of workers, and
 * where they span much, a logarithmic one of times.
 */
import { element, drawn, report, number, section, hint } from "./element.js";
import { quantity, timeLogarithmicTicks, timesLogarithmicTicks, timesTicks, timeTicks }
  from "./quantity.js";
import { MODELS } from "./verdict.js";

const WIDTH = 640, HEIGHT = 280;
const EDGE = { left: 70, right: 96, top: 12, bottom: 36 };
const SPAN_MOST = 10; /* of the largest value to the least, on an axis that is not logarithmic */

function isService() {
  return report.scaling.some((point) => point.capacity !== null);
}

function series() {
  const key = isService() ? "capacity" : "wall_s";
  const byModel = new Map();

  report.scaling.forEach((point, i) => {
    if (point[key] === null)
      return;
    if (!byModel.has(point.model))
      byModel.set(point.model, []);
    byModel.get(point.model).push({ workers: point.workers, value: point[key],
      path: `scaling.${i}.${key}` });
  });
  return byModel;
}

/* From workers and values to places in the picture. */
function scaleOf(all) {
  const values = all.map(({ value }) => value);
  const least = Math.min(...values) / 1.1, most = Math.max(...values) * 1.05;
  const logarithmic = least > 0 && most / least > SPAN_MOST;
  const last = Math.log2(Math.max(2, ...all.map(({ workers }) => workers)));
  const inner = { x: WIDTH - EDGE.left - EDGE.right, y: HEIGHT - EDGE.top - EDGE.bottom };
  const height = (value) => logarithmic ? Math.log(value / least) / Math.log(most / least)
    : value / most;

  return {
    least, most, last, logarithmic,
    x: (workers) => EDGE.left + Math.log2(workers) / last * inner.x,
    y: (value) => EDGE.top + (1 - height(value)) * inner.y,
  };
}

function marksOf({ least, most, logarithmic }) {
  if (logarithmic)
    return isService() ? timesLogarithmicTicks(least, most) : timeLogarithmicTicks(least, most);
  return isService() ? timesTicks(most, 4) : timeTicks(0, most, 4);
}

function grid(scale) {
  const every = scale.last > 8 ? 2 : 1, workers = [];

  for (let i = 0; i <= scale.last + 1e-9; i += every)
    workers.push(2 ** i);
  return [
    marksOf(scale).map(({ value, text }) => [
      drawn("line", { class: "grid", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: scale.y(value),
        y2: scale.y(value) }),
      drawn("text", { x: EDGE.left - 8, y: scale.y(value) + 4, "text-anchor": "end" }, text)]),
    workers.map((count) => drawn("text", { x: scale.x(count), y: HEIGHT - EDGE.bottom + 18,
      "text-anchor": "middle" }, count)),
    drawn("text", { x: (EDGE.left + WIDTH - EDGE.right) / 2, y: HEIGHT - 2,
      "text-anchor": "middle", class: "dim" }, "workers"),
  ];
}

/*
 * The names at the ends of the lines do not cover each other, nor, where a line ends early, the
 * others: there it stands above.
 */
function labelPlaces(lines, scale) {
  const places = lines.map(([model, points]) => {
    const { workers, value } = points.at(-1);

    return { model, y: scale.y(value) + (Math.log2(workers) < scale.last ? -8 : 4) };
  }).sort((a, b) => a.y - b.y);

  places.forEach((place, i) => {
    if (i > 0)
      place.y = Math.max(place.y, places[i - 1].y + 15);
  });
  return new Map(places.map(({ model, y }) => [model, y]));
}

function line(model, points, scale, labelY) {
  return drawn("g", { class: "line " + model },
    drawn("polyline", { points: points.map(({ workers, value }) =>
      `${scale.x(workers)},${scale.y(value)}`).join(" ") }),
    points.map(({ workers, value }) => drawn("circle", { cx: scale.x(workers), cy: scale.y(value),
      r: 3.5 }, drawn("title", {}, `${MODELS[model]} \u00d7${workers}: ` +
      quantity(value, isService() ? "x" : "s")))),
    drawn("text", { x: scale.x(points.at(-1).workers) + 9, y: labelY }, MODELS[model]));
}

function picture(lines, scale) {
  const labels = labelPlaces(lines, scale);

  return drawn("svg", { class: "scaling", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": `${isService() ? "Capacity" : "Predicted time"} against the number of workers; ` +
      "the table below has the numbers" },
  grid(scale), lines.map(([model, points]) => line(model, points, scale, labels.get(model))));
}

function numbersTable(lines) {
  const workers = [...new Set(lines.flatMap(([, points]) => points.map((p) => p.workers)))]
    .sort((a, b) => a - b);

  return element("details", {}, element("summary", {}, "The same in numbers"),
    element("div", { class: "table" }, element("table", {},
      element("caption", { class: "aside" }, "By number of workers"),
      element("thead", {}, element("tr", {}, element("th", { class: "number" }, "workers"),
        lines.map(([model]) => element("th", { class: "number" }, MODELS[model])))),
      element("tbody", {}, workers.map((count) => element("tr", {},
        element("th", { class: "number", scope: "row" }, count),
        lines.map(([, points]) => {
          const point = points.find((p) => p.workers === count);

          return element("td", { class: "number" },
            point && number(point.path, isService() ? "x" : "s"));
        })))))));
}

export function scaling() {
  const lines = [...series()];

  if (lines.length === 0)
    return null;
  const scale = scaleOf(lines.flatMap(([, points]) => points));

  return section("workers", "With more workers",
    hint(isService() ? "Times the measured load that so many workers could carry."
      : "What the same work would take with so many workers.",
    scale.logarithmic && " Both axes are logarithmic."),
    element("figure", {}, picture(lines, scale)), numbersTable(lines));
}
