// Asks the host once a second, and shows what it says.
//
// Nothing is asked while the page is hidden, and nothing while an answer is awaited.

import { showCharts, startCharts } from "./charts.js";
import { filterRequests, showRequests, startRequests, takeRequests } from "./requests.js";
import { showChanges, showDenials } from "./records.js";
import { parse } from "./state.js";
import { showStores, startStores } from "./stores.js";
import { showFound, showLost, showTop } from "./top.js";
import { hostNow, setClock } from "./words.js";

/** Between an answer and the next question, in milliseconds. */
const PAUSE = 1000;
/** An answer that takes longer does not come, in milliseconds. */
const PATIENCE = 5000;

/** The last answer that was understood. */
let state = null;
/** When it came. */
let answered = null;
/** The number of the last request that the page has. */
let last = 0;
let asking = false;
let timer = null;

async function ask() {
  if (asking || document.hidden) return;
  asking = true;
  clearTimeout(timer);
  const next = await answer().catch((failure) => showLost(answered, failure.message));
  try {
    if (next) {
      showFound();
      take(next);
    }
  } finally {
    asking = false;
    timer = setTimeout(ask, PAUSE);
  }
}

async function answer() {
  const options = { cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(PATIENCE) };
  const response = await fetch(`state?after=${last}`, options).catch((failure) => {
    throw new Error(failure.name === "TimeoutError" ? `nothing within ${PATIENCE / 1000} seconds` : "it cannot be reached");
  });
  if (!response.ok) throw new Error(`it answers with HTTP status ${response.status}`);
  const json = await response.json().catch(() => {
    throw new Error("its answer is cut off or not JSON");
  });
  return parse(json);
}

function take(next) {
  const isAnother = state !== null && next.started !== state.started;
  setClock(next.now);
  if (isAnother && last > 0) {
    // Another process: its requests are counted from 1 again, and have to be asked for.
    last = 0;
    takeRequests(null);
    next = { ...next, requests: [], missed: 0 };
  }
  takeRequests(next);
  last = next.requests.reduce((most, it) => Math.max(most, it.seq), last);
  state = next;
  answered = hostNow();
  show();
}

function show() {
  if (state === null) return;
  showTop(state);
  showCharts(state.history);
  showRequests(state);
  showStores(state.status);
  showDenials(state.denials, filterRequests);
  showChanges(state.changes);
}

startCharts(show);
startRequests(show);
startStores(show);
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
ask();
