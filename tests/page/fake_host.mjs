// A host that serves the page as Claviger does, and says what a test tells it to.

import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../host/src/server/page/", import.meta.url));
const TYPES = { html: "text/html; charset=utf-8", css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8" };
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export class FakeHost {
  /** What it answers: a state, a function of `after` that returns one, or a `Response`-like. */
  state = null;
  /** `after` of each question. */
  asked = [];
  /** Answers that are awaited now, and the most there were. */
  open = 0;
  most = 0;

  static async start(state) {
    const host = new FakeHost();
    host.state = state;
    await host.listen(0);
    return host;
  }

  async listen(port = this.port) {
    this.server = createServer((request, response) => this.#answer(request, response));
    await new Promise((done) => this.server.listen(port, "127.0.0.1", done));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/`;
  }

  /** Connections break, and new ones are refused. */
  async stop() {
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    response.setHeader("content-security-policy", CSP);
    response.setHeader("x-content-type-options", "nosniff");
    if (pathname === "/state") return this.#say(response, Number(searchParams.get("after")));
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    if (!readdirSync(FOLDER).includes(name)) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[name.split(".").at(-1)]);
    response.end(readFileSync(FOLDER + name));
  }

  async #say(response, after) {
    this.asked.push(after);
    this.open += 1;
    this.most = Math.max(this.most, this.open);
    response.on("close", () => (this.open -= 1));
    const said = typeof this.state === "function" ? await this.state(after) : this.state;
    const { status = 200, body = JSON.stringify(said) } = said?.raw ?? {};
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  }
}

/** Says of `requests` what a host would: those after the last one that the page has. */
export function since(state) {
  return (after) => {
    const newer = state.requests.filter((it) => it.seq > after);
    const requests = newer.slice(-200);
    return { ...state, now: new Date().toISOString(), requests, missed: newer.length - requests.length };
  };
}
