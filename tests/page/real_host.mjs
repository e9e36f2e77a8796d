// What any host shows, on a page that a real one serves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seen, until, visit } from "./browser.mjs";

export function testRealHost(url) {
  test("the page has a policy that lets nothing in, and no cache", async () => {
    const response = await fetch(url);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^text\/html/);
    const policy = response.headers.get("content-security-policy");
    for (const part of ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) assert.ok(policy.includes(part), policy);
  });

  test("every file of the page comes, and the state is shown", () =>
    visit(url, {}, async (page) => {
      await until(page, () => !document.body.classList.contains("stale"));
      const state = await (await fetch(new URL("state?after=0", url))).json();
      assert.match(await seen(page, "#verdict"), state.status.ready ? /Serving/ : /Not ready|Lame duck|Draining/);
      const facts = await seen(page, "#facts");
      for (const part of [state.status.version, state.status.listening, `${state.status.process}`]) assert.ok(facts.includes(part), `${part}: ${facts}`);
      for (const part of ["#traffic-title", "#requests-title", "#key-stores-title", "#denials-title", "#changes-title"]) assert.ok(await seen(page, part), part);
      const stores = await page.$eval("#stores", (it) => it.textContent);
      for (const { name } of state.status.key_stores.slice(0, 12)) assert.ok(stores.includes(name), name);
      if (state.requests.length > 0) await until(page, () => document.querySelector("tr[data-seq]"));
      else assert.match(await seen(page, "#empty"), /No request yet/);
      assert.ok(!/NaN|undefined|Invalid Date/.test(await seen(page, "body")));
    }));

  test("the page goes on asking", () =>
    visit(url, {}, async (page) => {
      let asked = 0;
      page.on("request", (request) => (asked += request.url().includes("/state?after=") ? 1 : 0));
      for (let round = 0; round < 100 && asked < 2; round += 1) await new Promise((done) => setTimeout(done, 100));
      assert.ok(asked >= 2);
      assert.equal(await page.$eval("body", (it) => it.classList.contains("stale")), false);
    }));
}
