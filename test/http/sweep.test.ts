import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCOPES, type Scope } from '../../src/auth/viewer.ts';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { plant, type TenantId } from '../support/sweep/plant.ts';
import { leaksIn, type Role, sweep } from '../support/sweep/sweep.ts';

describe('everything that the schema has, asked as everybody', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation({
      MAX_DEPTH: '60',
      MAX_ALIASES: '10000',
      MAX_ROOT_FIELDS: '100',
      MAX_TOKENS: '1000000',
      MAX_COST: '10000000',
      COST_BUDGET: '1000000000',
      COST_RESTORE_PER_SECOND: '1000000000',
      REQUEST_TIMEOUT_MS: '120000',
      SETTLE_MS: '0',
      MAX_ANSWER_BYTES: '268435456',
    });
    for (const tenant of ['one', 'two'] as const) await plant(installation, tenant);
  });
  after(() => installation.close());

  test('no answer holds a word of another tenant, nor a personal one without leads:pii, and none is INTERNAL', async (t) => {
    const role = async (tenant: TenantId, scopes: readonly Scope[], name: string): Promise<Role> => ({
      name: `${tenant} ${name}`,
      tenant,
      scopes,
      token: await installation.token(tenant, scopes),
    });
    const writeKey = await installation.application.directory.createKey({
      tenantId: 'one',
      kind: 'write',
      scopes: [],
      name: 'w',
    });
    const withoutPii = ALL_SCOPES.filter((scope) => scope !== 'leads:pii');
    const readers = [await role('one', ALL_SCOPES, 'all')];
    const wide = [await role('one', withoutPii, 'all but leads:pii'), await role('two', ALL_SCOPES, 'all')];
    const roles = [
      ...readers,
      ...wide,
      { name: 'nobody', tenant: null, scopes: [], token: undefined },
      { name: 'one write key', tenant: 'one' as const, scopes: [], token: writeKey },
      ...(await Promise.all(SCOPES.map((scope) => role('one', [scope], scope)))),
      await role('two', withoutPii, 'all but leads:pii'),
      await role('two', [], 'none'),
    ];
    const result = await sweep(installation, { roles, wide, most: 3 });
    const { fields, arguments: args } = result;
    t.diagnostic(
      `${result.requests} requests; ${fields.covered - fields.missing.length} of ${fields.covered} object fields, ` +
        `${args.covered - args.missing.length} of ${args.covered} arguments and fields of inputs`,
    );
    if (fields.missing.length + args.missing.length > 0)
      t.diagnostic(`not covered: ${[...fields.missing, ...args.missing].join(', ')}`);
    assert.deepEqual(result.faults, []);
    assert.deepEqual(fields.missing, []);
    assert.deepEqual(args.missing, []);
  });

  test('the sweep finds what it looks for', () => {
    const one = { tenant: 'one', scopes: ['activities:read'] } as const;
    assert.deepEqual(leaksIn('{"a":"zopen2x1"}', new Set(), one), ['zopen2x1']);
    assert.deepEqual(leaksIn('{"a":"zopen2x1"}', new Set(['zopen2x1']), one), []);
    assert.deepEqual(leaksIn('{"a":"zopen1x1 zpii1x1"}', new Set(), one), ['zpii1x1']);
    assert.deepEqual(leaksIn('{"a":"zpii1x1"}', new Set(), { ...one, scopes: ['leads:pii'] }), []);
  });
});
