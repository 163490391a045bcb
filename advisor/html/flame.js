/*
 * flame: a flame graph, its root on top, one box a call; by mouse, finger and keyboard.
 */
import { element, report, section, hint } from "./element.js";
import { counted, quantity } from "./quantity.js";
import { stateColour } from "./state.js";
import { treeOf } from "./flame_tree.js";

const ROW = 21;
const NARROWEST = 0.0015; /* of the width: less cannot be seen */

function ancestors(node) {
  return node.parent ? [...ancestors(node.parent), node.parent] : [];
}

/* Boxes of what is zoomed to: {node, depth, left, width}, widths as shares. */
function layout(zoomed) {
  const boxes = ancestors(zoomed).map((node, depth) =>
    ({ node, depth, left: 0, width: 1, outside: true }));
  let narrow = 0;

  (function place(node, depth, left) {
    let at = left;

    boxes.push({ node, depth, left, width: node.weight / zoomed.weight });
    for (const child of node.children) {
      if (child.weight / zoomed.weight >= NARROWEST)
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

export function flame(id, stacks, label) {
  const graph = element("div", { class: "flame", role: "tree", "aria-label": label, id });
  const readout = element("p", { class: "readout", role: "status" });
  const narrowHint = element("span", { class: "hint" });
  const root = treeOf(stacks, label);
  const places = new Map();
  let zoomed = root, current = root, sought = "";

  function matches(node) {
    return sought !== "" && node.kind !== "root" && node.label.toLowerCase().includes(sought);
  }

  /* Of what matches, without counting what is inside of it twice. */
  function matched(node) {
    return matches(node) ? node.weight
      : node.children.reduce((sum, child) => sum + matched(child), 0);
  }

  function tell(node) {
    readout.textContent = words(node, root);
  }

  function focus(node) {
    places.get(current)?.setAttribute("tabindex", "-1");
    current = node;
    places.get(node)?.setAttribute("tabindex", "0");
    places.get(node)?.focus();
  }

  function zoomTo(node) {
    zoomed = node;
    current = node;
    draw();
    focus(node);
  }

  function box({ node, depth, left, width, outside }) {
    const made = element("div", { role: "treeitem", "aria-level": depth + 1,
      "aria-label": words(node, root), "aria-expanded": node.children.length > 0 ? "true" : null,
      tabindex: node === current ? "0" : "-1", title: words(node, root),
      class: ["box", node.kind, outside && "outside", matches(node) && "match"].filter(Boolean)
        .join(" "),
      style: { left: `${100 * left}%`, width: `${100 * width}%`, top: `${depth * ROW}px` },
      onclick: () => zoomTo(node), onmouseenter: () => tell(node), onfocus: () => tell(node) },
    element("span", {}, node.name), node.place && element("span", { class: "place" },
      " " + node.place));

    if (node.state)
      made.style.setProperty("--box", stateColour(node.state));
    places.set(node, made);
    return made;
  }

  function draw() {
    const { boxes, narrow } = layout(zoomed);
    const deepest = Math.max(...boxes.map(({ depth }) => depth));

    places.clear();
    graph.replaceChildren(...boxes.map(box));
    graph.style.height = `${(deepest + 1) * ROW}px`;
    narrowHint.textContent = narrow > 0 ? `${counted(narrow, "call")} too small to be drawn.` : "";
    const found = sought ? matched(root) : 0;

    readout.textContent = sought
      ? `\u201c${sought}\u201d: ${quantity(found, "s")}, ${quantity(found / root.weight, "share")}`
      : words(zoomed, root);
  }

  function sibling(step) {
    const around = current.parent?.children.filter((node) => places.has(node)) ?? [];

    return around[around.indexOf(current) + step];
  }

  const KEYS = {
    ArrowDown: () => current.children.find((node) => places.has(node)),
    ArrowUp: () => current.parent, ArrowLeft: () => sibling(-1), ArrowRight: () => sibling(1),
  };

  graph.addEventListener("keydown", (event) => {
    const next = KEYS[event.key]?.();

    if (event.key === "Enter" || event.key === " ")
      zoomTo(current);
    else if (event.key === "Escape")
      zoomTo(root);
    else if (next)
      focus(next);
    else
      return;
    event.preventDefault();
  });
  draw();
  return [element("div", { class: "toolbar" },
    element("label", {}, "Find ", element("input", { type: "search", placeholder: "function or file",
      oninput: (event) => {
        sought = event.target.value.trim().toLowerCase();
        draw();
      } })),
    element("button", { type: "button", onclick: () => zoomTo(root) }, "all"), narrowHint),
  element("div", { class: "flame-pane" }, graph), readout];
}

function graphs(id, stacks, label, none) {
  return stacks.length > 0 ? flame(id, stacks, label) : hint(none);
}

const KEYS_HINT = "Click or press Enter to enlarge a call, Escape for all; arrows go from call to call.";

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
    all.length > work.length && work.length > 0 && element("label", {}, element("input", {
      type: "checkbox", onchange: (event) => show(event.target.checked) }),
    " with waiting for work, for users and for its own workers"), holder);
}

export function computingFlame() {
  const stacks = report.stacks.filter(({ kind }) => kind === "computing");

  return stacks.length > 0 && section("computing", "Where it computes",
    hint("Calls from the outermost inwards; the width is the time on a CPU in them. " + KEYS_HINT),
    flame("flame-computing", stacks, "computing"));
}
