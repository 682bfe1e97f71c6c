import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';

const NAMES = Object.getOwnPropertyNames(Object.prototype);
const OTHER = 'other';

describe('Names that every JavaScript object has are names like any other', () => {
  let installation: TestInstallation;
  let token: string;
  before(async () => {
    installation = await openInstallation();
    token = await installation.token('one', ALL_SCOPES);
  });
  after(() => installation.close());

  const ask = async (query: string, rest: string): Promise<string> => {
    const response = await fetch(`${installation.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: `{"query":${JSON.stringify(query)}${rest}}`,
    });
    return (await response.text())
      .replace(/,"extensions":\{"cost".*$/s, '')
      .replace(/"requestId":"[^"]*"/g, '"requestId":"…"')
      .replace(/"column":\d+/g, '"column":0');
  };

  const forms: Record<string, (name: string) => readonly [query: string, rest: string]> = {
    alias: (name) => [`{ ${name}: viewer { ${name}: tenant { ${name}: id } } }`, ''],
    'alias of what fails': (name) => [`{ ${name}: activity(id: "x") { id } }`, ''],
    variable: (name) => [
      `query ($${name}: ID!) { activity(id: $${name}) { id } }`,
      `,"variables":{"${name}":"x"}`,
    ],
    'variable that is missing': (name) => [`query ($${name}: ID!) { activity(id: $${name}) { id } }`, ''],
    'variable with a default': (name) => [
      `query ($${name}: ID! = "x") { activity(id: $${name}) { id } }`,
      '',
    ],
    fragment: (name) => [`{ viewer { ...${name} } } fragment ${name} on Viewer { tenant { id } }`, ''],
    operation: (name) => [`query ${name} { viewer { tenant { id } } }`, `,"operationName":"${name}"`],
    'operation that is not there': (name) => [
      'query A { viewer { tenant { id } } }',
      `,"operationName":"${name}"`,
    ],
  };
  for (const [form, make] of Object.entries(forms))
    test(form, async () => {
      const expected = await ask(...make(OTHER));
      for (const name of NAMES)
        for (let time = 0; time < 4; time += 1)
          assert.equal((await ask(...make(name))).replaceAll(name, OTHER), expected, `${name}, time ${time}`);
    });
});
