// States of a host that tests show.

const at = (secondsAgo) => new Date(Date.now() - secondsAgo * 1000).toISOString();

export const status = (more = {}) => ({
  version: "0.4.0",
  process: 4711,
  phase: "serving",
  ready: true,
  reasons: [],
  configuration: { generation: 1, taken_up: at(7200), refused: null },
  listening: "127.0.0.1:8443",
  certificate: { common_name: "localhost", serial: "0a1b", fingerprint: "ab".repeat(32), expires: at(-89.5 * 86400), days_left: 89 },
  key_stores: [keyStore("demo")],
  absent: [],
  switched_off: [],
  ...more,
});

export const keyStore = (name, more = {}) => ({
  name,
  enabled: true,
  serves: true,
  key_managers: [{ id: `${name}-software`, model: "Software", state: "ACTIVE" }],
  plugins: [{ name: "allow-list", digest: "d1".repeat(32), broken: false }],
  credentials: [{ access_key_id: "AKIADEMO12345", age_seconds: 40 * 86400, last_used: at(3) }],
  ...more,
});

/** What `claviger dev` says before the first request. */
export const empty = () => ({
  now: at(0),
  started: at(40),
  status: status(),
  requests: [],
  missed: 0,
  history: { step_seconds: 10, points: [] },
  denials: [],
  changes: [],
});

export const request = (seq, more = {}) => ({
  seq,
  time: at(Math.max(0, 0.7 * (60 - seq))),
  key_store: "demo",
  operation: seq % 3 ? "Decrypt" : "Encrypt",
  status: 200,
  error: null,
  kms_exception: null,
  cause: null,
  principal: `arn:aws:iam::111122223333:user/clerk-${seq}`,
  kms_operation: seq % 3 ? "Decrypt" : "GenerateDataKey",
  kms_request_id: `4112d8c4-0000-4000-8000-${String(seq).padStart(12, "0")}`,
  external_key_id: "demo",
  policy: { plugin: "allow-list", statement: "clerks may use the demo key", reason: "the principal is in the list" },
  total_us: 300 + ((seq * 97) % 400),
  stages_us: { policy: 20, lookup: 15, crypto: 80 + (seq % 50), queue: 3, audit: 120 },
  ...more,
});

export const refusal = (seq, more = {}) =>
  request(seq, {
    status: 403,
    error: "AccessDeniedException",
    kms_exception: "CustomKeyStoreInvalidState",
    cause: "the policy refuses it",
    policy: { plugin: "allow-list", statement: "nobody from outside", reason: "account 999988887777 is unknown" },
    stages_us: { policy: 25, lookup: 10, audit: 90 },
    ...more,
  });

/** An hour of traffic with a bad quarter of it. */
export function busy() {
  const points = Array.from({ length: 360 }, (_, index) => {
    const bad = index > 200 && index < 260;
    const quiet = index > 90 && index < 100;
    return {
      time: at((360 - index) * 10),
      requests: quiet ? 0 : Math.round(900 + 300 * Math.sin(index / 20) + ((index * 7919) % 97)),
      p50_ms: quiet ? null : 0.4 + 0.05 * Math.sin(index / 9),
      p99_ms: quiet ? null : bad ? 180 + ((index * 31) % 190) : 2.1 + Math.sin(index / 3),
      errors: bad ? { KMSInvalidStateException: (index * 13) % 40, DependencyTimeoutException: index % 7 } : index % 50 ? {} : { KMSInvalidStateException: 2 },
    };
  });
  const requests = Array.from({ length: 60 }, (_, index) => {
    const seq = index + 1;
    if (seq % 11 === 0) return refusal(seq);
    if (seq === 58) return request(seq, { key_store: "payments", status: 503, error: "DependencyTimeoutException", kms_exception: "KMSInternalException", cause: "token hsm-2 gave no answer within 200 ms", total_us: 271_000, policy: null, stages_us: { lookup: 12, crypto: 270_100, queue: 60_000, audit: 310 } });
    if (seq === 55) return request(seq, { status: null, kms_operation: null });
    if (seq === 52) return request(seq, { key_store: null, operation: null, status: 404, error: "InvalidUriPathException", kms_exception: "XksProxyInvalidConfiguration", cause: "no key store has the path /nothing", principal: null, kms_operation: null, kms_request_id: null, external_key_id: null, policy: null, stages_us: {} });
    return request(seq, seq % 4 ? {} : { key_store: "payments" });
  });
  return {
    ...empty(),
    started: at(3 * 86400 + 7000),
    status: status({
      configuration: { generation: 3, taken_up: at(5400), refused: { at: at(600), faults: [{ path: "key_store.payments.backend.token", problem: "no token is called hsm-3", fix: "name one of: hsm-1, hsm-2" }] } },
      certificate: { ...status().certificate, common_name: "xks.example.com", days_left: 9, expires: at(-9.2 * 86400) },
      key_stores: [
        keyStore("demo"),
        keyStore("payments", { key_managers: [{ id: "hsm-1", model: "nShield 5c", state: "ACTIVE" }, { id: "hsm-2", model: "nShield 5c", state: "UNAVAILABLE" }], plugins: [{ name: "cedar", digest: "77".repeat(32), broken: true }, { name: "token-keys", digest: "3c".repeat(32), broken: false }], credentials: [{ access_key_id: "AKIAPAYMENTS01", age_seconds: 400 * 86400, last_used: at(8) }, { access_key_id: "AKIAPAYMENTS02", age_seconds: 3600, last_used: null }] }),
        keyStore("archive", { enabled: false, serves: false, key_managers: [{ id: "archive-software", model: "Software", state: "ACTIVE" }], credentials: [] }),
      ],
      absent: ["branch-office"],
      switched_off: ["archive", "demo/demo-old"],
      tokens: [{ name: "hsm-1", up: true, detail: "nShield 5c, firmware 13.4" }, { name: "hsm-2", up: false, detail: "CKR_DEVICE_REMOVED for 6 min" }],
      storages: [{ name: "keys", up: true, detail: null }],
    }),
    requests,
    history: { step_seconds: 10, points },
    denials: [
      { key_store: "demo", plugin: "allow-list", statement: "nobody from outside", count: 1205, last: at(4) },
      { key_store: "payments", plugin: "cedar", statement: "forbid: payments only through their VPC endpoint", count: 3, last: at(4000) },
    ],
    changes: [
      { time: at(600), what: "a configuration was refused: 1 fault" },
      { time: at(1300), what: "token hsm-2 is gone" },
      { time: at(5400), what: "configuration 3 taken up" },
      { time: at(90000), what: "certificate of xks.example.com replaced, until 2026-12-08" },
    ],
  };
}

export const SCRIPT = "<script>window.hurt = true</script><img src=x onerror='window.hurt = true'>";
export const OVERRIDE = "user/\u202egnp.exe\u2066\u0000\u200b";
const ARN = `arn:aws:iam::111122223333:role/${"x".repeat(1970)}`;

/** Text that tries to be more than text, everywhere. */
export function hostile() {
  const names = [SCRIPT, OVERRIDE, ARN, "__proto__", "constructor", "' onclick='window.hurt = true", "\u05d0\u05d1\u05d2 \ud800"];
  const evil = (index) => names[index % names.length];
  const state = busy();
  return {
    ...state,
    status: status({
      version: SCRIPT,
      ready: false,
      reasons: names,
      listening: OVERRIDE,
      configuration: { generation: 2, taken_up: "yesterday", refused: { at: at(3), faults: names.map((path) => ({ path, problem: SCRIPT, fix: ARN })) } },
      certificate: { common_name: SCRIPT, serial: ARN, fingerprint: SCRIPT, expires: "never", days_left: -3 },
      key_stores: names.map((name) => keyStore(name, {
        key_managers: [{ id: name, model: SCRIPT, state: ARN }],
        plugins: [{ name, digest: SCRIPT, broken: true }],
        credentials: [{ access_key_id: name, age_seconds: 1e300, last_used: SCRIPT }],
      })),
      absent: names,
      switched_off: names.map((name) => `${name}/${SCRIPT}`),
      tokens: names.map((name) => ({ name, up: false, detail: ARN })),
    }),
    requests: Array.from({ length: 40 }, (_, index) => refusal(index + 1, {
      key_store: evil(index), operation: evil(index + 1), error: evil(index + 2), kms_exception: evil(index + 3), cause: ARN, principal: evil(index + 4),
      kms_request_id: evil(index + 5), external_key_id: evil(index), policy: { plugin: evil(index), statement: evil(index + 1), reason: evil(index + 2) },
      total_us: index % 2 ? 1e15 : -5, stages_us: { [evil(index)]: 10, policy: 1e15, crypto: -4 },
    })),
    history: { step_seconds: 10, points: state.history.points.map((point, index) => ({ ...point, p99_ms: 1e12, p50_ms: 0, errors: { [evil(index)]: 1e9, [`Kind${index}`]: 1 } })) },
    denials: names.map((name) => ({ key_store: name, plugin: name, statement: name, count: 1e15, last: "soon" })),
    changes: names.map((what) => ({ time: at(9), what })),
  };
}

/** A host of another age: what is missing is unknown, and what is new is left alone. */
export const bare = () => ({ status: { phase: "serving", ready: true, moon: "full" }, requests: [{}, { seq: 2, time: 17, stages_us: null }], history: { points: [{}, { time: at(5) }] }, denials: [{}], changes: [{}] });

export const thousand = () => ({
  ...busy(),
  status: status({ key_stores: Array.from({ length: 1000 }, (_, index) => keyStore(`tenant-${String(index).padStart(4, "0")}`, { serves: index !== 777 })) }),
});
