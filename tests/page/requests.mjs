// The list of requests: what it keeps, filters, holds and opens.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allSeen, seen, until, untilHere } from "./browser.mjs";
import { since } from "./fake_host.mjs";
import { shown } from "./shows.mjs";
import { busy, empty, refusal, request } from "./states.mjs";

const rows = (page) => page.$$eval("tr[data-seq]", (all) => all.map((it) => Number(it.dataset.seq)));
const until_rows = (page, many) => until(page, (wanted) => document.querySelectorAll("tr[data-seq]").length === wanted, many);

test("requests are listed newest first with answer, verdict and stages", () =>
  shown(busy(), async (page) => {
    const all = await rows(page);
    assert.deepEqual(all.slice(0, 3), [60, 59, 58]);
    assert.equal(await seen(page, "#shown"), "60 requests");
    const row = async (seq) => (await seen(page, `tr[data-seq="${seq}"]`)).replace(/\s+/g, " ");
    assert.match(await row(60), /Encrypt payments .*clerk-60 ✓ 200 ✓ allowed .* 520 µs 20 µs 15 µs 90 µs 3 µs 120 µs/);
    assert.match(await row(58), /✗ 503 DependencyTimeoutException KMSInternalException no policy asked ! 271 ms too late for AWS KMS/);
    assert.match(await row(33), /✗ 403 AccessDeniedException .*✗ denied nobody from outside/);
    assert.match(await row(55), /client went away|✗ 403/);
    assert.match(await row(52), /Unknown no key store ✗ 404 InvalidUriPathException/);
  }, { width: 1600 }));

test("a click shows all that is known of a request, and where its time went", () =>
  shown(busy(), async (page) => {
    await page.click('tr[data-seq="58"] td.answer');
    const detail = await until(page, () => document.querySelector("tr.detail")?.innerText);
    for (const part of ["token hsm-2 gave no answer within 200 ms", "clerk-58", "KMSInternalException", "4112d8c4-0000-4000-8000-000000000058", "Where the time went", "crypto", "270 ms", "within the others", "UTC"]) {
      assert.ok(detail.includes(part), `${part}: ${detail}`);
    }
    assert.equal(await page.$eval('tr[data-seq="58"] button', (it) => it.ariaExpanded), "true");
    await page.click('tr[data-seq="58"] td.answer');
    await until(page, () => !document.querySelector("tr.detail"));
  }));

test("filters: key store, only errors, text", () =>
  shown(busy(), async (page) => {
    await page.select("#by-key-store", "payments");
    await until(page, () => [...document.querySelectorAll("tr[data-seq] .what")].every((it) => it.innerText.includes("payments")));
    await page.click("#only-errors");
    await until_rows(page, 1);
    assert.deepEqual(await rows(page), [58]);
    await page.select("#by-key-store", " none");
    await until_rows(page, 1);
    assert.deepEqual(await rows(page), [52]);
    await page.select("#by-key-store", "");
    await page.click("#only-errors");
    await page.type("#by-text", "Clerk-17");
    await until_rows(page, 1);
    assert.deepEqual(await rows(page), [17]);
    await page.type("#by-text", "nobody");
    await until_rows(page, 0);
    assert.equal(await seen(page, "#empty"), "No request matches the filter.");
  }));

test("a denial leads to its requests", () =>
  shown(busy(), async (page) => {
    await page.click("#only-errors");
    await page.click("#denials button");
    await until(page, () => [...document.querySelectorAll("tr[data-seq] .policy")].every((it) => it.innerText.includes("denied")));
    assert.equal(await page.$eval("#by-text", (it) => it.value), "nobody from outside");
    assert.equal(await page.evaluate(() => document.activeElement.id), "requests");
  }));

test("new requests come on top; pause holds the list and counts them", () => {
  const state = { ...empty(), requests: [request(1), request(2)] };
  return shown((after) => since(state)(after), async (page, host) => {
    await until_rows(page, 2);
    await page.click('tr[data-seq="1"]');
    await page.click("#pause");
    state.requests.push(request(3), refusal(4));
    await until(page, () => document.querySelector("#shown").innerText.includes("paused, 2 newer"));
    assert.deepEqual(await rows(page), [2, 1]);
    await page.click("#pause");
    await until_rows(page, 4);
    assert.deepEqual(await rows(page), [4, 3, 2, 1]);
    // What was open stays open, and what has been given is not asked for again.
    assert.equal(await page.$eval('tr[data-seq="1"] button', (it) => it.ariaExpanded), "true");
    await untilHere(() => host.asked.at(-1) === 4);
    assert.equal(host.asked[0], 0);
  });
});

test("requests that the host did not keep are counted in their place", () => {
  const state = { ...empty(), requests: Array.from({ length: 500 }, (_, index) => request(index + 1)) };
  return shown((after) => since(state)(after), async (page) => {
    await until_rows(page, 200);
    assert.equal(await seen(page, "#shown"), "200 requests");
    state.requests.push(...Array.from({ length: 300 }, (_, index) => request(index + 501)));
    await until(page, () => document.querySelector('tr[data-seq="800"]'));
    assert.match(await seen(page, "#shown"), /400 requests, the newest 200 are shown/);
    await page.type("#by-text", "clerk-4");
    await until(page, () => document.querySelector("tr.gap")?.innerText.includes("100 requests not in this list"));
  });
});

test("the list is bounded", () => {
  const state = { ...empty(), requests: [] };
  let seq = 0;
  const more = () => state.requests.push(...Array.from({ length: 200 }, () => request(++seq)));
  return shown((after) => (more(), since(state)(after)), async (page) => {
    await until(page, () => /^1,000 requests|^999 requests/.test(document.querySelector("#shown").innerText));
    assert.ok((await rows(page)).length <= 200);
  });
});

test("another process counts from 1 again: its requests replace the others", () => {
  let state = { ...empty(), requests: Array.from({ length: 9 }, (_, index) => request(index + 1)) };
  return shown((after) => since(state)(after), async (page, host) => {
    await until_rows(page, 9);
    state = { ...empty(), started: new Date().toISOString(), requests: [request(1), request(2)] };
    await until_rows(page, 2);
    assert.ok(host.asked.includes(0) && host.asked.includes(9));
    assert.deepEqual(await rows(page), [2, 1]);
    assert.equal((await allSeen(page, "tr.gap")).length, 0);
  });
});
