// Traffic over time: rate, percentiles of the time to answer, errors by exception.
//
// Drawn anew with each answer: a few paths, whatever the number of points. One moment is
// chosen for all charts, with the pointer or with the slider below them.

import { byId, drawn, element, say, sync } from "./dom.js";
import { count, counted, localMinute, localTime, short, utc } from "./words.js";

/** Around the plot, in pixels; page.css gives the slider the same. */
const LEFT = 44;
const RIGHT = 40;
const TOP = 8;
const BOTTOM = 20;
const HEIGHT = 132;
/** Of one exception's bars, in pixels. */
const STRIP = 26;
/** So many exceptions have bars of their own. */
const EXCEPTIONS = 6;
/** The shortest time that is drawn, in milliseconds. */
const SHORTEST = 10 * 60 * 1000;
/** AWS KMS waits so long for an answer, in milliseconds. */
const KMS_WAITS = 250;

let history = { step: 10, points: [] };
/** The time of the point that the slider is on; null follows the newest. */
let chosen = null;
/** The index of the point below the pointer. */
let hovered = null;

export function startCharts() {
  const slider = byId("moment");
  slider.addEventListener("input", () => {
    const index = Number(slider.value);
    chosen = index >= history.points.length - 1 ? null : history.points[index].at;
    draw();
  });
  const charts = slider.closest("section").querySelector(".charts");
  charts.addEventListener("pointermove", (event) => hover(event.target.closest("svg"), event.clientX));
  charts.addEventListener("pointerleave", () => hover(null));
  new ResizeObserver(draw).observe(charts);
}

export function showCharts(next) {
  history = next;
  draw();
}

function hover(svg, clientX) {
  const { points, step } = history;
  const before = hovered;
  hovered = null;
  if (svg && points.length > 0) {
    const box = svg.getBoundingClientRect();
    const { start, end } = times();
    const at = start + ((clientX - box.left - LEFT) / (box.width - LEFT - RIGHT)) * (end - start);
    const index = points.findIndex((point) => point.at + step * 1000 > at);
    hovered = index < 0 ? points.length - 1 : index;
  }
  if (hovered !== before) draw();
}

/** What the time axis spans. */
function times() {
  const { points, step } = history;
  const end = points.length > 0 ? points.at(-1).at + step * 1000 : Date.now();
  return { start: Math.min(points[0]?.at ?? end, end - SHORTEST), end };
}

const rate = (point) => point.requests / history.step;

function draw() {
  const { points } = history;
  const kept = points.findIndex((point) => point.at === chosen);
  if (kept < 0) chosen = null;
  const index = kept < 0 ? points.length - 1 : kept;
  const slider = byId("moment");
  slider.disabled = points.length === 0;
  slider.parentNode.hidden = slider.disabled;
  slider.max = Math.max(0, points.length - 1);
  slider.value = index;
  const point = points[Math.min(hovered ?? index, points.length - 1)];
  const words = point ? describe(point) : "Nothing is counted yet.";
  slider.setAttribute("aria-valuetext", words);
  say(byId("readout"), words);
  byId("readout").title = point ? utc(point.at) : "";
  drawRate(point);
  drawLatency(point);
  drawErrors(point);
}

function describe(point) {
  const { at, p50, p99, errors } = point;
  const parts = [`${short(rate(point))} requests/s`];
  if (p50 !== null) parts.push(`p50 ${short(p50)} ms`);
  if (p99 !== null) parts.push(`p99 ${short(p99)} ms`);
  const failed = [...errors].filter(([, many]) => many > 0).map(([name, many]) => `${count(many)} ${name}`);
  parts.push(failed.length > 0 ? `errors: ${failed.slice(0, EXCEPTIONS).join(", ")}` : "no errors");
  return `${localTime(at)}: ${parts.join(", ")}`;
}

/** An empty plot: its frame, and how to get from values to pixels. */
function plot(svg, height, point) {
  const width = Math.max(svg.clientWidth, LEFT + RIGHT + 40);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  const { start, end } = times();
  const x = (at) => LEFT + ((at - start) / (end - start)) * (width - LEFT - RIGHT);
  const middle = (it) => x(it.at + history.step * 500);
  const parts = [];
  if (point) parts.push(drawn("path", { class: "cursor", d: `M${middle(point).toFixed(1)} 0V${height}` }));
  return { width, start, end, x, middle, parts };
}

/** Lines and numbers at `ticks`, and the time below. */
function axes({ width, start, end, x, parts }, y, ticks) {
  for (const tick of ticks) {
    parts.push(drawn("path", { class: "grid", d: `M${LEFT} ${y(tick)}H${width - RIGHT}` }));
    parts.push(drawn("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, short(tick)));
  }
  const minutes = [1, 2, 5, 10, 15, 30, 60, 180, 360].find((it) => (end - start) / (it * 60000) <= (width - LEFT) / 70) ?? 1440;
  for (let at = Math.ceil(start / (minutes * 60000)) * minutes * 60000; at < end; at += minutes * 60000) {
    parts.push(drawn("text", { x: x(at), y: HEIGHT - 4, "text-anchor": "middle" }, localMinute(at)));
  }
}

/** A line through the points that have a value, broken where there is none. */
function line(points, middle, value, y) {
  let open = false;
  return points.map((point) => {
    const at = value(point);
    const step = at === null ? "" : `${open ? "L" : "M"}${middle(point).toFixed(1)} ${y(at).toFixed(1)}${open ? "" : "h0"}`;
    open = at !== null;
    return step;
  }).join("");
}

function drawRate(point) {
  const svg = byId("rate");
  const { points } = history;
  const most = points.reduce((most, it) => Math.max(most, rate(it)), 0);
  const top = [1, 2, 5, 10].map((it) => it * 10 ** Math.floor(Math.log10(Math.max(most, 1)))).find((it) => it >= most);
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const made = plot(svg, HEIGHT, point);
  axes(made, y, [0, top / 2, top]);
  if (points.length > 0) {
    const d = line(points, made.middle, rate, y);
    made.parts.push(
      drawn("path", { class: "area", d: `${d}V${y(0)}H${made.middle(points[0])}Z` }),
      drawn("path", { class: "line", d }),
    );
  }
  svg.replaceChildren(...made.parts);
  const now = points.length > 0 ? short(rate(points.at(-1))) : "0";
  svg.setAttribute("aria-label", `Requests per second: ${now} now, ${short(most)} at most`);
}

/** Logarithmic: a host that answers in 0.3 ms and AWS KMS's 250 ms are on one picture. */
function drawLatency(point) {
  const svg = byId("latency");
  const { points } = history;
  const values = points.flatMap((it) => [it.p50, it.p99]).filter((it) => it > 0);
  const low = Math.max(-3, Math.floor(Math.log10(Math.min(0.1, ...values))));
  const high = Math.min(6, Math.ceil(Math.log10(Math.max(1000, ...values))));
  const tall = HEIGHT - BOTTOM - TOP;
  const y = (ms) => HEIGHT - BOTTOM - ((Math.log10(Math.min(Math.max(ms, 10 ** low), 10 ** high)) - low) / (high - low)) * tall;
  const made = plot(svg, HEIGHT, point);
  axes(made, y, Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)));
  made.parts.push(
    drawn("path", { class: "limit", d: `M${LEFT} ${y(KMS_WAITS)}H${made.width - RIGHT}` }),
    drawn("text", { class: "limit-name", x: LEFT + 4, y: y(KMS_WAITS) - 4 }, `${KMS_WAITS} ms: AWS KMS gives up`),
  );
  for (const name of ["p50", "p99"]) {
    made.parts.push(drawn("path", { class: `line ${name}`, d: line(points, made.middle, (it) => it[name], y) }));
  }
  const newest = points.findLast((it) => it.p50 !== null && it.p99 !== null);
  if (newest) {
    const below = y(newest.p50) + 4;
    const x = Math.min(made.middle(newest) + 6, made.width - RIGHT + 6);
    made.parts.push(
      drawn("text", { class: "name", x, y: below }, "p50"),
      drawn("text", { class: "name", x, y: Math.min(y(newest.p99) + 4, below - 13) }, "p99"),
    );
  }
  svg.replaceChildren(...made.parts);
  const said = newest ? `p50 ${short(newest.p50)} and p99 ${short(newest.p99)} milliseconds at ${localTime(newest.at)}` : "no requests";
  svg.setAttribute("aria-label", `Time to answer: ${said}`);
}

/** One line of bars for each exception: its name is beside it, whatever its colour. */
function drawErrors(point) {
  const totals = new Map();
  for (const { errors } of history.points) {
    for (const [name, many] of errors) totals.set(name, (totals.get(name) ?? 0) + many);
  }
  const kinds = [...totals].filter(([, many]) => many > 0).sort((one, other) => other[1] - one[1]);
  sync(byId("errors"), kinds.slice(0, EXCEPTIONS), {
    key: ([name]) => name,
    make: ([name]) => element("li", {}, element("p", {}, element("b", {}, name), element("span")), drawn("svg", { "aria-hidden": "true" })),
    looks: () => null,
    fill: () => {},
  });
  for (const [index, [name, total]] of kinds.slice(0, EXCEPTIONS).entries()) {
    const row = byId("errors").children[index];
    const last = history.points.findLast((it) => it.errors.get(name) > 0);
    say(row.querySelector("span"), ` ${count(total)}, last at ${localTime(last.at)}`);
    drawStrip(row.lastChild, name, point);
  }
  byId("no-errors").hidden = kinds.length > 0;
  const more = byId("more-errors");
  more.hidden = kinds.length <= EXCEPTIONS;
  say(more, `And ${counted(kinds.length - EXCEPTIONS, "other kind")}.`);
}

function drawStrip(svg, name, point) {
  const made = plot(svg, STRIP, point);
  const most = Math.max(...history.points.map((it) => it.errors.get(name) ?? 0));
  const bars = history.points.filter((it) => it.errors.get(name) > 0).map((it) => {
    const tall = Math.max(2, (it.errors.get(name) / most) * (STRIP - 2));
    return `M${made.middle(it).toFixed(1)} ${STRIP - 1}v${-tall.toFixed(1)}`;
  });
  const wide = Math.max(2, (made.x(history.step * 1000) - made.x(0)) * 0.8);
  made.parts.push(
    drawn("path", { class: "grid", d: `M${LEFT} ${STRIP - 1}H${made.width - RIGHT}` }),
    drawn("path", { class: "bars", "stroke-width": wide.toFixed(1), d: bars.join("") }),
    drawn("text", { x: LEFT - 6, y: 12, "text-anchor": "end" }, count(most)),
  );
  svg.replaceChildren(...made.parts);
}
