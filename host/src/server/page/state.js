// What the host says, parsed at the edge, once.
//
// Principals, key ids, reasons and names come from outside. A field that is missing or
// of another type becomes null, empty or zero here, so that no other module looks again.

/** The longest text that is shown, in characters: an ARN has up to 2,048. */
const TEXT = 4096;

/** Characters that nobody sees, or that change how their neighbours are shown. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function text(value) {
  if (typeof value !== "string") return null;
  const long = value.length > TEXT;
  const kept = long ? value.slice(0, TEXT) : value;
  const visible = kept.replace(UNSEEN, (it) => `\\u{${it.codePointAt(0).toString(16)}}`);
  return long ? `${visible}… (${value.length} characters)` : visible;
}

const number = (value) => (Number.isFinite(value) ? value : null);
const size = (value) => Math.max(0, number(value) ?? 0);
const list = (value, of) => (Array.isArray(value) ? value.map(of) : []);
const fields = (value) => (value !== null && typeof value === "object" ? value : {});
const maybe = (value, of) => (value !== null && typeof value === "object" ? of(value) : null);
const name = (value) => text(value) ?? "(without a name)";

function moment(value) {
  const at = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? null : at;
}

function numbers(value) {
  const pairs = Object.entries(fields(value)).map(([key, it]) => [text(key), size(it)]);
  return new Map(pairs);
}

/** The whole answer. Throws when it is no answer of a host. */
export function parse(json) {
  if (typeof json?.status !== "object" || json.status === null) throw new Error("its answer has no status");
  return {
    now: moment(json.now),
    started: moment(json.started),
    firstRequest: text(json.first_request),
    status: status(json.status),
    requests: list(json.requests, request),
    missed: size(json.missed),
    history: history(fields(json.history)),
    denials: list(json.denials, denial),
    changes: list(json.changes, change),
  };
}

function status(json) {
  const configuration = fields(json.configuration);
  return {
    version: text(json.version) ?? "of an unknown version",
    process: number(json.process),
    phase: text(json.phase),
    ready: json.ready === true,
    reasons: list(json.reasons, name),
    generation: number(configuration.generation),
    takenUp: moment(configuration.taken_up),
    refused: maybe(configuration.refused, (it) => ({ at: moment(it.at), faults: list(it.faults, fault) })),
    listening: text(json.listening),
    certificate: maybe(json.certificate, certificate),
    keyStores: list(json.key_stores, keyStore),
    absent: list(json.absent, name),
    switchedOff: list(json.switched_off, name),
    tokens: list(json.tokens, resource),
    storages: list(json.storages, resource),
  };
}

function fault(json) {
  const it = fields(json);
  return { path: text(it.path), problem: text(it.problem), fix: text(it.fix) };
}

function certificate(json) {
  return {
    commonName: text(json.common_name),
    serial: text(json.serial),
    fingerprint: text(json.fingerprint),
    expires: moment(json.expires),
    daysLeft: number(json.days_left),
  };
}

function keyStore(json) {
  const it = fields(json);
  return {
    name: name(it.name),
    enabled: it.enabled !== false,
    serves: it.serves === true,
    keyManagers: list(it.key_managers, (one) => {
      const { id, model, state } = fields(one);
      return { id: name(id), model: text(model), state: text(state) ?? "UNKNOWN" };
    }),
    plugins: list(it.plugins, (one) => {
      const { name: called, digest, broken } = fields(one);
      return { name: name(called), digest: text(digest), broken: broken === true };
    }),
    credentials: list(it.credentials, (one) => {
      const { access_key_id, age_seconds, last_used } = fields(one);
      return { id: name(access_key_id), age: number(age_seconds), lastUsed: moment(last_used) };
    }),
  };
}

function resource(json) {
  const it = fields(json);
  return { name: name(it.name), up: it.up === true, detail: text(it.detail) };
}

function request(json) {
  const it = fields(json);
  return {
    seq: number(it.seq) ?? 0,
    time: moment(it.time),
    keyStore: text(it.key_store),
    operation: text(it.operation),
    status: number(it.status),
    error: text(it.error),
    kmsException: text(it.kms_exception),
    cause: text(it.cause),
    principal: text(it.principal),
    kmsOperation: text(it.kms_operation),
    kmsRequestId: text(it.kms_request_id),
    externalKeyId: text(it.external_key_id),
    policy: maybe(it.policy, (said) => ({
      plugin: text(said.plugin),
      statement: text(said.statement),
      reason: text(said.reason),
      allowed: typeof said.allowed === "boolean" ? said.allowed : it.error !== "AccessDeniedException",
    })),
    total: number(it.total_us) === null ? null : size(it.total_us),
    stages: numbers(it.stages_us),
  };
}

function history(json) {
  const step = Math.max(1, number(json.step_seconds) ?? 10);
  const points = list(json.points, (one) => {
    const it = fields(one);
    return {
      at: moment(it.time),
      requests: size(it.requests),
      p50: number(it.p50_ms),
      p99: number(it.p99_ms),
      errors: numbers(it.errors),
    };
  });
  return { step, points: points.filter((point) => point.at !== null) };
}

function denial(json) {
  const it = fields(json);
  return {
    keyStore: text(it.key_store),
    plugin: text(it.plugin),
    statement: text(it.statement),
    count: size(it.count),
    last: moment(it.last),
  };
}

function change(json) {
  const it = fields(json);
  return { time: moment(it.time), what: name(it.what) };
}
