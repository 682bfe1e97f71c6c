import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type JudgePorts, judgeFilter } from '../../../src/campaigns/judge-run.ts';
import { createPostgresStore } from '../../../src/datasources/activity-store/postgres/adapter.ts';
import type { Db } from '../../../src/datasources/db/db.ts';
import type { DidCondition, LeadList, PersonFilter } from '../../../src/domain/campaigns/model.ts';
import { leadKey, type Person } from '../../../src/domain/lead.ts';
import { verifyTenant } from '../../../src/domain/tenant.ts';
import { anActivity, DAY, HOUR, NOW } from '../../support/activities.ts';
import { drivers } from '../../support/databases.ts';

const signal = new AbortController().signal;
const tenant = verifyTenant('acme');
const ann = { kind: 'known', externalId: 'ann' } as const;
const device = { kind: 'anonymous', anonymousId: 'device' } as const;
const at = { occurredAt: NOW, receivedAt: NOW };

const visited = (more: Partial<DidCondition> = {}): DidCondition => ({
  op: 'did',
  type: 'Visit Webpage',
  filter: { op: 'attribute', name: 'url', test: 'in', values: ['/pricing'] },
  atLeast: 2,
  atMost: null,
  within: { amount: 7, unit: 'DAYS' },
  ...more,
});
const inList = (listId: string): PersonFilter => ({ op: 'inList', listId });
const smart = (id: string, filter: PersonFilter | null): LeadList => ({
  id,
  name: id,
  filter,
  createdAt: 0,
  updatedAt: 0,
  revision: 1,
});

describe('judging a person as of a moment', () => {
  let db: Db;
  let store: ReturnType<typeof createPostgresStore>;
  let pages = 0;
  const lists = new Map<string, LeadList>();
  const members = new Map<string, readonly string[]>();

  const ports: JudgePorts = {
    store: {
      timelines: (...call) => {
        pages += call[1].length;
        return store.timelines(...call);
      },
    },
    lists: {
      get: async (_tenant, ids) => ids.map((id) => lists.get(id) ?? null),
      listsOf: async (_tenant, keys, ids) =>
        new Set(ids.filter((id) => members.get(id)?.some((key) => keys.includes(key)))),
    },
  };
  const personOf = async (identity: typeof ann | typeof device): Promise<Person> => {
    const [person] = await store.persons(tenant, [leadKey(tenant.idSpace, identity)], signal);
    assert.ok(person);
    return person;
  };
  const judge = async (filter: PersonFilter, moment = at) =>
    judgeFilter(ports, tenant, { person: await personOf(ann), filter, at: moment }, signal);
  const countOf = async (condition: DidCondition, moment = at): Promise<number | undefined> =>
    [...(await judge(condition, moment)).facts.counts.values()][0];

  const visit = (externalId: string | null, occurredAt: number, more: object = {}) =>
    anActivity(tenant.id, {
      ...(externalId === null ? device : { externalId }),
      occurredAt,
      attributes: { url: '/pricing' },
      ...more,
    });

  before(async () => {
    const [pglite] = drivers;
    assert.ok(pglite);
    db = await pglite.open();
    store = createPostgresStore(db, []);
    await store.updateLeads(
      tenant,
      [{ identity: ann, email: 'Ann@Example.com', traits: { plan: 'pro' }, links: [device], at: NOW - DAY }],
      signal,
    );
    await store.write(
      tenant,
      [
        visit('ann', NOW),
        visit('ann', NOW - 7 * DAY),
        visit('ann', NOW - 7 * DAY + 1),
        // On the device that was linked later.
        visit(null, NOW - DAY),
        visit('ann', NOW - HOUR, { isBot: true }),
        visit('ann', NOW - HOUR, { attributes: { url: '/' } }),
        // Happened before, arrived afterwards.
        visit('ann', NOW - HOUR, { receivedAt: NOW + 1 }),
        visit('ann', NOW + 1, { receivedAt: NOW }),
        visit('bob', NOW - HOUR),
      ],
      signal,
    );
  });
  after(() => db.close());

  test('counts what arrived and happened by then, in the window, of all identities, without robots', async () => {
    assert.equal(await countOf(visited({ atLeast: 100 })), 3);
    assert.equal(await countOf(visited({ atLeast: 100, within: null })), 4);
    assert.equal(await countOf(visited({ atLeast: 100, filter: null })), 4);
    assert.equal(await countOf(visited({ atLeast: 100 }), { ...at, receivedAt: NOW + 1 }), 4);
    assert.equal(
      await countOf(visited({ atLeast: 100, within: null }), { ...at, occurredAt: NOW - DAY - 1 }),
      2,
    );
  });

  test('an upper bound counts one beyond it, and no lower bound decides at once', async () => {
    const judged = await judge(visited({ atLeast: 0, atMost: 2 }));
    assert.equal(judged.result.holds, false);
    assert.equal((await judge(visited({ atLeast: 0, atMost: 3 }))).result.holds, true);
    assert.equal((await judge(visited({ atLeast: 3, atMost: 3 }))).result.holds, true);
  });

  test('several conditions on one type read its activities once, each with its own window', async () => {
    pages = 0;
    const { facts } = await judge({
      op: 'or',
      filters: [
        visited({ atLeast: 100, within: { amount: 2, unit: 'HOURS' } }),
        visited({ atLeast: 100, within: { amount: 2, unit: 'DAYS' } }),
        visited({ atLeast: 100 }),
      ],
    });
    assert.deepEqual([...facts.counts.values()], [1, 2, 3]);
    assert.equal(pages, 1);
  });

  test('more activities than a page are counted, and reading ends when the count decides', async () => {
    const many = Array.from({ length: 700 }, (_, index) =>
      anActivity(tenant.id, { externalId: 'ann', type: 'Click Link', occurredAt: NOW - index * 1_000 }),
    );
    await store.write(tenant, many, signal);
    const clicked = { ...visited({ within: null }), type: 'Click Link', filter: null };
    assert.equal(await countOf({ ...clicked, atLeast: 1_000 }), 700);
    pages = 0;
    assert.equal((await judge({ ...clicked, atLeast: 10 })).result.holds, true);
    assert.equal(pages, 1);
  });

  test('traits, ids and addresses are those of the person', async () => {
    const { result } = await judge({
      op: 'and',
      filters: [
        { op: 'trait', name: 'plan', test: 'in', values: ['pro'] },
        { op: 'identity', field: 'email', values: ['ann@example.com'] },
        { op: 'identity', field: 'externalId', values: ['ann'] },
        { op: 'isKnown', value: true },
        { op: 'not', filter: { op: 'identity', field: 'externalId', values: ['device'] } },
      ],
    });
    assert.equal(result.holds, true, JSON.stringify(result));
  });

  test('static lists have members by any key of the person; smart lists are judged in their place', async () => {
    lists.set('devices', smart('devices', null));
    lists.set('empty', smart('empty', null));
    lists.set('pros', smart('pros', { op: 'and', filters: [inList('devices'), visited()] }));
    lists.set('outer', smart('outer', inList('pros')));
    members.set('devices', [leadKey(tenant.idSpace, device)]);
    assert.equal((await judge(inList('outer'))).result.holds, true);
    assert.equal((await judge(inList('empty'))).result.holds, false);
    assert.equal((await judge(inList('deleted'))).result.holds, false);
    assert.equal((await judge({ op: 'not', filter: inList('deleted') })).result.holds, true);
    members.set('devices', []);
    assert.equal((await judge(inList('outer'))).result.holds, false);
  });

  test('lists that name one another in a circle have no members, and end', async () => {
    lists.set('egg', smart('egg', inList('hen')));
    lists.set('hen', smart('hen', inList('egg')));
    assert.equal((await judge(inList('egg'))).result.holds, false);
  });
});
