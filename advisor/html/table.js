/*
 * table: rows that can be sorted by their columns; of very many, the first ones until more are
 * asked for.
 */
import { element } from "./element.js";
import { counted } from "./quantity.js";

const SHOWN = 12;
const MORE = 500;

function heading(table, column, i) {
  const attributes = { scope: "col", class: column.number ? "number" : null };

  if (!column.sort)
    return element("th", attributes, column.label);
  return element("th", { ...attributes, "aria-sort": "none" },
    element("button", { type: "button", class: "sort", onclick: () => table.sortBy(i) },
      column.label));
}

/*
 * Columns: {label, cell(row) -> node or text, number: aligned as one, sort(row) -> value, class}.
 * `caption` is for those who hear the page.
 */
export function table(caption, columns, rows, shown = SHOWN) {
  const body = element("tbody"), more = element("p", { class: "more" });
  const self = { sorted: -1, rows: [...rows], shown };
  const head = element("tr", {}, columns.map((column, i) => heading(self, column, i)));

  function cell(column, row) {
    const classes = [column.number && "number", column.class].filter(Boolean).join(" ");

    return element("td", { class: classes || null, "data-label": column.label }, column.cell(row));
  }

  function draw() {
    const left = self.rows.length - self.shown;

    body.replaceChildren(...self.rows.slice(0, self.shown).map((row) =>
      element("tr", row.attributes ?? {}, columns.map((column) => cell(column, row)))));
    more.replaceChildren();
    if (left > 0)
      more.append(element("button", { type: "button", onclick: () => {
        self.shown += MORE;
        draw();
      } }, `Show ${left > MORE ? MORE : counted(left, "more", "more")}`),
      element("span", { class: "hint" },
        ` ${self.shown} of ${self.rows.length.toLocaleString("en-US")}`));
  }

  self.sortBy = (i) => {
    const descending = self.sorted !== i || !self.descending;
    const key = columns[i].sort;

    self.sorted = i;
    self.descending = descending;
    self.rows.sort((a, b) => (key(a) > key(b) ? 1 : key(a) < key(b) ? -1 : 0) *
      (descending ? -1 : 1));
    [...head.children].forEach((th, j) => th.hasAttribute("aria-sort") &&
      th.setAttribute("aria-sort", j !== i ? "none" : descending ? "descending" : "ascending"));
    draw();
  };
  draw();
  return element("div", { class: "table" },
    element("table", {}, element("caption", { class: "aside" }, caption),
      element("thead", {}, head), body), more);
}
