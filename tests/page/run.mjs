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
  await import("./shows.mjs");
  await import("./requests.mjs");
  await import("./keyboard.mjs");
  await import("./outages.mjs");
  await import("./looks.mjs");
}
