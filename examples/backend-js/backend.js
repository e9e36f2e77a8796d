// AES-256-GCM with one key for each external key, kept by the host.

import { Key } from 'claviger:plugin/aead@0.1.0';
import { createSecret, names, revision } from 'claviger:plugin/key-storage@0.1.0';

// A key is the record of this name, which the host has made and this plugin never sees.
const PREFIX = 'key/';
const TEST_KEY = 'health';

const AES_256 = 'AES_256';
const USAGE = ['ENCRYPT', 'DECRYPT'];

export const lifecycle = {
  describe() {
    return { name: 'backend-js', version: '0.1.0', vendor: 'Example', settingsSchema: null };
  },

  // A function that returns a `result` returns its value, or throws its error.
  validate(settings) {
    const faults = Object.keys(JSON.parse(settings)).map((path) => ({
      path,
      problem: 'no such setting',
      fix: 'remove it; there are no settings here',
    }));
    if (faults.length > 0) throw faults;
  },

  configure() {},
};

export const keyLookup = {
  lookup(_call, externalKeyId) {
    const record = PREFIX + externalKeyId;
    if (!orFailure(() => exists(record))) throw failure('key-not-found');
    return {
      handle: bytesOf(record),
      keySpec: AES_256,
      keyUsage: USAGE,
      keyStatus: 'enabled',
      ciphertextMetadata: new Uint8Array(),
      freshForMs: 0,
      requestsAtOnce: 1,
      hostCipher: null,
    };
  },
};

// One answer for each request. Inside of a list, a `result` is a value.
export const crypto = {
  encrypt(handle, requests) {
    return requests.map(({ additionalData, plaintext }) =>
      resultOf(() => withKey(handle, (key) => key.seal(additionalData, plaintext))),
    );
  },

  decrypt(handle, requests) {
    return requests.map(({ ciphertextMetadata, additionalData, sealed }) => {
      if (ciphertextMetadata.length > 0) return { tag: 'err', val: failure('invalid-ciphertext') };
      return resultOf(() => withKey(handle, (key) => key.open(additionalData, sealed)));
    });
  },
};

export const upkeep = {
  // Never again: there is nothing to renew.
  run: () => 0,
};

export const health = {
  /** On a key made for it, never on one that AWS KMS uses. */
  check() {
    const nothing = new Uint8Array();
    orFailure(() => {
      if (!exists(TEST_KEY)) createSecret(TEST_KEY);
      withKey(bytesOf(TEST_KEY), (key) => key.open(nothing, key.seal(nothing, bytesOf('test'))));
    });
    const manager = { id: 'example', model: 'backend-js 0.1.0', healthStatus: 'active' };
    return { vendor: 'Example', keyManagers: [manager] };
  },
};

export const keyManagement = {
  createKey(externalKeyId, keyUsage) {
    if (!USAGE.every((use) => keyUsage.includes(use))) {
      throw { tag: 'invalid', val: 'keys of this backend always encrypt and decrypt' };
    }
    orManagementError(() => createSecret(PREFIX + externalKeyId));
    return summary(externalKeyId);
  },

  listKeys(after, limit) {
    const from = after === null ? null : PREFIX + after;
    const ids = orManagementError(() => names(PREFIX, from, limit)).map(idOf);
    const next = ids.length === limit ? ids.at(-1) : null;
    return { keys: ids.map(summary), damaged: [], next };
  },

  showKey(externalKeyId) {
    if (!orManagementError(() => exists(PREFIX + externalKeyId))) throw { tag: 'not-found' };
    return summary(externalKeyId);
  },

  setKeyStatus() {
    throw { tag: 'unsupported', val: 'keys of this backend are always enabled' };
  },

  rotateKey() {
    throw { tag: 'unsupported', val: 'keys of this backend have one version' };
  },
};

// ---- records ---------------------------------------------------------------------

// Names of records are ASCII, and QuickJS has no TextEncoder.
const bytesOf = (name) => Uint8Array.from(name, (character) => character.charCodeAt(0));
const nameOf = (bytes) => String.fromCharCode(...bytes);
const idOf = (record) => record.slice(PREFIX.length);

const exists = (record) => revision(record) !== null;

/** Does `work` with the key of a handle, and gives the key back to the host. */
function withKey(handle, work) {
  const key = Key.fromRecord(nameOf(handle));
  try {
    return work(key);
  } finally {
    key[Symbol.dispose]();
  }
}

const summary = (externalKeyId) => ({
  externalKeyId,
  keySpec: AES_256,
  keyUsage: USAGE,
  keyStatus: 'enabled',
  currentVersion: 1,
  versions: 1,
});

// ---- what the host refuses, in the words of each interface -----------------------

/** With which error the host refused; whatever else is thrown is a fault in here. */
function refusal(thrown) {
  if (thrown?.payload === undefined) throw thrown;
  return thrown.payload;
}

const textOf = ({ tag, val }) => (val === undefined ? tag : `${tag}: ${val}`);

const failure = (kind, text = '') => ({ kind, code: 0, text });

/** Only a tag that does not match is the ciphertext's fault. */
function failureOf(error) {
  switch (error.tag) {
    case 'authentication-failed':
      return failure('invalid-ciphertext');
    case 'deadline':
    case 'unavailable':
      return failure('dependency-timeout', textOf(error));
    case 'quota':
      return failure('throttling', textOf(error));
    default:
      return failure('internal', textOf(error));
  }
}

function orFailure(work) {
  try {
    return work();
  } catch (thrown) {
    throw failureOf(refusal(thrown));
  }
}

function resultOf(work) {
  try {
    return { tag: 'ok', val: work() };
  } catch (thrown) {
    return { tag: 'err', val: failureOf(refusal(thrown)) };
  }
}

function orManagementError(work) {
  try {
    return work();
  } catch (thrown) {
    const error = refusal(thrown);
    if (error.tag === 'conflict') throw { tag: 'already-exists' };
    throw { tag: 'failed', val: textOf(error) };
  }
}
