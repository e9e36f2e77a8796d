// Headless Chromium, and pages in it that notice everything that goes wrong.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(process.env.PAGE_MODULES ?? "target/page", "package.json"));
const puppeteer = require("puppeteer-core");

let browser = null;

async function launched() {
  // Chromium has no sandbox for root, as whom containers run.
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  browser ??= await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args });
  return browser;
}

/** Closes the browser when no visit follows: a test cannot know whether it is the last. */
let idle = null;
function close() {
  browser?.close();
  browser = null;
}

/** Opens `url`, runs `body(page)`, and asserts that nothing was violated or failed. */
export async function visit(url, options, body) {
  const { width = 1280, height = 900, scheme = "light", outages = false } = options;
  clearTimeout(idle);
  const page = await (await launched()).newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`${error.stack}`));
  page.on("console", (message) => {
    const isOutage = message.text().startsWith("Failed to load resource");
    if (["error", "warn"].includes(message.type()) && !(outages && isOutage)) faults.push(message.text());
  });
  page.on("dialog", (dialog) => faults.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    const to = new URL(request.url());
    if (to.protocol !== "data:" && to.origin !== new URL(url).origin) faults.push(`asks ${request.url()}`);
  });
  await page.evaluateOnNewDocument(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`violates ${event.violatedDirective}: ${event.blockedURI}`));
  });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  try {
    await page.goto(url, { waitUntil: "load" });
    await until(page, () => document.querySelector("#facts").childElementCount > 0 || document.body.classList.contains("stale"));
    const result = await body(page);
    assert.deepEqual(faults, []);
    return result;
  } finally {
    await page.close();
    clearTimeout(idle);
    idle = setTimeout(close, 1000);
  }
}

/** Waits for a condition in the page, which is asked from here: the page's policy forbids eval. */
export async function until(page, condition, ...given) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const held = await page.evaluate(condition, ...given);
    if (held) return held;
    if (Date.now() > deadline) assert.fail(`did not come true: ${condition} ${JSON.stringify(given)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Waits for a condition here. */
export async function untilHere(condition) {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`did not come true: ${condition}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Text that a person sees in the first node of `selector`; empty when it is hidden. */
export const seen = (page, selector) => page.$eval(selector, (node) => (node.checkVisibility() ? node.innerText : ""));

/** The same of each node. */
export const allSeen = (page, selector) =>
  page.$$eval(selector, (nodes) => nodes.filter((node) => node.checkVisibility()).map((node) => node.innerText));
