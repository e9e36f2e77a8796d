// Denies the AWS KMS operations that are not listed, and abstains from those that are:
// it stands beside a policy that allows.

const OPERATION = '^[A-Z][A-Za-z0-9]*$';

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['operations'],
  properties: {
    operations: { type: 'array', minItems: 1, items: { type: 'string', pattern: OPERATION } },
  },
};

let operations = new Set();

export const lifecycle = {
  describe() {
    return {
      name: 'policy-js',
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
    operations = new Set(JSON.parse(settings).operations);
  },
};

export const authorization = {
  authorize({ kmsOperation }) {
    return { decision: decide(kmsOperation), freshForMs: 500 };
  },
};

function decide(operation) {
  if (operations.has(operation)) return { tag: 'abstain' };
  const reason = `the KMS operation ${operation} is not listed`;
  return { tag: 'deny', val: { statements: ['operations'], reason } };
}

/** All faults of the settings, each with what to write instead. */
function faultsOf({ operations: listed, ...others }) {
  const faults = Object.keys(others).map((path) => ({
    path,
    problem: 'no such setting',
    fix: 'remove it; known here: `operations`',
  }));
  const fault = (path, problem, fix) => faults.push({ path, problem, fix });
  if (listed === undefined) {
    fault('operations', 'missing', 'write operations = ["Encrypt", "Decrypt"]');
  } else if (!Array.isArray(listed)) {
    fault('operations', 'not a list', 'write a list of names: ["Encrypt", "Decrypt"]');
  } else if (listed.length === 0) {
    fault('operations', 'an empty list: everything would be denied', 'name an operation');
  } else {
    listed.forEach((operation, index) => {
      if (typeof operation === 'string' && operation.match(OPERATION)) return;
      const fix = 'write it as AWS does, for example "GenerateDataKey"';
      fault(`operations[${index}]`, 'not the name of a KMS operation', fix);
    });
  }
  return faults;
}
