/*
 * element: makes elements. All text goes in as text, never as markup: most of it is the measured
 * program's.
 */
import { quantity, UNKNOWN } from "./quantity.js";

export const report = JSON.parse(document.getElementById("report").textContent);

/* Controls, and characters that turn the direction of what follows, are shown, not obeyed. */
const HOSTILE = new RegExp("[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f" +
  "\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]", "g");

export function visible(text) {
  return String(text).replace(HOSTILE,
    (c) => "\\u" + c.codePointAt(0).toString(16).padStart(4, "0"));
}

function append(to, child) {
  if (child === null || child === undefined || child === false)
    return;
  if (Array.isArray(child))
    child.forEach((one) => append(to, one));
  else
    to.append(child instanceof Node ? child : visible(child));
}

function set(to, name, value) {
  if (value === null || value === undefined || value === false)
    return;
  if (name === "style")
    Object.entries(value).forEach(([key, style]) => to.style.setProperty(key, style));
  else if (name.startsWith("on"))
    to.addEventListener(name.slice(2), value);
  else
    to.setAttribute(name, value === true ? "" : visible(value));
}

function fill(to, attributes, children) {
  Object.entries(attributes).forEach(([name, value]) => set(to, name, value));
  append(to, children);
  return to;
}

/* element("td", {class: "number"}, "text", another): children may be lists; null is none. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function drawn(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/* What is at "predictions.2.wall_s" in the report. */
export function at(path) {
  return path.split(".").reduce((value, key) => value?.[key], report);
}

/*
 * A number of the report, with its unit; data-of says which one. What is exact is in its value and
 * its title.
 */
export function number(path, unit, attributes = {}) {
  const value = at(path);

  if (value === null || value === undefined)
    return element("span", { class: "unknown", "data-of": path, ...attributes }, UNKNOWN);
  return element("data",
    { value: Number(value), "data-of": path, "data-unit": unit, title: exact(value, unit),
      ...attributes },
    quantity(Number(value), unit));
}

function exact(value, unit) {
  return ["s", "bytes", "1/s"].includes(unit) ? `${value} ${unit}` : String(value);
}

export function section(id, title, ...children) {
  return element("section", { id, "aria-labelledby": id + "-title", tabindex: "-1" },
    element("h2", { id: id + "-title" }, title), children);
}

export function hint(...children) {
  return element("p", { class: "hint" }, children);
}
