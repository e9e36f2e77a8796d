// Everything that is known of one request, and where its time went.

import { drawn, element } from "./dom.js";
import { duration, timeNode, utc } from "./words.js";

/** Of a bar that is the whole time, in pixels. */
const WIDTH = 240;
/** Waiting for an instance of a plugin happens within other stages. */
const WITHIN = "queue";

export function detail(it) {
  const { policy } = it;
  const fields = [
    ["Answer", it.status === null ? "none: the client went away" : `${it.status} ${it.error ?? ""}`],
    ["KMS exception", it.kmsException],
    ["Cause", it.cause],
    ["Principal", it.principal],
    ["KMS operation", it.kmsOperation],
    ["KMS request id", it.kmsRequestId],
    ["Operation", it.operation],
    ["Key store", it.keyStore],
    ["External key", it.externalKeyId],
    ["Policy", policy && `${policy.allowed ? "allowed" : "denied"} by ${policy.plugin ?? "a plugin without a name"}`],
    ["Statement", policy?.statement],
    ["Reason", policy?.reason],
    ["Number", `${it.seq}`],
  ];
  const shown = fields.filter(([, value]) => value !== null && value !== undefined);
  const time = element("div", {}, element("dt", {}, "Time"), element("dd", {}, timeNode(it.time), it.time === null ? "" : ` (${utc(it.time)})`));
  return element("div", { class: "all" },
    element("dl", {}, time, ...shown.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))),
    it.total === null ? null : stages(it));
}

/** One bar for each stage, as long as its share of the whole. */
function stages({ total, stages }) {
  const known = [...stages].filter(([name]) => name !== WITHIN).reduce((sum, [, us]) => sum + us, 0);
  const bars = [
    ...[...stages].map(([name, us]) => bar(name === WITHIN ? `${name} (within the others)` : name, us, total)),
    bar("the rest", Math.max(0, total - known), total),
    bar("total", total, total),
  ];
  return element("table", { class: "stages" }, element("caption", {}, "Where the time went"), element("tbody", {}, ...bars));
}

function bar(name, us, total) {
  const share = total > 0 ? Math.min(1, us / total) : 0;
  const long = Math.max(us > 0 ? 1 : 0, share * WIDTH);
  return element("tr", {},
    element("th", { scope: "row" }, element("span", { class: "clip" }, name)),
    element("td", {}, drawn("svg", { viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", "aria-hidden": "true" },
      drawn("rect", { class: "track", width: WIDTH, height: 10 }),
      drawn("rect", { class: "share", width: long.toFixed(1), height: 10 }))),
    element("td", { class: "number" }, duration(us)),
    element("td", { class: "number" }, `${Math.round(share * 100)} %`));
}
