// Contrast in both schemes, and room from 360 to 1,600 pixels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shown } from "./shows.mjs";
import { bare, busy, empty, hostile, thousand } from "./states.mjs";

/** Runs in the page: every visible text with less than 4.5:1, every control's edge with less than 3:1. */
function faint() {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (front, back) => ({ r: mix(front.r, back.r, front.a), g: mix(front.g, back.g, front.a), b: mix(front.b, back.b, front.a), a: 1 });
  const mix = (front, back, a) => front * a + back * (1 - a);
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((it) => (it / 255 <= 0.03928 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (node) => {
    const layers = [];
    for (let it = node; it; it = it.parentElement) {
      const color = parse(getComputedStyle(it).backgroundColor);
      layers.unshift(color);
      if (color.a === 1) break;
    }
    return layers.reduce((back, front) => over(front, back));
  };
  const faults = [];
  const check = (name, color, node, least) => {
    const back = ground(node);
    const got = ratio(over(parse(color), back), back);
    if (got < least) faults.push(`${name}: ${got.toFixed(2)}, ${color} on ${JSON.stringify(back)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest(".unseen, .skip, noscript, option")) continue;
    const style = getComputedStyle(node);
    check(walker.currentNode.data.slice(0, 40), node instanceof SVGElement ? style.fill : style.color, node, 4.5);
    checked += 1;
  }
  for (const node of document.querySelectorAll("input[type=search], select, button:not(.row)")) {
    check(`edge of ${node.id}`, getComputedStyle(node).borderTopColor, node.parentElement, 3);
  }
  for (const node of document.querySelectorAll("input[placeholder]")) check("placeholder", getComputedStyle(node, "::placeholder").color, node, 4.5);
  for (const node of document.querySelectorAll(".line, .limit, .cursor, .bars")) check(`line ${node.getAttribute("class")}`, getComputedStyle(node).stroke, node, 3);
  for (const node of document.querySelectorAll(".share")) check("bar", getComputedStyle(node).fill, node, 3);
  return { faults: [...new Set(faults)], checked };
}

for (const scheme of ["light", "dark"]) {
  test(`contrast is enough in ${scheme}`, async () => {
    for (const [state, options] of [[busy(), {}], [empty(), {}], [hostile(), {}], [busy(), { lose: true }]]) {
      await shown(state, async (page, host) => {
        await page.$eval("tr[data-seq] button", (it) => it.click()).catch(() => {});
        await page.click("#pause");
        if (options.lose) {
          await host.stop();
          await page.waitForSelector("body.stale");
        }
        const { faults, checked } = await page.evaluate(faint);
        assert.ok(checked > 20);
        assert.deepEqual(faults, []);
      }, { scheme, outages: options.lose });
    }
  });
}

test("the schemes differ", async () => {
  const grounds = [];
  for (const scheme of ["light", "dark"]) {
    await shown(empty(), async (page) => grounds.push(await page.$eval("body", (it) => getComputedStyle(it).backgroundColor)), { scheme });
  }
  assert.notEqual(grounds[0], grounds[1]);
});

test("nothing moves by itself", () =>
  shown(busy(), async (page) => {
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  }));

for (const [name, state] of Object.entries({ busy, empty, hostile, bare, thousand })) {
  test(`no sideways scrolling: ${name}`, async () => {
    for (const width of [360, 768, 1024, 1600]) {
      await shown({ requests: [], ...state() }, async (page) => {
        await page.$$eval("button.row", (all) => all.slice(0, 3).forEach((it) => it.click()));
        const { scroll, room, wide } = await page.evaluate(() => {
          const room = document.documentElement.clientWidth;
          const wide = [...document.querySelectorAll("main *, header *")].filter((it) => it.checkVisibility() && !it.closest(".unseen, thead, svg") && it.getBoundingClientRect().right > room + 1);
          const scroll = Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll(".scroll")].map((it) => (it.scrollWidth > it.clientWidth ? 1e6 : 0)));
          return { scroll, room, wide: wide.slice(0, 3).map((it) => it.outerHTML.slice(0, 120)) };
        });
        assert.deepEqual(wide, [], `at ${width} pixels`);
        assert.ok(scroll <= room, `${scroll} of ${room} pixels`);
      }, { width });
    }
  });
}
