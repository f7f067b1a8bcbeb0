/** The ways to see an answer: tabs over the views that can show it, and the downloads. */

import * as chart from "./chart.js";
import * as map from "./map.js";
import * as raw from "./raw.js";
import * as table from "./table.js";
import * as timeline from "./timeline.js";
import { offerDownloads } from "./download.js";
import { group, make, plural } from "./terms.js";
import { say } from "./words.js";

const VIEWS = { table, map, timeline, chart, raw };
let preferred = "table";

/**
 * Puts an answer into its place: what it is, how to have it, and the view last chosen that fits.
 * @param {object} page The endpoint, and what a problem is shown with.
 */
export function showAnswer(answer, terms, page, into) {
  const heading = make("h2", { id: "answer-title", tabindex: "-1" }, say("Answer"));
  const [links, failed] = offerDownloads(answer, page);
  const bar = make("div", {}, make("div", { class: "answer-bar" }, tell(answer), links), failed);
  if (answer.form === "boolean") {
    into.replaceChildren(heading, bar, make("p", { class: "verdict" }, answer.boolean ? say("Yes") : say("No")));
    return;
  }
  if (!answer.shown) {
    into.replaceChildren(heading, bar, make("p", {}, say("The answer is whole at the server and too large for a page. A download gives all of it; LIMIT or an aggregate makes it smaller.")));
    return;
  }
  const names = Object.keys(VIEWS).filter((name) => VIEWS[name].canShow(answer));
  const panel = make("div", { id: "view", class: "view", role: "tabpanel" });
  const tabs = names.map((name) => make("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "view", "data-view": name, onclick: () => choose(name, true) }, VIEWS[name].label));
  const list = make("div", { class: "tabs", role: "tablist", "aria-label": say("Show as"), onkeydown: move }, ...tabs);
  into.replaceChildren(heading, bar, list, panel);
  choose(names.includes(preferred) ? preferred : names[0], false);

  function choose(name, asked) {
    if (asked) preferred = name;
    tabs.forEach((tab) => {
      const on = tab.dataset.view === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${name}`);
    panel.replaceChildren();
    Promise.resolve(VIEWS[name].show(answer, terms, panel)).catch((error) => panel.append(make("p", { role: "alert" }, error.message)));
  }

  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.focus();
    choose(next.dataset.view, true);
    event.preventDefault();
  }
}

function tellSize(bytes) {
  if (bytes < 1e4) return plural(bytes, "byte");
  return bytes < 1e6 ? `${group(Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function tell(answer) {
  const what = answer.form === "boolean" ? say("complete") : answer.total < 0 ? say("complete") : say("complete: %(what)s", { what: plural(answer.total, answer.form === "graph" ? "statement" : "row") });
  const seconds = `${(answer.ms / 1000).toFixed(answer.ms < 995 ? 2 : 1)} s`;
  const { value = "", checked = false } = answer.digest ?? {};
  const digest = value ? make("span", { class: "digest", title: checked ? say("SHA-256 %(value)s, the same as the server's", { value }) : `SHA-256 ${value}` }, ` · sha-256 ${value.slice(0, 8)}…${checked ? ` ${say("checked")}` : ""}`) : "";
  return make("p", { class: "told", role: "status" }, make("strong", { id: "complete" }, what), ` · ${seconds} · ${tellSize(answer.bytes)}`, digest);
}
