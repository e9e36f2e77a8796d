// Pictures of the page, to look at.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { visit } from "./browser.mjs";
import { FakeHost, since } from "./fake_host.mjs";
import { bare, busy, empty, hostile, thousand } from "./states.mjs";

const PICTURES = [
  ["light", busy, { width: 1600 }],
  ["dark", busy, { width: 1600, scheme: "dark" }],
  ["middle", busy, { width: 1024 }],
  ["narrow", busy, { width: 360 }],
  ["narrow-dark", busy, { width: 360, scheme: "dark" }],
  ["empty", empty, { width: 1280 }],
  ["hostile", hostile, { width: 1280 }],
  ["hostile-narrow", hostile, { width: 360 }],
  ["bare", bare, { width: 1280 }],
  ["thousand", thousand, { width: 1280, scheme: "dark" }],
  ["lost", busy, { width: 1280, outages: true, lost: true }],
];

export async function takePictures(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, state, options] of PICTURES) {
    const host = await FakeHost.start(since({ requests: [], ...state() }));
    await visit(host.url, options, async (page) => {
      const buttons = await page.$$("button.row");
      await buttons[2]?.click();
      if (options.lost) {
        await host.stop();
        await page.waitForSelector("body.stale");
      }
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    });
    if (!options.lost) await host.stop();
    console.log(join(folder, `${name}.png`));
  }
}
