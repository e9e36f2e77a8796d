// Moments, durations and numbers, as people read them.

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const time = new Intl.DateTimeFormat([], CLOCK);
const minute = new Intl.DateTimeFormat([], { ...CLOCK, second: undefined });
const date = new Intl.DateTimeFormat("sv", { year: "numeric", month: "2-digit", day: "2-digit" });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });

/** How far the host's clock is ahead of the browser's, in milliseconds. */
let ahead = 0;

/** The host says what time it is. */
export function setClock(now) {
  if (now !== null) ahead = now - Date.now();
}

/** The host's time, in milliseconds. */
export const hostNow = () => Date.now() + ahead;

/** Local time of day, with the date when that is not today's. */
export function localTime(at) {
  const moment = new Date(at);
  const day = date.format(moment);
  return day === date.format(new Date(hostNow())) ? time.format(moment) : `${day} ${time.format(moment)}`;
}

/** Hours and minutes, for an axis. */
export const localMinute = (at) => minute.format(new Date(at));

/** The date alone. */
export const localDate = (at) => date.format(new Date(at));

/** Coordinated universal time, to the millisecond. */
export const utc = (at) => `${new Date(at).toISOString().replace("T", " ").replace("Z", "")} UTC`;

/** Fills a `<time>`: local in the text, UTC in the title. */
export function fillTime(node, at, text) {
  const shown = at === null ? "unknown" : (text ?? localTime(at));
  if (node.textContent !== shown) node.textContent = shown;
  if (at === null) return node;
  node.dateTime = new Date(at).toISOString();
  node.title = utc(at);
  return node;
}

/** A new `<time>`. */
export const timeNode = (at, text) => fillTime(document.createElement("time"), at, text);

/** A span of seconds in its largest unit or two. */
export function span(seconds) {
  const left = Math.max(0, Math.round(seconds));
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => left >= size);
  if (first < 0) return "0 s";
  const [name, size] = units[first];
  const count = Math.floor(left / size);
  const next = units[first + 1];
  const rest = next ? Math.floor((left % size) / next[1]) : 0;
  return rest > 0 && count < 10 ? `${count} ${name} ${rest} ${next[0]}` : `${count} ${name}`;
}

/** How long ago a moment was. */
export const ago = (at) => `${span((hostNow() - at) / 1000)} ago`;

/** A duration in microseconds. */
export function duration(us) {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return `${short(us / 1000)} ms`;
  return us < 60e6 ? `${short(us / 1e6)} s` : span(us / 1e6);
}

/** Three digits that count, and never fewer than those before the point. */
export const short = (value) => whole.format(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

export const count = (value) => whole.format(value);

/** `1 error`, `2 errors`. */
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
