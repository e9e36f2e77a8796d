// What each part of the page shows, and that text from outside stays text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allSeen, seen, until, visit } from "./browser.mjs";
import { FakeHost, since } from "./fake_host.mjs";
import { OVERRIDE, SCRIPT, bare, busy, empty, hostile, status, thousand } from "./states.mjs";

/** Opens the page of a host that says `state`. */
export async function shown(state, body, options = {}) {
  const host = await FakeHost.start(typeof state === "function" ? state : since(state));
  try {
    await visit(host.url, options, (page) => body(page, host));
  } finally {
    await host.stop().catch(() => {});
  }
}

const has = (text, ...parts) => parts.forEach((part) => assert.ok(text.includes(part), `${part} is not in: ${text}`));

test("before the first request the page says how to send one", () =>
  shown(empty(), async (page) => {
    has(await seen(page, "#verdict"), "Serving");
    has(await seen(page, "#empty"), "No request yet", "curl --cacert claviger-dev/ca.pem -K claviger-dev/curl.conf --aws-sigv4", "https://localhost:8443/demo/kms/xks/v1/keys/demo/encrypt");
    assert.equal(await seen(page, "#list"), "");
    has(await seen(page, "main"), "No policy has refused a request", "Nothing since the start");
  }));

test("the host's own words for the first request are preferred", () =>
  shown({ ...empty(), first_request: "curl --cacert /elsewhere/ca.pem" }, async (page) => {
    assert.equal(await seen(page, "#empty pre"), "curl --cacert /elsewhere/ca.pem");
  }));

test("a host of several key stores is no trial: no curl line", () =>
  shown({ ...empty(), status: busy().status }, async (page) => {
    has(await seen(page, "#empty"), "No request yet", "claviger doctor");
  }));

test("the top line says how the host is", () =>
  shown(busy(), async (page) => {
    const top = await seen(page, "header");
    has(top, "Serving", "0.4.0", "3 d 1 h", "3, since", "9 days left", "127.0.0.1:8443", "4711", "payments, branch-office, hsm-2");
    has(top, "A later configuration was refused", "key_store.payments.backend.token", "no token is called hsm-3", "fix: name one of: hsm-1, hsm-2");
    assert.match(await page.title(), /serving/);
  }));

for (const [words, more] of [
  ["Not ready", { ready: false, reasons: ["no key store is served"] }],
  ["Lame duck", { ready: false, phase: "lame-duck" }],
  ["Draining", { ready: false, phase: "draining" }],
  ["Serving, with a reservation", { reasons: ["audit records wait for the disk"] }],
]) {
  test(`the top line says: ${words}`, () =>
    shown({ ...empty(), status: status(more) }, async (page) => {
      has(await seen(page, "header"), words, ...(more.reasons ?? []));
    }));
}

test("an expired certificate and none at all are told apart", async () => {
  const expired = { ...status().certificate, days_left: -1 };
  await shown({ ...empty(), status: status({ certificate: expired }) }, async (page) => has(await seen(page, "#facts"), "expired"));
  await shown({ ...empty(), status: status({ certificate: null }) }, async (page) => has(await seen(page, "#facts"), "none"));
});

test("traffic has rates, percentiles, AWS KMS's limit and errors by exception", () =>
  shown(busy(), async (page) => {
    assert.match(await seen(page, "#readout"), /requests\/s, p50 0\.\d+ ms, p99 [\d.]+ ms, no errors/);
    has(await page.$eval("#latency", (svg) => svg.textContent), "250 ms: AWS KMS gives up", "p50", "p99");
    has(await seen(page, "#errors"), "KMSInvalidStateException", "DependencyTimeoutException");
    // The line of percentiles is broken where there was no request.
    const d = await page.$eval("#latency .p50", (path) => path.getAttribute("d"));
    assert.equal(d.match(/M/g).length, 2);
    assert.ok(!/NaN|Infinity/.test(await page.$eval("main", (main) => main.innerHTML)));
  }));

test("the pointer and the slider choose a moment", () =>
  shown(busy(), async (page) => {
    const before = await seen(page, "#readout");
    const chart = await page.$("#rate");
    await chart.hover();
    await until(page, (was) => document.querySelector("#readout").innerText !== was, before);
    await page.mouse.move(1, 1);
    await page.focus("#moment");
    await page.keyboard.press("Home");
    await until(page, () => document.querySelector("#moment").getAttribute("aria-valuetext").includes("requests/s"));
    assert.notEqual(await seen(page, "#readout"), before);
  }));

test("key stores show key managers, plugins, credentials and what is off", () =>
  shown(busy(), async (page) => {
    const stores = await allSeen(page, "#stores > li");
    assert.equal(stores.length, 4);
    has(stores[0], "branch-office", "absent");
    has(stores[1], "payments", "serves, impaired", "UNAVAILABLE", "hsm-2", "fails, not asked for now", "cedar", "old", "400 days old", "1 h old, not used since the start");
    has(stores[2], "demo", "serves", "Keys switched off", "demo-old", "40 days old, used");
    has(stores[3], "archive", "switched off");
    has(await seen(page, "#resources"), "hsm-2", "down", "CKR_DEVICE_REMOVED");
  }));

test("denials and changes are listed, newest first", () =>
  shown(busy(), async (page) => {
    const denials = await allSeen(page, "#denials > li");
    has(denials[0], "nobody from outside", "1,205×", "allow-list on demo");
    has(denials[1], "forbid: payments", "1 h");
    const changes = await allSeen(page, "#changes > li");
    has(changes[0], "a configuration was refused");
    assert.equal(changes.length, 4);
  }));

test("times are local, with UTC in the title", () =>
  shown(busy(), async (page) => {
    const title = await page.$eval("#rows time", (time) => time.title);
    assert.match(title, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$/);
  }));

test("a thousand key stores: the troubled one first, twelve shown, all on demand, one by name", () =>
  shown(thousand(), async (page) => {
    const names = () => page.$$eval("#stores strong", (all) => all.map((it) => it.innerText));
    const first = await names();
    assert.equal(first.length, 12);
    assert.equal(first[0], "tenant-0777");
    await page.click("#all-stores");
    await until(page, () => document.querySelectorAll("#stores > li").length === 1000);
    await page.click("#all-stores");
    await page.type("#by-name", "0123");
    await until(page, () => document.querySelectorAll("#stores > li").length === 1);
    assert.deepEqual(await names(), ["tenant-0123"]);
    assert.equal(await page.$$eval("#by-key-store option", (all) => all.length), 1004);
  }));

test("hostile text is text", () =>
  shown(hostile(), async (page) => {
    await page.click("tr[data-seq]");
    await until(page, () => document.querySelector("tr.detail"));
    assert.equal(await page.evaluate(() => window.hurt), undefined);
    assert.equal(await page.$$eval("body script, body img, [onclick], [onerror], [style]", (all) => all.length), 0);
    const text = await page.$eval("body", (body) => body.textContent);
    has(text, SCRIPT, "\\u{202e}gnp.exe\\u{2066}\\u{0}\\u{200b}", "\\u{d800}");
    assert.ok(!/[\u202a-\u202e\u2066-\u2069\u0000]/.test(text));
    assert.ok(!text.includes(OVERRIDE));
    assert.ok(!/NaN|undefined|Infinity|\[object/.test(text.replaceAll("undefined", "")), "a value was not understood");
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    assert.ok(tall < 9000, `long text pushes the rest away: ${tall} pixels`);
  }));

test("fields that are missing are unknown, and nothing fails", () =>
  shown(() => bare(), async (page) => {
    await until(page, () => document.querySelectorAll("tr[data-seq]").length > 0);
    has(await seen(page, "#verdict"), "Serving");
    assert.ok(!/NaN|undefined|null|Invalid/.test(await seen(page, "body")));
  }));
