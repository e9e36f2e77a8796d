// What the words of the command line choose.

import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { url: { type: "string" }, screenshots: { type: "string" } } });

if (values.screenshots) {
  const { takePictures } = await import("./pictures.mjs");
  await takePictures(values.screenshots);
} else if (values.url) {
  const { testRealHost } = await import("./real_host.mjs");
  testRealHost(values.url);
} else {
  for (const part of ["shows", "requests", "keyboard", "outages", "looks"]) await import(`./${part}.mjs`);
}
