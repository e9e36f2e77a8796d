// Maps each external key id to the same one with a prefix: the keys of one team in a key
// manager that many use.

const KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['prefix'],
  properties: { prefix: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,127}$' } },
};

let prefix = '';

export const lifecycle = {
  describe() {
    return {
      name: 'directory-js',
      version: '0.1.0',
      vendor: 'Example',
      settingsSchema: JSON.stringify(SCHEMA),
    };
  },

  // A function that returns a `result` returns its value, or throws its error.
  validate(settings) {
    const faults = faultsOf(JSON.parse(settings));
    if (faults.length > 0) throw faults;
  },

  // The settings are right: the host has had them validated.
  configure(settings) {
    ({ prefix } = JSON.parse(settings));
  },
};

export const directory = {
  resolve(_call, externalKeyId) {
    const backendKeyId = prefix + externalKeyId;
    // No backend has a key of such a long id.
    if (!KEY_ID.test(backendKeyId)) throw { kind: 'key-not-found', code: 0, text: '' };
    return { backendKeyId, keyStatus: 'enabled' };
  },
};

/** All faults of the settings, each with what to write instead. */
function faultsOf({ prefix: given, ...others }) {
  const faults = Object.keys(others).map((path) => ({
    path,
    problem: 'no such setting',
    fix: 'remove it; known here: `prefix`',
  }));
  if (typeof given !== 'string' || !KEY_ID.test(`${given}-`)) {
    const fix = 'write 1 to 127 letters, digits, `.`, `_` and `-`';
    faults.push({ path: 'prefix', problem: 'no backend key id can begin so', fix });
  }
  return faults;
}
