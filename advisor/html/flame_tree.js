/*
 * flame_tree: chains of calls with their weights as one tree, from the outermost call inwards.
 */
import { frameName, framePlace, frameText } from "./callsite.js";
import { stateLabel } from "./state.js";

const OUTER_SHOWN = 32; /* where a chain's middle was left out: so many are outside of it */

function nodeOf(part, parent) {
  return { ...part, parent, weight: 0, count: 0, children: new Map() };
}

function framePart(frame) {
  return { key: `${frame.function}|${frame.file ?? frame.module}|${frame.line}|${frame.offset}`,
    label: frameText(frame), name: frameName(frame), place: framePlace(frame),
    kind: frame.library ? "library" : "own" };
}

function plainPart(label, kind, state = null) {
  return { key: `${kind}|${label}`, label, name: label, place: "", kind, state };
}

/* What was done at the inner end: the state, and the system call. */
function endPart(stack) {
  if (stack.kind === "computing" && stack.state === "cpu_user")
    return [];
  return [plainPart([stateLabel(stack.state), stack.syscall].filter(Boolean).join(" "), "state",
    stack.state)];
}

function chainParts(stack) {
  const outwards = stack.frames.map(framePart);

  if (stack.omitted > 0)
    outwards.splice(OUTER_SHOWN, 0, plainPart(`\u2026 ${stack.omitted} more`, "unknown"));
  if (stack.frames.length === 0)
    outwards.push(plainPart(stack.rest ? "all smaller ones" : "not known where", "unknown"));
  return [...outwards.reverse(), ...endPart(stack)];
}

function sorted(node) {
  node.children = [...node.children.values()].sort((a, b) => b.weight - a.weight);
  node.children.forEach(sorted);
  return node;
}

/* The root has all their weight; children come heaviest first. */
export function treeOf(stacks, label) {
  const root = nodeOf(plainPart(label, "root"), null);

  for (const stack of stacks) {
    let node = root;

    for (const part of [null, ...chainParts(stack)]) {
      if (part && !node.children.has(part.key))
        node.children.set(part.key, nodeOf(part, node));
      node = part ? node.children.get(part.key) : node;
      node.weight += stack.weight_s;
      node.count += stack.count ?? 0;
    }
  }
  return sorted(root);
}
