// Everything by keyboard alone, and what a screen reader is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "./browser.mjs";
import { since } from "./fake_host.mjs";
import { shown } from "./shows.mjs";
import { busy, request } from "./states.mjs";

const focused = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    return node.id || node.closest("tr[data-seq]")?.dataset.seq || node.className || node.tagName.toLowerCase();
  });

async function tab(page, times = 1) {
  const order = [];
  for (let index = 0; index < times; index += 1) {
    await page.keyboard.press("Tab");
    order.push(await focused(page));
  }
  return order;
}

test("the Tab key goes through the page in order, and past the list in one step", () =>
  shown(busy(), async (page) => {
    const order = (await tab(page, 12)).filter((it) => it !== "scroll");
    assert.deepEqual(order.slice(0, 8), ["skip", "a", "moment", "by-key-store", "by-text", "only-errors", "pause", "60"]);
    assert.equal(order[8], "small", "the list has more than one stop");
  }));

test("the skip link goes to the requests", () =>
  shown(busy(), async (page) => {
    await tab(page);
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "requests");
    assert.deepEqual(await tab(page), ["by-key-store"]);
  }));

test("arrows, Home, End and Enter work in the list, while requests come", () => {
  const state = busy();
  return shown((after) => since(state)(after), async (page) => {
    await page.focus("tr[data-seq] button");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "58");
    await page.keyboard.press("Enter");
    await until(page, () => document.querySelector('tr[data-seq="58"] + tr.detail'));
    state.requests.push(request(61), request(62));
    await until(page, () => document.querySelector('tr[data-seq="62"]'));
    assert.equal(await focused(page), "58", "an update takes the focus away");
    await page.keyboard.press("Space");
    await until(page, () => !document.querySelector("tr.detail"));
    await page.keyboard.press("Home");
    assert.equal(await focused(page), "62");
    await page.keyboard.press("End");
    assert.equal(await focused(page), "1");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(page), "1");
    assert.equal(await page.$$eval('button.row[tabindex="0"]', (all) => all.length), 1);
  });
});

test("what has the focus is seen to have it", () =>
  shown(busy(), async (page) => {
    for (let index = 0; index < 14; index += 1) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(() => {
        const node = document.activeElement;
        if (node === document.body) return null;
        const shown = node.classList.contains("row") ? node.closest("tr") : node;
        const { outlineStyle, outlineWidth } = getComputedStyle(shown);
        return { name: node.outerHTML.slice(0, 80), style: outlineStyle, width: parseFloat(outlineWidth) };
      });
      if (outline === null) break; // past the last one
      assert.ok(outline.style !== "none" && outline.width >= 2, JSON.stringify(outline));
    }
  }));

test("landmarks, headings, names and table semantics", () =>
  shown(busy(), async (page) => {
    for (const width of [1280, 360]) {
      await page.setViewport({ width, height: 900 });
      const tree = await page.accessibility.snapshot({ interestingOnly: false });
      const all = [];
      (function walk(node) {
        all.push(node);
        (node.children ?? []).forEach(walk);
      })(tree);
      const roles = (role) => all.filter((it) => it.role === role);
      for (const role of ["banner", "main", "contentinfo"]) assert.equal(roles(role).length, 1, role);
      assert.deepEqual(roles("heading").filter((it) => it.level === 2).map((it) => it.name), ["Traffic", "Requests", "Key stores", "Denials, by statement", "What changed"]);
      assert.ok(roles("table").some((it) => it.name === "Requests"), `no table at ${width} pixels`);
      assert.ok(roles("columnheader").length >= 5);
      assert.ok(roles("row").length >= 61);
      const nameless = [...roles("button"), ...roles("combobox"), ...roles("searchbox"), ...roles("checkbox"), ...roles("slider"), ...roles("link")].filter((it) => !it.name);
      assert.deepEqual(nameless, []);
    }
  }));

test("a screen reader is told what changes at the top, and not each request", () => {
  const state = busy();
  return shown((after) => since(state)(after), async (page) => {
    const live = await page.$$eval("[role=status], [role=alert], [aria-live]:not([aria-live=off]), output", (all) => all.map((it) => it.id));
    assert.deepEqual(live.sort(), ["announced", "lost"]);
    await page.evaluate(() => {
      window.told = [];
      new MutationObserver(() => window.told.push(document.querySelector("#announced").textContent)).observe(document.querySelector("#announced"), { childList: true, characterData: true, subtree: true });
    });
    state.requests.push(request(61));
    await until(page, () => document.querySelector('tr[data-seq="61"]'));
    assert.deepEqual(await page.evaluate(() => window.told), []);
    state.status.ready = false;
    await until(page, () => window.told.includes("Not ready"));
  });
});
