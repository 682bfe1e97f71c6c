import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { pythonSkip, pythonWith, RegistryUnreachable, runPython } from '../support/python.ts';

const PACKAGES = [
  'gql==3.5.3',
  'graphql-core==3.2.6',
  'anyio==4.11.0',
  'sniffio==1.3.1',
  'typing_extensions==4.15.0',
  'yarl==1.22.0',
  'multidict==6.7.0',
  'propcache==0.4.1',
  'backoff==2.2.1',
  'requests==2.32.5',
  'requests-toolbelt==1.0.0',
  'urllib3==2.5.0',
  'idna==3.11',
  'certifi',
  'charset-normalizer==3.4.4',
];

describe('Clients for Python read the schema', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation();
  });
  after(() => installation.close());

  test('gql 3.5.3 with graphql-core 3.2.6', { skip: pythonSkip() }, async (t) => {
    let python: string;
    try {
      python = await pythonWith('gql-3.5.3', PACKAGES);
    } catch (error) {
      if (error instanceof RegistryUnreachable) return t.skip(`needs gql: ${error.message}`);
      throw error;
    }
    const output = await runPython(python, join(import.meta.dirname, 'schema_reader.py'), {
      url: `${installation.address}/graphql`,
      token: await installation.token('one', ALL_SCOPES),
      query: '{ viewer { tenant { id } } activityTypes { name } }',
    });
    const { sizes, listed, used, answer } = JSON.parse(output);
    assert.ok(
      sizes.every((size: number) => size > 10_000),
      `${sizes}`,
    );
    assert.ok(listed.includes('FIELD_DEFINITION') && !listed.includes('DIRECTIVE_DEFINITION'));
    assert.ok(used.length > 0);
    assert.equal(answer.viewer.tenant.id, 'one');
  });
});
