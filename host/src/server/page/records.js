// What policies refused, and what changed when.

import { byId, element, sync } from "./dom.js";
import { ago, count, fillTime, timeNode } from "./words.js";

/** So many statements are shown. */
const STATEMENTS = 50;

/** `filter(keyStore, text)` shows the requests of one denial. */
export function showDenials(denials, filter) {
  const newest = [...denials].sort((one, other) => (other.last ?? 0) - (one.last ?? 0)).slice(0, STATEMENTS);
  byId("no-denials").hidden = newest.length > 0;
  sync(byId("denials"), newest, {
    key: (it) => JSON.stringify([it.keyStore, it.plugin, it.statement]),
    make: (it) => denial(it, filter),
    looks: (it) => `${it.count} ${it.last === null || ago(it.last)}`,
    fill: (node, it) => {
      node.querySelector(".count").textContent = `${count(it.count)}×`;
      fillTime(node.querySelector("time"), it.last, it.last === null ? "unknown" : ago(it.last));
    },
  });
}

function denial(it, filter) {
  const statement = it.statement ?? "(no statement)";
  const show = element("button", { type: "button", class: "small", "aria-label": `Show requests refused by ${statement.slice(0, 80)}` }, "Show requests");
  show.addEventListener("click", () => filter(it.keyStore ?? "", it.statement ?? ""));
  return element("li", {},
    element("p", { class: "head" }, element("strong", { class: "clip", title: statement }, statement), element("b", { class: "count" })),
    element("p", {}, `${it.plugin ?? "a policy"} on ${it.keyStore ?? "no key store"}, last `, timeNode(null), " ", show));
}

export function showChanges(changes) {
  byId("no-changes").hidden = changes.length > 0;
  // The same thing may happen twice in one second.
  const seen = new Map();
  const items = changes.map((it) => {
    const key = `${it.time} ${it.what}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return { ...it, key: `${key} ${seen.get(key)}` };
  });
  sync(byId("changes"), items, {
    key: (it) => it.key,
    make: (it) => element("li", {}, timeNode(it.time), " ", element("span", {}, it.what)),
    looks: () => "",
    fill: () => {},
  });
}
