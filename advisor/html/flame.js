/*
 * flame: a flame graph, its root on top, one box a call; by mouse, finger and keyboard.
 */
import { element, report, section, hint } from "./element.js";
import { counted, quantity } from "./quantity.js";
import { stateColour } from "./state.js";
import { treeOf } from "./flame_tree.js";

const ROW = 21;
const NARROWEST = 0.0015; /* of the width: less cannot be seen, */
const ROOM_FOR_TEXT = 0.02; /* and less has no room for words: on paper it would say nothing */

function ancestors(node) {
  return node.parent ? [...ancestors(node.parent), node.parent] : [];
}

/* Boxes of what is zoomed to: {node, depth, left, width}, widths as shares. */
function layout(zoomed, narrowest) {
  const boxes = ancestors(zoomed).map((node, depth) =>
    ({ node, depth, left: 0, width: 1, outside: true }));
  let narrow = 0;

  (function place(node, depth, left) {
    let at = left;

    boxes.push({ node, depth, left, width: node.weight / zoomed.weight });
    for (const child of node.children) {
      if (child.weight / zoomed.weight >= narrowest)
        place(child, depth + 1, at);
      else
        narrow++;
      at += child.weight / zoomed.weight;
    }
  })(zoomed, boxes.length, 0);
  return { boxes, narrow };
}

function words(node, root) {
  return `${node.label}: ${quantity(node.weight, "s")}, ` +
    `${quantity(node.weight / root.weight, "share")}` +
    (node.count >= 0.5 ? `, ${counted(Math.round(node.count), "wait")}` : "");
}

class Flame {
  constructor(id, stacks, label) {
    this.root = this.zoomed = this.current = treeOf(stacks, label);
    this.sought = "";
    this.boxes = new Map();
    this.graph = element("div", { class: "flame", role: "tree", "aria-label": label, id });
    this.readout = element("p", { class: "readout", role: "status" });
    this.tooSmall = element("p", { class: "hint" });
    this.narrowest = NARROWEST;
    this.graph.addEventListener("keydown", (event) => this.press(event));
    document.addEventListener("printing", (event) => {
      this.narrowest = event.detail ? ROOM_FOR_TEXT : NARROWEST;
      this.draw();
    });
    this.draw();
  }

  matches(node) {
    return this.sought !== "" && node.kind !== "root" &&
      node.label.toLowerCase().includes(this.sought);
  }

  /* The weight of what matches, without counting what is inside of it twice. */
  matched(node) {
    return this.matches(node) ? node.weight
      : node.children.reduce((sum, child) => sum + this.matched(child), 0);
  }

  find(text) {
    this.sought = text.trim().toLowerCase();
    this.draw();
  }

  focus(node) {
    this.boxes.get(this.current)?.setAttribute("tabindex", "-1");
    this.current = node;
    this.boxes.get(node).setAttribute("tabindex", "0");
    this.boxes.get(node).focus();
  }

  zoomTo(node) {
    this.zoomed = this.current = node;
    this.draw();
    this.focus(node);
  }

  sibling(step) {
    const around = this.current.parent?.children.filter((node) => this.boxes.has(node)) ?? [];

    return around[around.indexOf(this.current) + step];
  }

  press(event) {
    const next = FLAME_KEYS[event.key]?.(this);

    if (event.key === "Enter" || event.key === " ")
      this.zoomTo(this.current);
    else if (event.key === "Escape")
      this.zoomTo(this.root);
    else if (next)
      this.focus(next);
    else
      return;
    event.preventDefault();
  }

  box({ node, depth, left, width, outside }) {
    const told = words(node, this.root), tell = () => { this.readout.textContent = told; };
    const classes = ["box", node.kind, outside && "outside", this.matches(node) && "match"];
    const made = element("div", { role: "treeitem", "aria-level": depth + 1, "aria-label": told,
      "aria-expanded": node.children.length > 0 ? "true" : null, title: told,
      tabindex: node === this.current ? "0" : "-1", class: classes.filter(Boolean).join(" "),
      style: { left: `${100 * left}%`, width: `${100 * width}%`, top: `${depth * ROW}px` },
      onclick: () => this.zoomTo(node), onmouseenter: tell, onfocus: tell },
    width > ROOM_FOR_TEXT && [node.name, node.place &&
      element("span", { class: "place" }, " " + node.place)]);

    if (node.state)
      made.style.setProperty("--box", stateColour(node.state));
    this.boxes.set(node, made);
    return made;
  }

  draw() {
    const { boxes, narrow } = layout(this.zoomed, this.narrowest);
    const found = this.sought ? this.matched(this.root) : 0;

    this.boxes.clear();
    this.graph.replaceChildren(...boxes.map((one) => this.box(one)));
    this.graph.style.height = `${(Math.max(...boxes.map(({ depth }) => depth)) + 1) * ROW}px`;
    this.tooSmall.textContent = narrow > 0
      ? `${counted(narrow, "call")} too small to be drawn` : "";
    this.readout.textContent = this.sought
      ? `\u201c${this.sought}\u201d: ${quantity(found, "s")}, ` +
        quantity(found / this.root.weight, "share")
      : words(this.zoomed, this.root);
  }
}

const FLAME_KEYS = {
  ArrowDown: (f) => f.current.children.find((node) => f.boxes.has(node)),
  ArrowUp: (f) => f.current.parent,
  ArrowLeft: (f) => f.sibling(-1),
  ArrowRight: (f) => f.sibling(1),
};

function flame(id, stacks, label) {
  const self = new Flame(id, stacks, label);

  return [element("div", { class: "toolbar" },
    element("label", {}, "Find ", element("input", { type: "search",
      placeholder: "function or file", oninput: (event) => self.find(event.target.value) })),
    element("button", { type: "button", onclick: () => self.zoomTo(self.root) }, "all")),
  element("div", { class: "flame-pane" }, self.graph), self.tooSmall, self.readout];
}

function graphs(id, stacks, label, none) {
  return stacks.length > 0 ? flame(id, stacks, label) : hint(none);
}

const KEYS_HINT = "Click or press Enter to enlarge a call, Escape for all; arrows go from call " +
  "to call.";

export function waitingFlame() {
  const all = report.stacks.filter(({ kind }) => kind === "waiting");
  const work = all.filter(({ idle }) => !idle);
  const holder = element("div");

  function show(idle) {
    holder.replaceChildren(...[graphs("flame-waiting", idle ? all : work,
      idle ? "all waiting" : "waiting that is work", "Nothing that is work waited.")].flat());
  }

  show(work.length === 0);
  return all.length > 0 && section("waiting", "Where it waits",
    hint("Calls from the outermost inwards; the width is the time waited in them, the lowest box ",
      "what they waited for. " + KEYS_HINT),
    all.length > work.length && work.length > 0 && element("label", { class: "choice" },
      element("input", { type: "checkbox", onchange: (event) => show(event.target.checked) }),
      " with waiting for work, for users and for its own workers"), holder);
}

export function computingFlame() {
  const stacks = report.stacks.filter(({ kind }) => kind === "computing");

  return stacks.length > 0 && section("computing", "Where it computes",
    hint("Calls from the outermost inwards; the width is the time on a CPU in them. " + KEYS_HINT),
    flame("flame-computing", stacks, "computing"));
}
