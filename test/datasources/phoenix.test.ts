import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type Directory, directoryOn } from '../../src/auth/directory.ts';
import { migratePhoenix, phoenixTables } from '../../src/datasources/activity-store/phoenix/schema.ts';
import type { ActivityStore } from '../../src/datasources/activity-store/port.ts';
import { createPhoenixDirectory } from '../../src/datasources/directory/phoenix.ts';
import { openPhoenix } from '../../src/datasources/phoenix/client.ts';
import type { CustomType } from '../../src/domain/activity.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError, type ErrorCode } from '../../src/lib/errors.ts';
import { anActivity, HOUR, NOW, WHOLE_TIMELINE } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { dropPhoenix, openTestPhoenix, settledPhoenix } from '../support/phoenix.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`phoenix-${process.pid}-${tenants++}`);
const known = (tenant: Tenant, externalId: string) => leadKey(tenant.idSpace, { kind: 'known', externalId });
const whole = { ...WHOLE_TIMELINE, first: 100 };
const failsWith = (code: ErrorCode) => (error: unknown) =>
  error instanceof DomainError && error.code === code;

describe('phoenix', { skip: engineSkip('phoenix') }, () => {
  let fixture: Awaited<ReturnType<typeof openTestPhoenix>>;
  let store: ActivityStore;
  before(async () => {
    fixture = await openTestPhoenix();
    store = settledPhoenix(fixture.client, fixture);
  });
  after(() => fixture.drop());

  test('whatever two tenants of the same names do, each sees what it did and nothing else', async () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const action = fc.record({
      by: fc.constantFrom(0, 1),
      messageId: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
      lead: name,
      campaign: name,
      hour: fc.integer({ min: 0, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
        const both = [newTenant(), newTenant()] as const;
        const kept = both.map(() => new Map<string, (typeof actions)[number]>());
        for (const each of actions) {
          const tenant = both[each.by as 0 | 1];
          if (!kept[each.by]?.has(each.messageId)) kept[each.by]?.set(each.messageId, each);
          await store.write(
            tenant,
            [
              anActivity(tenant.id, {
                messageId: each.messageId,
                externalId: each.lead,
                campaign: { id: each.campaign, name: `${tenant.id} ${each.campaign}` },
                occurredAt: NOW + each.hour * HOUR,
              }),
            ],
            signal,
          );
        }
        for (const [index, tenant] of both.entries()) {
          const mine = [...(kept[index]?.values() ?? [])];
          // By the keys of both tenants: those of the other lead nowhere.
          for (const owner of both)
            for (const lead of ['a', 'b', 'c']) {
              const [page] = await store.timelines(
                tenant,
                [{ leadKey: known(owner, lead), ...whole }],
                signal,
              );
              assert.deepEqual(
                page?.activities.map(({ messageId }) => messageId).sort(),
                owner === tenant
                  ? mine
                      .filter((each) => each.lead === lead)
                      .map(({ messageId }) => messageId)
                      .sort()
                  : [],
              );
            }
          const campaigns = await store.listCampaigns(tenant, 10, null, signal);
          assert.deepEqual(
            campaigns.map((campaign) => campaign.name),
            [...new Set(mine.map(({ campaign }) => `${tenant.id} ${campaign}`))].sort(),
          );
        }
      }),
      { numRuns: 8, seed: 7 },
    );
  });

  test('types that processes declare at once get numbers of their own, without gaps, and each one number', async () => {
    const tenant = newTenant();
    const type = (n: number): CustomType => ({
      name: `Type ${n}`,
      category: 'CUSTOM',
      description: '',
      attributes: [],
      conversion: false,
    });
    const clients = [fixture.client, fixture.another(), fixture.another()];
    const stores = clients.map((client) => settledPhoenix(client, fixture));
    // Every type by two processes, in different orders.
    const calls = Array.from({ length: 8 }, (_, n) => n).flatMap((n) => [
      stores[n % 3]?.defineType(tenant, type(n), signal),
      stores[(n + 1) % 3]?.defineType(tenant, type(7 - n), signal),
    ]);
    const defined = await Promise.all(calls);
    const numbers = new Map(defined.map((each) => [each?.name, each?.number]));
    for (const each of defined) assert.equal(numbers.get(each?.name), each?.number);
    assert.deepEqual(
      [...numbers.values()].sort(),
      Array.from({ length: 8 }, (_, n) => 100_001 + n),
    );
    assert.deepEqual(
      (await store.customTypes(tenant, signal)).map(({ name, number }) => [name, number]),
      [...numbers].sort((a, b) => Number(a[1]) - Number(b[1])),
    );
    for (const client of clients.slice(1)) await client.close();
  });

  test('of two definitions of a name that are declared at once, one is refused', async () => {
    const tenant = newTenant();
    const other = fixture.another();
    const type: CustomType = {
      name: 'T',
      category: 'CUSTOM',
      description: '',
      attributes: [],
      conversion: false,
    };
    const outcomes = await Promise.allSettled([
      store.defineType(tenant, type, signal),
      settledPhoenix(other, fixture).defineType(tenant, { ...type, conversion: true }, signal),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    assert.ok(failsWith('BAD_USER_INPUT')(refused?.reason));
    await other.close();
  });

  test('a campaign named by many processes at once has one of the names and the earliest time', async () => {
    const tenant = newTenant();
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        store.putCampaigns(
          tenant,
          [{ id: 'c', name: n < 6 ? 'c' : `Name ${n}`, createdAt: NOW - n }],
          signal,
        ),
      ),
    );
    const [campaign] = await store.campaigns(tenant, ['c'], signal);
    assert.match(campaign?.name ?? '', /^Name \d+$/);
    assert.equal(campaign?.createdAt, NOW - 11);
    await store.putCampaigns(tenant, [{ id: 'c', name: 'Too late', createdAt: NOW }], signal);
    assert.deepEqual(await store.campaigns(tenant, ['c'], signal), [campaign]);
  });

  test('1,000 ids and more are answered in a few statements, in their order', async () => {
    const tenant = newTenant();
    const activities = Array.from({ length: 1_500 }, (_, n) =>
      anActivity(tenant.id, { externalId: `l-${n % 300}`, occurredAt: NOW + n }),
    );
    await store.write(tenant, activities, signal);
    let statements = 0;
    const counted = settledPhoenix(
      {
        query(text, values, options) {
          statements += 1;
          return fixture.client.query(text, values, options);
        },
        batch: (text, rows, options) => fixture.client.batch(text, rows, options),
      },
      fixture,
    );
    const ids = activities.map(({ id }) => id).reverse();
    assert.deepEqual(await counted.activities(tenant, ids, signal), [...activities].reverse());
    assert.equal(statements, 2);
  });

  test('tables can be made by several processes at once and again, and with a retention', async () => {
    const schema = `${fixture.schema}R`;
    const options = { schema, retentionSeconds: 8 };
    const other = fixture.another();
    await Promise.all([migratePhoenix(fixture.client, options), migratePhoenix(other, options)]);
    await migratePhoenix(other, options);
    const tenant = newTenant();
    // Where old rows go away, so would what marks a timeline as linked: links are found without it.
    const kept = settledPhoenix(other, options);
    const sent = ['a', 'b'].map((externalId) => anActivity(tenant.id, { externalId }));
    await kept.write(tenant, sent, signal);
    const link = { kind: 'known', externalId: 'b' } as const;
    await kept.updateLeads(
      tenant,
      [{ identity: { kind: 'known', externalId: 'a' }, email: null, traits: {}, links: [link], at: NOW }],
      signal,
    );
    await other.query(`DELETE FROM ${schema}.ACTIVITIES WHERE TYPE IS NULL`);
    for (const lead of ['a', 'b']) {
      const [page] = await kept.timelines(tenant, [{ leadKey: known(tenant, lead), ...whole }], signal);
      assert.equal(page?.activities.length, 2);
    }
    const ids = sent.map(({ id }) => id);
    for (const deadline = Date.now() + 60_000; ; await sleep(250)) {
      const found = await kept.activities(tenant, ids, signal);
      if (found.every((activity) => activity === null)) break;
      assert.ok(Date.now() < deadline, 'rows outlive their retention');
    }
    assert.deepEqual(
      await kept.write(tenant, sent, signal),
      ids.map((id) => ({ status: 'stored', id })),
    );
    await dropPhoenix(other, schema);
    await other.close();
  });

  test('a schema that is no name is refused before anything is sent', async () => {
    for (const schema of ['', 'a', 'A;B', 'A.B', '1A', 'A"'])
      await assert.rejects(migratePhoenix(fixture.client, { schema }), failsWith('BAD_USER_INPUT'));
    assert.throws(() => phoenixTables('X Y'), failsWith('BAD_USER_INPUT'));
  });

  test('an engine that is not there is BACKEND_UNAVAILABLE, one that is too slow is TIMEOUT, both worth a retry', async () => {
    const tenant = newTenant();
    const nowhere = openPhoenix({ url: 'http://127.0.0.1:9', timeoutMs: 5_000 });
    const away = settledPhoenix(nowhere, fixture);
    const isRetryable = (code: ErrorCode) => (error: unknown) =>
      failsWith(code)(error) && (error as DomainError).retryable && !/127|SELECT|UPSERT/.test(String(error));
    await assert.rejects(
      away.write(tenant, [anActivity(tenant.id)], signal),
      isRetryable('BACKEND_UNAVAILABLE'),
    );
    await assert.rejects(
      away.timelines(tenant, [{ leadKey: known(tenant, 'a'), ...whole }], signal),
      isRetryable('BACKEND_UNAVAILABLE'),
    );
    await nowhere.close();
    const hasty = settledPhoenix(fixture.client, { ...fixture, timeoutMs: 1 });
    const many = Array.from({ length: 500 }, () => anActivity(tenant.id));
    await assert.rejects(hasty.write(tenant, many, signal), isRetryable('TIMEOUT'));
  });

  test('a call that is aborted in the middle ends with the reason, and the same call again is whole', async () => {
    const tenant = newTenant();
    const many = Array.from({ length: 1_000 }, () => anActivity(tenant.id));
    const stop = new AbortController();
    const reason = new DomainError('TIMEOUT', 'enough');
    const cut = settledPhoenix(
      {
        query: (text, values, options) => fixture.client.query(text, values, options),
        batch(text, rows, options) {
          if (text.includes('CLAIMS')) stop.abort(reason);
          return fixture.client.batch(text, rows, options);
        },
      },
      fixture,
    );
    await assert.rejects(cut.write(tenant, many, stop.signal), reason);
    await store.write(tenant, many, signal);
    const found = await store.activities(
      tenant,
      many.map(({ id }) => id),
      signal,
    );
    assert.deepEqual(found, many);
  });

  describe('tenants and keys', () => {
    let directory: Directory;
    before(async () => {
      directory = directoryOn(createPhoenixDirectory(fixture.client, fixture));
      await directory.createTenant('acme', 'Acme');
    });
    const fresh = (): Directory => directoryOn(createPhoenixDirectory(fixture.client, fixture));
    const idOf = async (secret: string): Promise<string> => (await directory.findKey(secret))?.keyId ?? '';

    test('a tenant is there once it is made, and stays as it is when it is made again', async () => {
      assert.equal(await directory.tenant('globex'), undefined);
      await directory.createTenant('globex', 'Globex');
      await directory.createTenant('globex', 'Another');
      assert.equal((await fresh().tenant('globex'))?.name, 'Globex');
      await assert.rejects(directory.createTenant("a'; DROP", 'x'), failsWith('BAD_USER_INPUT'));
    });

    test('a key is found by its secret, of which nothing is stored but the hash', async () => {
      const secret = await directory.createKey({
        tenantId: 'acme',
        kind: 'api',
        scopes: ['activities:read', 'leads:pii'],
        name: 'dashboard',
        expiresAt: 9e12,
      });
      assert.deepEqual(await fresh().findKey(secret), {
        keyId: await idOf(secret),
        tenantId: 'acme',
        kind: 'api',
        scopes: ['activities:read', 'leads:pii'],
        expiresAt: 9e12,
        revokedAt: null,
      });
      const { rows } = await fixture.client.query(`SELECT * FROM ${fixture.schema}.API_KEYS`);
      for (let start = 3; start + 8 <= secret.length; start += 1)
        assert.ok(
          !JSON.stringify(rows).includes(secret.slice(start, start + 8)),
          'a part of the secret is stored',
        );
      assert.equal(await directory.findKey(`${secret}x`), undefined);
    });

    test('a write key can only write; a key of no tenant is not made', async () => {
      const secret = await directory.createKey({
        tenantId: 'acme',
        kind: 'write',
        scopes: ['admin'],
        name: 'w',
      });
      assert.deepEqual((await fresh().findKey(secret))?.scopes, ['activities:write']);
      await assert.rejects(
        directory.createKey({ tenantId: 'nowhere', kind: 'api', scopes: [], name: 'n' }),
        failsWith('NOT_FOUND'),
      );
    });

    test('a key is revoked at once, for good, and with its first end; what is no key is an error', async () => {
      const secret = await directory.createKey({ tenantId: 'acme', kind: 'api', scopes: [], name: 'k' });
      const keyId = await idOf(secret);
      await directory.revokeKey(keyId);
      const revokedAt = (await directory.findKey(secret))?.revokedAt;
      assert.ok(typeof revokedAt === 'number');
      await fresh().revokeKey(keyId);
      assert.equal((await fresh().findKey(secret))?.revokedAt, revokedAt);
      for (const id of ['', 'none', 'AAAAAAAAAAAA'])
        await assert.rejects(directory.revokeKey(id), failsWith('NOT_FOUND'));
    });
  });
});
