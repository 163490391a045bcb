/*
 * advice: what to do, what was found, how well it was measured, and which rules were considered.
 */
import { element, report, number, section, hint } from "./element.js";
import { quantity } from "./quantity.js";
import { MODELS } from "./verdict.js";

/* A step with more than one line is code to be copied, below what is said of it. */
function step(text) {
  const lines = text.split("\n");
  const said = lines.length > 1 && lines[0].endsWith(":") ? lines.shift() : null;

  if (lines.length === 1 && !said)
    return element("li", {}, text);
  return element("li", {}, said, element("pre", { tabindex: "0" }, lines.join("\n")));
}

function steps(texts) {
  return element("ol", { class: "steps" }, texts.map(step));
}

export function toDo() {
  const { steps: texts, alternatives } = report.recommendation;

  if (texts.length === 0 && alternatives.length === 0)
    return null;
  return section("steps", "What to do",
    texts.length > 0 ? steps(texts) : hint("Nothing: leave it as it is."),
    alternatives.length > 0 && element("details", {},
      element("summary", {}, "Why not another model"),
      element("ul", {}, alternatives.map(({ model, why_not: why }) =>
        element("li", {}, element("strong", {}, MODELS[model]), ": " + why)))));
}

/* Only links that a browser opens as a page are links. */
function reference(text) {
  return element("li", {}, /^https?:\/\//.test(text)
    ? element("a", { href: text, rel: "noopener noreferrer" }, text) : text);
}

function evidenceRow(path, evidence) {
  return element("tr", { class: evidence.held === false ? "failed" : null },
    element("th", { scope: "row" }, element("code", {}, evidence.metric)),
    element("td", { class: "number" }, number(path + ".value", evidence.unit)),
    element("td", {}, evidence.unless ? "keeps it from firing if " : "asked ", evidence.op + " ",
      quantity(evidence.threshold, evidence.unit)),
    "held" in evidence && element("td", {}, evidence.held ? "holds" : "does not hold"));
}

function evidenceTable(path, list) {
  return element("div", { class: "table" }, element("table", { class: "evidence" },
    element("caption", { class: "aside" }, "The numbers it rests on"),
    element("tbody", {}, list.map((evidence, i) => evidenceRow(`${path}.${i}`, evidence)))));
}

function finding(f, i) {
  return element("article", { class: "finding " + f.severity },
    element("h3", {}, element("span", { class: "severity" }, f.severity), " ", f.title),
    element("p", {}, f.message),
    f.place && element("p", { class: "place" }, f.place),
    f.rule === report.recommendation.rule
      ? element("p", { class: "place" }, "It gives the verdict; ",
        element("a", { href: "#steps" }, "what to do"), " is above.")
      : f.actions.length > 0 && steps(f.actions),
    element("details", {},
      element("summary", {}, "The numbers it rests on \u2013 rule ", element("code", {}, f.rule)),
      evidenceTable(`findings.${i}.evidence`, f.evidence),
      f.see.length > 0 && element("ul", {}, f.see.map(reference))));
}

export function findings() {
  return section("findings", "Findings",
    report.findings.length > 0 ? report.findings.map(finding) : hint("None."));
}

function check({ passed, message, id }) {
  return element("li", { class: passed ? "passed" : "failed" },
    element("span", { class: "mark" }, passed ? "ok" : "not"), " ", message ?? id);
}

export function quality() {
  const { tool, host } = report;

  return section("quality", "How well it was measured",
    element("p", { class: "grade " + report.quality.grade }, report.quality.grade),
    element("ul", { class: "checks" }, report.quality.checks.map(check)),
    hint(`Linux ${host.kernel ?? ""}, ${host.arch ?? ""}, `,
      number("host.cpus_allowed", "count"), " of ", number("host.cpus_online", "count"),
      " CPUs, ", tool.backend ?? "", ", ", number("window.lost", "count"), " records lost."));
}

function considered(rule, i) {
  return element("details", {}, element("summary", {}, element("code", {}, rule.rule), " ",
    rule.rule === report.recommendation.rule ? "gives the verdict"
      : rule.fired ? rule.silenced_by ? `overruled by ${rule.silenced_by}` : "applies"
        : "does not apply"),
  evidenceTable(`considered.${i}.evidence`, rule.evidence));
}

export function rules() {
  return report.considered && section("rules", "Every rule that was considered",
    report.considered.map(considered));
}
