/*
 * runtime: what measured programs run on, as their users call it: the same words as in the text
 * report (label.c).
 */
import { report } from "./element.js";

const TITLES = {
  cpython: "CPython", pypy: "PyPy", ruby: "Ruby", node: "Node.js", jvm: "JVM", go: "Go",
  dotnet: ".NET", native: "native code",
};
const LOCKS = { cpython: "GIL", pypy: "GIL", ruby: "GVL" };

/* "CPython 3.11.2"; native code is named only where there is nothing else. */
export function runtimes() {
  const named = report.target.runtimes.filter(({ name }) => name !== "native");
  const texts = named.map(({ name, version }) =>
    (TITLES[name] ?? name) + (version ? " " + version : ""));

  return texts.length ? [...new Set(texts)].join(", ") : TITLES.native;
}

export function runtimeLock() {
  const locks = new Set(report.target.runtimes.map(({ name }) => LOCKS[name]).filter(Boolean));

  return locks.size === 1 ? [...locks][0] : "global lock";
}
