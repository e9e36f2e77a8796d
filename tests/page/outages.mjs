// A host that goes away, answers nonsense, hangs, and returns; a tab that is hidden.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seen, until, untilHere } from "./browser.mjs";
import { since } from "./fake_host.mjs";
import { shown } from "./shows.mjs";
import { busy, request } from "./states.mjs";

const lost = (page) => until(page, () => document.body.classList.contains("stale"));
const found = (page) => until(page, () => !document.body.classList.contains("stale"));

test("the host goes away: the page says so, keeps the old figures, and recovers", () => {
  const state = busy();
  return shown((after) => since(state)(after), async (page, host) => {
    await host.stop();
    await lost(page);
    assert.match(await seen(page, "#lost"), /No answer from the host since .*: it cannot be reached\. All figures below are from then\. Trying again every second\./);
    assert.match(await seen(page, "#verdict"), /No answer/);
    assert.match(await page.title(), /no answer/);
    assert.match(await seen(page, "#stores"), /payments/);
    const before = await seen(page, "#lost");
    await until(page, (was) => document.querySelector("#lost").innerText !== was, before);
    state.requests.push(request(61));
    await host.listen();
    await found(page);
    assert.equal(await seen(page, "#lost"), "");
    assert.match(await seen(page, "#verdict"), /Serving/);
    await until(page, () => document.querySelector('tr[data-seq="61"]'));
  }, { outages: true });
});

for (const [what, answer, words] of [
  ["an error", { raw: { status: 500, body: "{}" } }, "HTTP status 500"],
  ["a refusal", { raw: { status: 403, body: "no" } }, "HTTP status 403"],
  ["no JSON", { raw: { body: "<html>" } }, "not JSON"],
  ["half an answer", { raw: { body: '{"status":{"rea' } }, "not JSON"],
  ["JSON of something else", { raw: { body: "[]" } }, "no status"],
  ["null", { raw: { body: "null" } }, "no status"],
]) {
  test(`${what} is no answer of a host, and the page says which`, () =>
    shown(() => answer, async (page) => {
      await lost(page);
      const text = await seen(page, "#lost");
      assert.ok(text.includes(words) && text.includes("No answer from the host yet"), text);
    }, { outages: true }));
}

test("a host that hangs is asked one thing at a time, and given up after five seconds", () => {
  const state = busy();
  let hang = null;
  return shown(async (after) => {
    await hang;
    return since(state)(after);
  }, async (page, host) => {
    let release;
    hang = new Promise((done) => (release = done));
    await lost(page);
    assert.match(await seen(page, "#lost"), /nothing within 5 seconds/);
    hang = null;
    release();
    await found(page);
    assert.equal(host.most, 1);
  }, { outages: true });
});

test("nothing is asked while the tab is hidden", () =>
  shown(busy(), async (page, host) => {
    await untilHere(() => host.asked.length >= 2);
    // Headless Chromium hides no tab by itself.
    await page.evaluate(() => {
      window.hide = (hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      window.hide(true);
    });
    await untilHere(() => host.open === 0);
    const asked = host.asked.length;
    await new Promise((done) => setTimeout(done, 2500));
    assert.equal(host.asked.length, asked);
    await page.evaluate(() => window.hide(false));
    await untilHere(() => host.asked.length > asked);
  }));
