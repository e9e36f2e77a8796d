// The top line: whether the host serves, and if not, why.

import { byId, element, mark, say, sync } from "./dom.js";
import { troubles } from "./stores.js";
import { ago, counted, hostNow, localDate, localTime, span, timeNode } from "./words.js";

/** Days left of a certificate at which somebody should renew it. */
const RENEW = 14;

/** Kind, sign, and words of the verdict. */
function verdict(status) {
  if (status.phase === "draining") return ["bad", "✗", "Draining: ends when the last request is answered"];
  if (status.phase === "lame-duck") return ["warn", "!", "Lame duck: answers, and asks load balancers to go elsewhere"];
  if (!status.ready) return ["bad", "✗", "Not ready"];
  return status.reasons.length > 0 ? ["warn", "!", "Serving, with a reservation"] : ["good", "✓", "Serving"];
}

export function showTop({ status, started }) {
  const [kind, sign, words] = verdict(status);
  showVerdict(kind, sign, words);
  const reasons = byId("reasons");
  reasons.hidden = status.reasons.length === 0;
  sync(reasons, status.reasons, {
    key: (it) => it,
    make: (it) => element("li", {}, it),
    looks: () => "",
    fill: () => {},
  });
  sync(byId("facts"), facts(status, started), {
    key: (it) => it.name,
    make: (it) => element("div", {}, element("dt", {}, it.name), element("dd")),
    looks: (it) => it.looks,
    fill: (node, it) => node.lastChild.replaceChildren(...it.value()),
  });
  showRefused(status.refused);
}

/** Announced once when it becomes another one, not with every answer. */
function showVerdict(kind, sign, words) {
  const node = byId("verdict");
  if (node.textContent === `${sign} ${words}`) return;
  node.className = `verdict ${kind}`;
  node.replaceChildren(element("span", { "aria-hidden": "true" }, sign), ` ${words}`);
  say(byId("announced"), words);
  document.title = `${sign} Claviger: ${words.split(":")[0].toLowerCase()}`;
}

function facts(status, started) {
  const wrong = troubles(status);
  const generation = status.generation ?? "unknown";
  const all = [
    plain("Version", status.version),
    started !== null && fact("Up", span((hostNow() - started) / 1000), (it) => [timeNode(started, it)]),
    fact("Configuration", `${generation} ${status.takenUp}`, () =>
      status.takenUp === null
        ? [`${generation}`]
        : [`${generation}, since `, timeNode(status.takenUp)]),
    certificateFact(status.certificate),
    fact("Needs attention", wrong.join(), () => {
      if (wrong.length === 0) return [mark("good", "nothing")];
      const more = wrong.length > 3 ? ` and ${wrong.length - 3} more` : "";
      return [element("span", {}, mark("bad", ""), element("a", { href: "#key-stores" }, wrong.slice(0, 3).join(", ")), more)];
    }),
    status.listening !== null && plain("Listens at", status.listening),
    status.process !== null && plain("Process", `${status.process}`),
  ];
  return all.filter(Boolean);
}

const plain = (name, text) => fact(name, text, () => [text]);
const fact = (name, looks, value) => ({ name, looks, value: () => value(looks) });

function certificateFact(certificate) {
  if (certificate === null) return plain("Certificate", "none: answers without TLS");
  const { daysLeft, expires, commonName } = certificate;
  return fact("Certificate", JSON.stringify(certificate), () => {
    const kind = daysLeft === null ? "off" : daysLeft < 0 ? "bad" : daysLeft < RENEW ? "warn" : "good";
    const left = daysLeft === null ? "expiry unknown" : daysLeft < 0 ? "expired" : `${counted(daysLeft, "day")} left`;
    const until = expires === null ? [] : [", until ", timeNode(expires, localDate(expires))];
    const of = commonName === null ? [] : [` (${commonName})`];
    const value = element("span", { title: `Serial ${certificate.serial}, SHA-256 ${certificate.fingerprint}` }, mark(kind, left), ...until, ...of);
    return [value];
  });
}

function showRefused(refused) {
  const part = byId("refused");
  const items = refused === null ? [] : [refused];
  part.hidden = refused === null;
  sync(part, items, {
    key: () => "refused",
    make: () => element("div"),
    looks: JSON.stringify,
    fill: (node, { at, faults }) =>
      node.replaceChildren(
        element("p", {}, mark("bad", "A later configuration was refused at "), timeNode(at), ". The one before it stays in force."),
        element("ul", {}, ...faults.map(faultNode)),
      ),
  });
}

const faultNode = ({ path, problem, fix }) =>
  element("li", {}, element("code", {}, path ?? ""), ` ${problem ?? ""} `, fix === null ? null : element("span", { class: "fix" }, `fix: ${fix}`));

/** The host does not answer since `since` (null: it never did), because of `why`. */
export function showLost(since, why) {
  const when = since === null ? "yet" : `since ${localTime(since)}, ${ago(since)}`;
  const old = since === null ? "" : " All figures below are from then.";
  showVerdict("bad", "?", "No answer");
  const lost = byId("lost");
  lost.hidden = false;
  document.body.classList.add("stale");
  if (lost.childElementCount === 0) {
    // The alert is read once; the count of seconds in it is not worth another one.
    lost.append(element("strong", {}, "No answer from the host"), element("span", { "aria-live": "off" }));
  }
  say(lost.lastChild, ` ${when}: ${why}.${old} Trying again every second.`);
}

export function showFound() {
  const lost = byId("lost");
  lost.hidden = true;
  lost.replaceChildren();
  document.body.classList.remove("stale");
}
