// The AWS SDK for JavaScript runs the shared scenario. The SDK is installed elsewhere:
// its package is found from the folder that CLAVIGER_NODE_MODULES names.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.CLAVIGER_NODE_MODULES, "package.json"));
const kms = require("@aws-sdk/client-kms");

// How long a condition may take to come true, in milliseconds.
const PATIENCE = 20_000;
const BLOBS = ["Plaintext", "CiphertextBlob", "Message"];

const client = new kms.KMSClient({});
const given = JSON.parse(process.env.CLAVIGER_SDK_TEST);
const variables = { ...given };
for (const length of [4096, 4097]) {
  variables[`${length} bytes`] = Buffer.alloc(length, "p").toString("base64");
}

const base64 = (value) => Buffer.from(value).toString("base64");

async function call(operation, parameters) {
  const input = { ...parameters };
  for (const name of BLOBS) {
    if (name in input) input[name] = Buffer.from(input[name], "base64");
  }
  const answer = await client.send(new kms[`${operation}Command`](input));
  const entries = Object.entries(answer);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof Uint8Array ? base64(value) : value]),
  );
}

function at(value, pointer) {
  return pointer.split("/").slice(1).reduce((inner, part) => inner?.[part], value);
}

function filled(value) {
  if (Array.isArray(value)) return value.map(filled);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner)]));
  }
  if (typeof value !== "string") return value;
  return value.replace(/\$\{([^}]+)\}/g, (_, name) => {
    if (!(name in variables)) throw new Error(`no ${name}`);
    return variables[name];
  });
}

function expect(holds, problem) {
  if (!holds) throw new Error(problem);
}

async function fails(step) {
  const wanted = filled(step.fails);
  let answer;
  try {
    answer = await call(step.do, filled(step.with ?? {}));
  } catch (error) {
    expect(error instanceof kms.KMSServiceException, `${error.name}: ${error.message}`);
    expect(error.name === wanted.as, `${error.name}, not ${wanted.as}: ${error.message}`);
    if (wanted.as !== "ValidationException") {
      expect(error instanceof kms[wanted.as], `not the SDK's own ${wanted.as}`);
    }
    // The SDK puts a word of its own in the place of no message.
    if (wanted.saying) expect(error.message === wanted.saying, error.message);
    if (wanted.saying === "") expect(/^(|UnknownError|.*Exception)$/.test(error.message), error.message);
    return;
  }
  throw new Error(`succeeded: ${JSON.stringify(answer)}`);
}

async function succeeds(step) {
  const until = Object.entries(filled(step.until ?? {}));
  const deadline = Date.now() + PATIENCE;
  let answer;
  for (;;) {
    answer = await call(step.do, filled(step.with ?? {}));
    if (until.every(([pointer, value]) => at(answer, pointer) === value)) break;
    expect(Date.now() < deadline, JSON.stringify(answer));
    await new Promise((wake) => setTimeout(wake, 20));
  }
  for (const [pointer, value] of Object.entries(filled(step.gives ?? {}))) {
    expect(at(answer, pointer) === value, `${pointer} is ${at(answer, pointer)}`);
  }
  for (const [name, pointer] of Object.entries(step.keep ?? {})) {
    variables[name] = at(answer, pointer);
    expect(variables[name], pointer);
  }
}

const steps = JSON.parse(readFileSync(given.scenario, "utf8"));
for (const [number, step] of steps.entries()) {
  try {
    await (step.fails ? fails(step) : succeeds(step));
  } catch (problem) {
    console.error(`step ${number}, ${step.do}: ${problem.message}\n${JSON.stringify(step, null, 1)}`);
    process.exit(1);
  }
}
const failures = steps.filter((step) => step.fails).length;
console.log(`${steps.length} steps, ${failures} of them failures that were provoked`);
