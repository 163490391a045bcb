/*
 * callsite: lines of the program: one in words, and the chain of calls that leads to it.
 */
import { element } from "./element.js";

function fileName(path) {
  return path.split("/").pop();
}

/* "app.py:14", "libz.so.1"; "" where nothing is known. */
export function framePlace(frame) {
  if (frame.short_file)
    return frame.line ? `${frame.short_file}:${frame.line}` : frame.short_file;
  return frame.module ? fileName(frame.module) : "";
}

export function frameName(frame) {
  if (frame.function)
    return frame.function;
  return frame.offset ? `${fileName(frame.module ?? "")}+${frame.offset}` : "generated code";
}

/* As the text report has it: "app.py:14 fetch_data", "work (xz)". */
export function frameText(frame) {
  const place = framePlace(frame);

  if (frame.generated)
    return "generated code";
  if (!frame.function)
    return frameName(frame);
  return frame.short_file ? `${place} ${frame.function}`
    : place ? `${frame.function} (${place})` : frame.function;
}

function chainItem(frame) {
  const kind = frame.stands_out ? "stands-out" : frame.library ? "library" : null;

  return element("li", { class: kind },
    frameName(frame), " ",
    element("span", { class: "place", title: frame.file ?? frame.module }, framePlace(frame)));
}

/* The line that stands out (or `text`, where only the module is known); opened, all callers. */
export function callsite(frames, text) {
  const out = frames.find((frame) => frame.stands_out);

  if (!out)
    return element("span", { class: "unknown" }, "not known");
  return element("details", { class: "callsite" },
    element("summary", {}, element("code", {}, text ?? frameText(out))),
    element("ol", { class: "chain", "aria-label": "called from, innermost first" },
      frames.map(chainItem)));
}
