// The list of requests as they come, newest first.

import { detail } from "./detail.js";
import { byId, element, mark, say, sync } from "./dom.js";
import { count, counted, duration, timeNode } from "./words.js";

/** So many requests are kept. */
const KEPT = 1000;
/** So many of them are in the table. */
const SHOWN = 200;
/** AWS KMS gives up after so long, in microseconds. */
const KMS_WAITS = 250_000;
/** The stages that have a column, in the order of the request path. */
const STAGES = ["policy", "lookup", "crypto", "queue", "audit"];
/** The choice of requests that came to no key store: no name has a space. */
const NO_KEY_STORE = " none";

/** Newest first; an entry with `gap` stands for requests that are not here. */
let kept = [];
/** What the list is made of while it is paused; null while it is not. */
let paused = null;
/** Numbers of the requests that are expanded. */
let open = new Set();
/** Number of the one that the Tab key reaches. */
let current = null;
let again = () => {};

const rows = () => byId("rows");
const field = { keyStore: "by-key-store", text: "by-text", errors: "only-errors" };

export function startRequests(showAgain) {
  again = showAgain;
  byId("filters").addEventListener("input", again);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("pause").addEventListener("click", () => {
    paused = paused === null ? kept : null;
    byId("pause").setAttribute("aria-pressed", paused !== null);
    say(byId("pause"), paused === null ? "Pause" : "Go on");
    again();
  });
  rows().addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-seq]");
    if (row && getSelection().isCollapsed) toggle(row);
  });
  rows().addEventListener("keydown", move);
  rows().addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-seq]");
    if (row) reach(row);
  });
}

/** Keeps what an answer brings; null forgets everything. */
export function takeRequests(next) {
  if (next === null) {
    [kept, open, current] = [[], new Set(), null];
    if (paused !== null) byId("pause").click();
    return;
  }
  const gap = next.missed > 0 ? [{ gap: next.missed, seq: (next.requests[0]?.seq ?? 0) - 0.5 }] : [];
  kept = [...next.requests.toReversed(), ...gap, ...kept].slice(0, KEPT);
}

/** Shows only the requests of a key store that contain a text. */
export function filterRequests(keyStore, text) {
  const select = byId(field.keyStore);
  select.value = [...select.options].some((it) => it.value === keyStore) ? keyStore : "";
  byId(field.text).value = text.slice(0, byId(field.text).maxLength);
  byId(field.errors).checked = false;
  again();
  byId("requests").focus();
}

export function showRequests({ status, firstRequest }) {
  const list = paused ?? kept;
  showKeyStores(status.keyStores);
  const wanted = filter();
  const found = list.filter((it) => it.gap || wanted(it));
  const matching = found.filter((it) => !it.gap);
  const shown = found.slice(0, SHOWN);
  if (!matching.some((it) => it.seq === current)) current = matching[0]?.seq ?? null;

  sync(rows(), shown.flatMap((it) => (open.has(it.seq) ? [it, { ...it, detail: true }] : [it])), {
    key: (it) => `${it.detail} ${it.seq}`,
    make: (it) => (it.gap ? gapRow(it) : it.detail ? detailRow(it) : requestRow(it)),
    looks: (it) => `${open.has(it.seq)} ${it.seq === current}`,
    fill: (node, it) => {
      if (it.gap || it.detail) return;
      const button = node.querySelector("button");
      button.setAttribute("aria-expanded", open.has(it.seq));
      button.tabIndex = it.seq === current ? 0 : -1;
    },
  });
  byId("list").hidden = matching.length === 0;
  byId("list-keys").hidden = matching.length === 0;
  showEmpty(list, matching, status, firstRequest);
  const parts = [];
  if (matching.length > 0) parts.push(`${counted(matching.length, "request")}${matching.length > SHOWN ? `, the newest ${SHOWN} are shown` : ""}`);
  const waiting = kept.filter((it) => !it.gap && it.seq > (paused?.[0]?.seq ?? 0)).length;
  if (paused !== null) parts.push(`paused, ${count(waiting)} newer`);
  say(byId("shown"), parts.join("; "));
}

/** What the fields of the form let through. */
function filter() {
  const keyStore = byId(field.keyStore).value;
  const text = byId(field.text).value.trim().toLowerCase();
  const errors = byId(field.errors).checked;
  return (it) =>
    (keyStore === "" || (it.keyStore ?? NO_KEY_STORE) === keyStore) &&
    (!errors || it.status !== 200) &&
    (text === "" || searched(it).includes(text));
}

const searched = ({ policy, stages, ...it }) =>
  [...Object.values(it), ...Object.values(policy ?? {})].filter((one) => typeof one !== "object").join("\n").toLowerCase();

function showKeyStores(keyStores) {
  const names = new Set(keyStores.map((it) => it.name));
  for (const it of kept) if (!it.gap) names.add(it.keyStore ?? NO_KEY_STORE);
  const select = byId(field.keyStore);
  const chosen = select.value;
  if (chosen !== "") names.add(chosen);
  sync(select, ["", ...[...names].sort()], {
    key: (it) => it,
    make: (it) => element("option", { value: it }, it === "" ? "all" : it === NO_KEY_STORE ? "none was found" : it),
    looks: () => "",
    fill: () => {},
  });
  select.value = chosen;
}

function requestRow(it) {
  const button = element("button", { type: "button", class: "row" }, timeNode(it.time));
  const cells = [
    cell("time", button),
    cell("what", element("span", {}, element("b", {}, it.operation ?? "Unknown"), ` ${it.keyStore ?? "no key store"}`), element("small", {}, who(it.principal))),
    cell("answer", ...answer(it)),
    cell("policy", ...verdict(it.policy)),
    cell("number total", ...total(it.total)),
    ...STAGES.map((stage) => cell("number stage", it.stages.has(stage) ? duration(it.stages.get(stage)) : "")),
  ];
  return element("tr", { role: "row", "data-seq": it.seq }, ...cells);
}

/** Of an ARN, what is after partition, service and region: they seldom differ. */
const who = (principal) => (principal ?? "").replace(/^arn:[^:]*:[^:]*:[^:]*:/, "");

const cell = (kind, ...children) => element("td", { role: "cell", class: kind }, ...children);

function answer({ status, error, kmsException }) {
  if (status === null) return [mark("off", "client went away")];
  if (status === 200) return [mark("good", "200")];
  return [element("span", {}, mark("bad", `${status}`), ` ${error ?? ""}`), element("small", {}, kmsException ?? "")];
}

function verdict(policy) {
  if (policy === null) return [element("span", { class: "off" }, "no policy asked")];
  const word = policy.allowed ? mark("good", "allowed") : mark("bad", "denied");
  return [word, element("small", {}, policy.statement ?? policy.plugin ?? "")];
}

function total(us) {
  if (us === null) return ["–"];
  return us >= KMS_WAITS ? [mark("warn", duration(us)), element("small", {}, "too late for AWS KMS")] : [duration(us)];
}

const wide = (kind, ...children) =>
  element("tr", { role: "row", class: kind }, element("td", { role: "cell", colspan: 5 + STAGES.length }, ...children));
const gapRow = (it) => wide("gap", `${counted(it.gap, "request")} not in this list`);
const detailRow = (it) => wide("detail", detail(it));

function toggle(row) {
  const seq = Number(row.dataset.seq);
  if (!open.delete(seq)) open.add(seq);
  reach(row);
  again();
}

/** The Tab key reaches one row only: with hundreds, nobody would get past them. */
function reach(row) {
  const before = rows().querySelector('button.row[tabindex="0"]');
  if (before) before.tabIndex = -1;
  row.querySelector("button").tabIndex = 0;
  current = Number(row.dataset.seq);
}

function move(event) {
  const row = event.target.closest("tr[data-seq]");
  if (!row) return;
  const all = [...rows().querySelectorAll("tr[data-seq]")];
  const to = { ArrowDown: all.indexOf(row) + 1, ArrowUp: all.indexOf(row) - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all[to]?.querySelector("button").focus();
}

function showEmpty(list, matching, status, firstRequest) {
  const empty = byId("empty");
  empty.hidden = matching.length > 0;
  if (matching.length > 0) return;
  const isFirst = list.length === 0;
  const command = firstRequest ?? demoRequest(status);
  const looks = isFirst ? `first ${command}` : "filtered";
  if (empty.dataset.looks === looks) return;
  empty.dataset.looks = looks;
  if (!isFirst) return empty.replaceChildren(element("p", {}, "No request matches the filter."));
  const what = command === null
    ? [element("p", {}, "Requests appear here when AWS KMS sends them. ", element("code", {}, "claviger doctor"), " sends some, too, and says what AWS KMS would think of the answers.")]
    : [element("p", {}, "Encrypt \u201chello\u201d as AWS KMS would, in the folder where you started ", element("code", {}, "claviger dev"), ":"), element("pre", { tabindex: 0, "aria-label": "Command" }, command)];
  empty.replaceChildren(element("p", {}, element("strong", {}, "No request yet.")), ...what);
}

/** What `claviger dev` prints, for its own state folder. */
function demoRequest({ keyStores, listening }) {
  const port = /:(\d+)$/.exec(listening ?? "")?.[1];
  if (!port || keyStores.length !== 1 || keyStores[0].name !== "demo") return null;
  const body = JSON.stringify({
    requestMetadata: {
      awsPrincipalArn: "arn:aws:iam::111122223333:user/you",
      kmsOperation: "Encrypt",
      kmsRequestId: "1",
      kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/demo",
    },
    plaintext: "aGVsbG8=",
    encryptionAlgorithm: "AES_GCM",
  });
  return `curl --cacert claviger-dev/ca.pem -K claviger-dev/curl.conf --aws-sigv4 aws:amz:us-east-1:kms-xks-proxy -H 'Content-Type: application/json' -d '${body}' https://localhost:${port}/demo/kms/xks/v1/keys/demo/encrypt`;
}
