import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { SCOPES, type Scope } from '../../../src/domain/scopes.ts';
import { ALL_SCOPES, type TestInstallation } from '../application.ts';
import { plant, type SweepTarget, type TenantId } from './plant.ts';
import { type Role, sweep } from './sweep.ts';

/** Limits of an installation that is swept: what is refused shows nothing. */
export const WIDE_LIMITS: Readonly<Record<string, string>> = {
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
  SENDS_PER_DAY: '100',
};

export const targetOf = ({ application, address, token }: TestInstallation): SweepTarget => ({
  address,
  token,
  writeKey: (tenantId) =>
    application.directory.createKey({ tenantId, kind: 'write', scopes: [], name: 'sweep' }),
});

/** Plants words in two tenants, called `one` and `two`. */
export async function plantBoth(target: SweepTarget): Promise<void> {
  for (const tenant of ['one', 'two'] as const) await plant(target, tenant);
}

/** Sweeps as every role, prints what was covered, and fails for any leak, any INTERNAL and anything not covered. */
export async function holdsTheSweep(target: SweepTarget, t: TestContext, most: number): Promise<void> {
  const role = async (tenant: TenantId, scopes: readonly Scope[], name: string): Promise<Role> => ({
    name: `${tenant} ${name}`,
    tenant,
    scopes,
    token: await target.token(tenant, scopes),
  });
  const withoutPii = ALL_SCOPES.filter((scope) => scope !== 'leads:pii');
  const wide = [await role('one', withoutPii, 'all but leads:pii'), await role('two', ALL_SCOPES, 'all')];
  const roles = [
    await role('one', ALL_SCOPES, 'all'),
    ...wide,
    { name: 'nobody', tenant: null, scopes: [], token: undefined },
    { name: 'one write key', tenant: 'one' as const, scopes: [], token: await target.writeKey('one') },
    ...(await Promise.all(SCOPES.map((scope) => role('one', [scope], scope)))),
    await role('two', withoutPii, 'all but leads:pii'),
    await role('two', [], 'none'),
  ];
  const { faults, requests, fields, arguments: args } = await sweep(target, { roles, wide, most });
  const internal = faults.filter((fault) => fault.includes('INTERNAL')).length;
  t.diagnostic(
    `${fields.covered - fields.missing.length} of ${fields.covered} object fields, ` +
      `${args.covered - args.missing.length} of ${args.covered} arguments and fields of inputs, ` +
      `${requests} requests, ${faults.length - internal} leaks and other faults, ${internal} INTERNAL`,
  );
  assert.deepEqual(faults, []);
  assert.deepEqual([...fields.missing, ...args.missing], []);
}
