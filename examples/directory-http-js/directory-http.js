// Asks an HTTP service which key of the backend an external key id means.

// The name of an upstream stands for its address.
const KEYS = 'http://directory/keys/';

export const lifecycle = {
  describe() {
    return { name: 'directory-http-js', version: '0.1.0', vendor: 'Example' };
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

export const directory = {
  async resolve(_call, externalKeyId) {
    const headers = { 'claviger-secret-authorization': 'Bearer directory-token' };
    let response;
    try {
      response = await fetch(KEYS + externalKeyId, { headers });
    } catch (error) {
      throw failure('dependency-timeout', 0, String(error));
    }
    if (response.status === 404) throw failure('key-not-found');
    if (!response.ok) throw failure('internal', response.status);
    const { key } = await response.json();
    return { backendKeyId: key, keyStatus: 'enabled' };
  },
};

const failure = (kind, code = 0, text = '') => ({ kind, code, text });
