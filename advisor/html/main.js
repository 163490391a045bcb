/*
 * main: the page: its sections in order, the ways between them, its look.
 */
import { element, report } from "./element.js";
import { findings, quality, rules, toDo } from "./advice.js";
import { computingFlame, waitingFlame } from "./flame.js";
import { computingLines, locks, loops, threads, waits } from "./measured.js";
import { scaling } from "./scaling.js";
import { timeline } from "./timeline.js";
import { head, predictions, time, verdict } from "./verdict.js";

const root = document.documentElement;
const LOOKS = { auto: "light", light: "dark", dark: "auto" };

function announce(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function lookButton() {
  const button = element("button", { type: "button", onclick: () => apply(LOOKS[look]) });
  const system = matchMedia("(prefers-color-scheme: dark)");
  let look;

  function apply(next) {
    look = next;
    root.dataset.theme = look !== "auto" ? look : system.matches ? "dark" : "light";
    button.textContent = `look: ${look}`;
    announce("look");
  }

  apply("auto");
  system.addEventListener("change", () => apply(look));
  return button;
}

/* On paper it is light, everything is open, and the timeline is whole. */
function printing() {
  const opened = [];
  let theme;

  addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    document.querySelectorAll("details:not([open]):not(.callsite)").forEach((one) => {
      one.open = true;
      opened.push(one);
    });
    announce("printing", true);
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = theme;
    opened.splice(0).forEach((one) => { one.open = false; });
    announce("printing", false);
  });
}

function saveButton() {
  return element("button", { type: "button", onclick: () => {
    const blob = new Blob([JSON.stringify(report, null, 2) + "\n"], { type: "application/json" });
    const link = element("a", { href: URL.createObjectURL(blob), download: "concadvise.json" });

    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } }, "save as JSON");
}

const SHORT = {
  steps: "To do", findings: "Findings", timeline: "Timeline", waiting: "Waiting",
  computing: "Computing", waits: "Waits", lines: "Lines", locks: "Locks", loops: "Event loop",
  workers: "Workers", threads: "Threads", quality: "Quality", rules: "Rules",
};

function navigation(sections) {
  return element("nav", { "aria-label": "Sections" }, element("ul", {}, sections.map((one) =>
    element("li", {}, element("a", { href: "#" + one.id }, SHORT[one.id])))));
}

function page() {
  const main = document.getElementById("page");
  const title = main.querySelector("h1");
  const sections = [toDo(), findings(), timeline(), waitingFlame(), computingFlame(), waits(),
    computingLines(), locks(), loops(), scaling(), threads(), quality(), rules()].filter(Boolean);

  main.replaceChildren(
    element("div", { class: "bar-top" }, element("span", { class: "mark" }, "concadvise"),
      element("span", { class: "group" }, saveButton(), lookButton())),
    head(), verdict(title),
    element("div", { class: "first" }, predictions(), time()), navigation(sections),
    ...sections,
    element("footer", {}, `concadvise ${report.tool.version}, ${report.schema}`));
  document.body.prepend(element("a", { class: "skip", href: "#" + sections[0].id },
    "To the sections"));
  printing();
  root.dataset.ready = "";
}

page();
