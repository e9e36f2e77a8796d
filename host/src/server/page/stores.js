// Key stores with their key managers, plugins and credentials; tokens and storages.

import { byId, element, mark, say, sync } from "./dom.js";
import { ago, count, counted, span } from "./words.js";

/** So many key stores are shown unless all are asked for. */
const FEW = 12;
/** So old a credential should be replaced, in seconds. */
const OLD = 365 * 86400;

let showAll = false;

/** Names of what does not work. */
export function troubles(status) {
  return [
    ...status.keyStores.filter((it) => rank(it) === 0).map((it) => it.name),
    ...status.absent,
    ...[...status.tokens, ...status.storages].filter((it) => !it.up).map((it) => it.name),
  ];
}

/** 0: needs somebody; 1: as it should be; 2: switched off. */
function rank(store) {
  if (!store.enabled) return 2;
  return !store.serves || isImpaired(store) ? 0 : 1;
}

const isImpaired = ({ keyManagers, plugins }) =>
  plugins.some((it) => it.broken) || keyManagers.some((it) => it.state !== "ACTIVE");

/** `again` shows the same once more, after the operator asked for more or less of it. */
export function startStores(again) {
  byId("by-name").addEventListener("input", again);
  byId("find-key-store").addEventListener("submit", (event) => event.preventDefault());
  byId("all-stores").addEventListener("click", () => {
    showAll = !showAll;
    again();
  });
}

export function showStores(status) {
  const absent = status.absent.map((name) => ({ name, absent: true }));
  const served = status.keyStores
    .map((store) => ({ ...store, off: switchedOff(store.name, status.switchedOff) }))
    .sort((one, other) => rank(one) - rank(other));
  const all = [...absent, ...served];
  const wanted = byId("by-name").value.toLowerCase();
  const found = all.filter((it) => it.name.toLowerCase().includes(wanted));
  const shown = showAll ? found : found.slice(0, FEW);

  byId("find-key-store").hidden = all.length <= FEW;
  sync(byId("stores"), shown, {
    key: (it) => `${it.absent} ${it.name}`,
    make: () => element("li"),
    looks: (it) => JSON.stringify({ ...it, credentials: it.credentials?.map(credentialWords) }),
    fill: (node, it) => node.replaceChildren(...(it.absent ? waiting(it) : store(it))),
  });
  const none = byId("no-stores");
  none.hidden = found.length > 0;
  say(none, all.length > 0 ? "No key store has such a name." : "The configuration has no key store in service.");
  const more = byId("all-stores");
  more.hidden = found.length <= FEW;
  say(more, showAll ? `Show ${FEW} of ${count(found.length)}` : `Show all ${count(found.length)}`);

  const resources = [
    ...status.tokens.map((it) => ({ ...it, kind: "token" })),
    ...status.storages.map((it) => ({ ...it, kind: "storage" })),
  ];
  byId("resources-part").hidden = resources.length === 0;
  sync(byId("resources"), resources, {
    key: (it) => `${it.kind} ${it.name}`,
    make: () => element("li"),
    looks: JSON.stringify,
    fill: (node, it) =>
      node.replaceChildren(
        head(it.name, it.kind, mark(it.up ? "good" : "bad", it.up ? "up" : "down")),
        ...(it.detail ? [element("p", {}, it.detail)] : []),
      ),
  });
}

/** `KEY_STORE/KEY` of this key store. */
const switchedOff = (name, all) => all.filter((it) => it.startsWith(`${name}/`)).map((it) => it.slice(name.length + 1));

const head = (name, kind, state) =>
  element("p", { class: "head" }, element("span", { class: "clip" }, element("strong", {}, name), kind ? ` ${kind}` : null), state);

const waiting = ({ name }) => [
  head(name, null, mark("bad", "absent")),
  element("p", {}, "Waits for a token or storage that is not there; the log says which."),
];

function store({ name, enabled, serves, keyManagers, plugins, credentials, off }) {
  const state = !enabled
    ? mark("off", "switched off")
    : !serves
      ? mark("bad", "does not serve")
      : isImpaired({ keyManagers, plugins }) ? mark("warn", "serves, impaired") : mark("good", "serves");
  const parts = [
    part("Key managers", keyManagers.map((it) => {
      const kind = { ACTIVE: "good", DEGRADED: "warn" }[it.state] ?? "bad";
      return element("li", {}, mark(kind, it.state), ` ${it.id}`, it.model === null ? null : element("small", {}, ` ${it.model}`));
    })),
    part("Plugins", plugins.map((it) =>
      element("li", {},
        it.broken ? mark("bad", "fails, not asked for now") : mark("good", ""),
        ` ${it.name} `,
        element("small", { title: `SHA-256 ${it.digest ?? "unknown"}` }, element("code", {}, (it.digest ?? "").slice(0, 12)))))),
    part("Credentials", credentials.map((it) => {
      const old = it.age !== null && it.age >= OLD;
      return element("li", {}, element("code", {}, it.id), " ", old ? mark("warn", "old,") : null, ` ${credentialWords(it)}`);
    })),
    part("Keys switched off", off.map((it) => element("li", {}, mark("off", it)))),
  ];
  return [head(name, null, state), element("dl", {}, ...parts.flat())];
}

function credentialWords({ age, lastUsed }) {
  const used = lastUsed === null ? "not used since the start" : `used ${ago(lastUsed)}`;
  return age === null ? used : `${age < 86400 ? span(age) : counted(Math.floor(age / 86400), "day")} old, ${used}`;
}

const part = (name, items) =>
  items.length === 0 ? [] : [element("div", {}, element("dt", {}, name), element("dd", {}, element("ul", {}, ...items)))];
