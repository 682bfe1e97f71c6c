import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ActivityLog, LoggedRecord, PersonalLog } from '../../src/datasources/activity-log/port.ts';
import type { ActivityStore } from '../../src/datasources/activity-store/port.ts';
import {
  type FailedActivities,
  failureOf,
  type PersonalFailures,
} from '../../src/datasources/failed-activities/port.ts';
import {
  EXPORT_START,
  type ExportedBatch,
  type PersonalData,
  type PersonalRecord,
} from '../../src/datasources/personal-data.ts';
import type { LogRecord } from '../../src/domain/activity.ts';
import type { Erasure } from '../../src/domain/erasure.ts';
import type { Json } from '../../src/domain/json.ts';
import { type LeadIdentity, type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import { marketoLeadId } from '../../src/domain/marketo-ids.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, HOUR, NOW, WHOLE_TIMELINE } from '../support/activities.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`erase-${process.pid}-${tenants++}`);
const ANN: LeadIdentity = { kind: 'known', externalId: 'ann' };
const PHONE: LeadIdentity = { kind: 'anonymous', anonymousId: 'ann' };
const BOB: LeadIdentity = { kind: 'known', externalId: 'bob' };
const keyOf = (tenant: Tenant, identity: LeadIdentity) => leadKey(tenant.idSpace, identity);
const annOf = (tenant: Tenant) => [keyOf(tenant, ANN), keyOf(tenant, PHONE)];
let erasures = 0;
const erasureOf = (tenant: Tenant): Erasure => ({
  id: `erasure-${erasures++}`,
  leads: annOf(tenant),
  at: NOW,
});
const NOBODY: Erasure = { id: 'nobody', leads: [], at: NOW };
const forged = { id: 'acme' } as unknown as Tenant;
const isForbidden = (error: unknown) => error instanceof DomainError && error.code === 'FORBIDDEN';

const update = (identity: LeadIdentity, more: Partial<LeadUpdate> = {}): LeadUpdate => ({
  identity,
  email: null,
  traits: {},
  links: [],
  at: NOW,
  ...more,
});

/** All records of an export, which must go on with the rest from behind each batch. */
async function all(exported: (after: string) => AsyncIterable<ExportedBatch>): Promise<PersonalRecord[]> {
  const batches: ExportedBatch[] = [];
  for await (const batch of exported(EXPORT_START)) batches.push(batch);
  for (const [index, { next }] of batches.entries()) {
    const rest: PersonalRecord[] = [];
    for await (const { records } of exported(next)) rest.push(...records);
    assert.deepEqual(
      rest,
      batches.slice(index + 1).flatMap(({ records }) => records),
    );
  }
  return batches.flatMap(({ records }) => records);
}

type Opened<Port> = { readonly port: Port; close(): Promise<void> };

/** What every log that can forget must keep. */
export function personalLogContract(
  name: string,
  open: () => Promise<Opened<ActivityLog & PersonalLog>>,
): void {
  describe(`personal data in the activity log: ${name}`, () => {
    let fixture: Opened<ActivityLog & PersonalLog>;
    let log: ActivityLog & PersonalLog;
    before(async () => {
      fixture = await open();
      log = fixture.port;
    });
    after(() => fixture.close());

    const read = async (tenant: Tenant): Promise<LoggedRecord[]> => {
      const found: LoggedRecord[] = [];
      for (const { partition, first } of await log.partitions(signal))
        for await (const batch of log.read(partition, first, signal))
          found.push(...batch.filter(({ tenantId }) => tenantId === tenant.id));
      return found;
    };
    const activity = (tenant: Tenant, who: string): LogRecord => ({
      kind: 'activity',
      activity: anActivity(tenant.id, { externalId: who, attributes: { link: `of ${who}` } }),
    });
    const ofPhone = (tenant: Tenant): LogRecord => ({
      kind: 'activity',
      activity: anActivity(tenant.id, { anonymousId: 'ann' }),
    });

    test('an erased person leaves tombstones: no position moves, and others stay as they were', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      const records: LogRecord[] = [
        activity(tenant, 'ann'),
        activity(tenant, 'bob'),
        ofPhone(tenant),
        { kind: 'lead', update: update(ANN, { email: 'ann@example.com', links: [PHONE] }) },
        {
          kind: 'lead',
          update: update(BOB, {
            traits: { plan: 'pro' },
            links: [PHONE, { kind: 'anonymous', anonymousId: 'b' }],
          }),
        },
        { kind: 'campaign', campaign: { id: 'c', name: 'Spring', createdAt: NOW } },
      ];
      const positions = await log.append(tenant, records, signal);
      const others = [activity(other, 'ann')];
      await log.append(other, others, signal);
      const erasure = erasureOf(tenant);
      const [place] = await log.append(tenant, [{ kind: 'erasure', erasure }], signal);
      const later = activity(tenant, 'ann');
      const [position] = await log.append(tenant, [later], signal);
      for (let time = 0; time < 2; time += 1) {
        await log.erase(tenant, erasure, signal);
        const expected: LogRecord[] = [
          { kind: 'erased' },
          records[1] as LogRecord,
          { kind: 'erased' },
          { kind: 'erased' },
          {
            kind: 'lead',
            update: update(BOB, {
              traits: { plan: 'pro' },
              links: [{ kind: 'anonymous', anonymousId: 'b' }],
            }),
          },
          records[5] as LogRecord,
          { kind: 'erasure', erasure },
          later,
        ];
        const places = [...positions, place, position];
        assert.deepEqual(
          await read(tenant),
          expected.map((record, index) => ({
            position: places[index],
            tenantId: tenant.id,
            record,
          })),
        );
        assert.deepEqual(
          (await read(other)).map(({ record }) => record),
          others,
        );
      }
      assert.deepEqual(await all((after) => log.export(tenant, annOf(tenant), after, signal)), [
        { kind: 'logRecord', data: later },
      ]);
    });

    test('an export has each record that is of the person or links to it', async () => {
      const tenant = newTenant();
      const records = [activity(tenant, 'ann'), activity(tenant, 'bob'), ofPhone(tenant)];
      await log.append(tenant, records, signal);
      assert.deepEqual(await all((after) => log.export(tenant, annOf(tenant), after, signal)), [
        { kind: 'logRecord', data: records[0] },
        { kind: 'logRecord', data: records[2] },
      ]);
    });

    test('appends go on while a person is erased', async () => {
      const tenant = newTenant();
      const mine = Array.from({ length: 300 }, (_, n) => activity(tenant, n % 2 === 0 ? 'ann' : 'bob'));
      await log.append(tenant, mine, signal);
      const erasure = erasureOf(tenant);
      await log.append(tenant, [{ kind: 'erasure', erasure }], signal);
      let isErasing = true;
      const erased = log.erase(tenant, erasure, signal).finally(() => {
        isErasing = false;
      });
      const later: LogRecord[] = [];
      do {
        const batch = [activity(tenant, 'ann'), activity(tenant, 'bob')];
        await log.append(tenant, batch, signal);
        later.push(...batch);
        await read(tenant);
      } while (isErasing);
      await erased;
      assert.deepEqual(
        (await read(tenant)).map(({ record }) => record),
        [
          ...mine.map((record, n) => (n % 2 === 0 ? { kind: 'erased' } : record)),
          { kind: 'erasure', erasure },
          ...later,
        ],
      );
    });

    test('an object that only looks like a tenant is refused', async () => {
      await assert.rejects(log.erase(forged, NOBODY, signal), isForbidden);
      await assert.rejects(
        all((after) => log.export(forged, [], after, signal)),
        isForbidden,
      );
    });
  });
}

/** What every store of activities must keep when a person is erased. */
export function personalStoreContract(
  name: string,
  open: () => Promise<Opened<ActivityStore & PersonalData>>,
): void {
  describe(`personal data in the activity store: ${name}`, () => {
    let fixture: Opened<ActivityStore & PersonalData>;
    let store: ActivityStore & PersonalData;
    before(async () => {
      fixture = await open();
      store = fixture.port;
    });
    after(() => fixture.close());

    const fill = async (tenant: Tenant) => {
      const activities = [
        anActivity(tenant.id, { externalId: 'ann', occurredAt: NOW, attributes: { link: 'x' } }),
        anActivity(tenant.id, { anonymousId: 'ann', occurredAt: NOW - HOUR }),
        anActivity(tenant.id, { externalId: 'bob', occurredAt: NOW - HOUR }),
      ];
      await store.write(tenant, activities, signal);
      const updates = [
        update(ANN, { email: 'ann@example.com', traits: { plan: 'pro' }, links: [PHONE] }),
        update(BOB, { email: 'bob@example.com', links: [{ kind: 'anonymous', anonymousId: 'b' }] }),
      ];
      await store.updateLeads(tenant, updates, signal);
      return activities;
    };
    const timeline = async (tenant: Tenant, identity: LeadIdentity) => {
      const request = { ...WHOLE_TIMELINE, leadKey: keyOf(tenant, identity), first: 50 };
      const [page] = await store.timelines(tenant, [request], signal);
      return page?.activities.map(({ id }) => id);
    };

    test('an erased person has no activity, lead or link left, and others have all of theirs', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      const [first, second, third] = await fill(tenant);
      const others = await fill(other);
      assert.ok(first && second && third && others[0]);
      const bob = await store.persons(tenant, [keyOf(tenant, BOB)], signal);
      for (let time = 0; time < 2; time += 1) {
        await store.erase(tenant, erasureOf(tenant), signal);
        assert.deepEqual(await store.activities(tenant, [first.id, second.id, third.id], signal), [
          null,
          null,
          third,
        ]);
        assert.deepEqual(await store.leads(tenant, annOf(tenant), signal), [null, null]);
        assert.deepEqual(await timeline(tenant, ANN), []);
        assert.deepEqual(await timeline(tenant, PHONE), []);
        assert.deepEqual(await store.persons(tenant, [keyOf(tenant, BOB)], signal), bob);
        assert.deepEqual(await timeline(tenant, BOB), [third.id]);
        const theirs = await store.activities(other, [others[0].id], signal);
        assert.deepEqual(theirs, [others[0]]);
      }
    });

    test('later activities are of a new person, with the same key, and of the same message too', async () => {
      const tenant = newTenant();
      const [first] = await fill(tenant);
      assert.ok(first);
      await store.erase(tenant, erasureOf(tenant), signal);
      assert.deepEqual(await store.write(tenant, [first], signal), [{ status: 'stored', id: first.id }]);
      const [lead] = await store.leads(tenant, [keyOf(tenant, ANN)], signal);
      assert.equal(lead?.email, null);
      assert.deepEqual(lead?.aliases, []);
      assert.equal(lead?.firstSeenAt, NOW);
    });

    test('an export has identities, links and activities', async () => {
      const tenant = newTenant();
      const [first, second] = await fill(tenant);
      const records = await all((after) => store.export(tenant, annOf(tenant), after, signal));
      const by = (kind: string) => records.filter((record) => record.kind === kind).map(({ data }) => data);
      assert.deepEqual(new Set(by('activity').map(({ id }) => id)), new Set([first?.id, second?.id]));
      assert.deepEqual(by('activity').find(({ id }) => id === first?.id)?.['attributes'], { link: 'x' });
      assert.deepEqual(
        new Set(by('identity').map((identity) => identity['known'] ?? identity['anonymous'])),
        new Set(['ann']),
      );
      assert.equal(by('identity').length, 2);
      assert.deepEqual(by('link'), [
        { key: keyOf(tenant, PHONE), identity: 'ann', linkedTo: keyOf(tenant, ANN) },
      ]);
      assert.ok(JSON.stringify(by('identity')).includes('ann@example.com'));
      await store.erase(tenant, erasureOf(tenant), signal);
      assert.deepEqual(await all((after) => store.export(tenant, annOf(tenant), after, signal)), []);
    });

    test('an object that only looks like a tenant is refused', async () => {
      await assert.rejects(store.erase(forged, NOBODY, signal), isForbidden);
    });
  });
}

/** What every log of failed activities must keep when a person is erased. */
export function personalFailuresContract(
  name: string,
  open: () => Promise<Opened<FailedActivities & PersonalFailures>>,
): void {
  describe(`personal data in the failed activities: ${name}`, () => {
    let fixture: Opened<FailedActivities & PersonalFailures>;
    let failures: FailedActivities & PersonalFailures;
    before(async () => {
      fixture = await open();
      failures = fixture.port;
    });
    after(() => fixture.close());

    /** Bodies of every dialect, and whether they are of Ann. */
    const bodies = (tenant: Tenant): readonly (readonly [Json, boolean])[] => [
      [{ messageId: '1', externalId: 'ann', type: 'x', attributes: {} }, true],
      [{ messageId: '2', anonymousId: 'ann', type: 'x' }, true],
      [{ externalId: 'bob', aliases: ['zoe', 'ann'] }, true],
      [{ messageId: '3', type: 'track', userId: 'ann', properties: { a: 1 } }, true],
      [{ messageId: '4', type: 'alias', previousId: 'ann', userId: 'bob' }, true],
      [{ messageId: '5', type: 'identify', traits: { email: 'Ann@Example.com' } }, true],
      [{ messageId: '6', type: 'page', context: { page: { url: 'https://x.de/?q=ann@example.com' } } }, true],
      [{ leadId: marketoLeadId({ key: keyOf(tenant, ANN), externalId: 'ann' }), activityDate: 'x' }, true],
      [
        { kind: 'activity', activity: { messageId: '7', identity: { kind: 'known', externalId: 'ann' } } },
        true,
      ],
      [{ kind: 'lead', update: { identity: { kind: 'anonymous', anonymousId: 'ann' } } }, true],
      [{ messageId: '8', externalId: 'bob', attributes: { externalId: 'ann', name: 'ann' } }, false],
      [{ messageId: '9', externalId: 'ann-marie', type: 'ann' }, false],
      [{ messageId: '10', userId: 'bob', traits: { email: 'joann@example.com' } }, false],
      [{ leadId: 5, activityDate: 'x' }, false],
      ['ann', false],
      [null, false],
    ];
    const put = async (tenant: Tenant): Promise<{ theirs: Set<string>; others: Set<string> }> => {
      const [theirs, others] = [new Set<string>(), new Set<string>()];
      const made = bodies(tenant).map(([body, isTheirs], index) => {
        const failure = failureOf(tenant.idSpace, {
          failedAt: NOW,
          source: 'segment',
          kind: 'activity',
          code: 'INVALID_VALUE',
          message: `This is wrong ${index}.`,
          path: null,
          body,
        });
        (isTheirs ? theirs : others).add(failure.id);
        return failure;
      });
      await failures.put(tenant, made, signal);
      return { theirs, others };
    };
    const idsOf = async (tenant: Tenant, ids: ReadonlySet<string>) =>
      new Set((await failures.get(tenant, [...ids], signal)).flatMap((failure) => failure?.id ?? []));
    const annIn = (tenant: Tenant) => ({ leads: annOf(tenant), emails: ['ann@example.com'] });

    test('failures that mention the person are gone, and no others', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      const { theirs, others } = await put(tenant);
      const elsewhere = await put(other);
      for (let time = 0; time < 2; time += 1) {
        await failures.erase(tenant, annIn(tenant), signal);
        assert.deepEqual(await idsOf(tenant, theirs), new Set());
        assert.deepEqual(await idsOf(tenant, others), others);
        assert.deepEqual(await idsOf(other, elsewhere.theirs), elsewhere.theirs);
      }
    });

    test('an export has the failures that mention the person, with their bodies', async () => {
      const tenant = newTenant();
      const { theirs } = await put(tenant);
      const records = await all((after) => failures.export(tenant, annIn(tenant), after, signal));
      assert.deepEqual(new Set(records.map(({ data }) => data['id'])), theirs);
      assert.ok(records.every(({ kind }) => kind === 'failedActivity'));
      const texts = new Set(records.map(({ data }) => JSON.stringify(data['body'])));
      for (const [body, isTheirs] of bodies(tenant)) assert.equal(texts.has(JSON.stringify(body)), isTheirs);
    });

    test('an object that only looks like a tenant is refused', async () => {
      await assert.rejects(failures.erase(forged, { leads: [], emails: [] }, signal), isForbidden);
      await assert.rejects(
        all((after) => failures.export(forged, { leads: [], emails: [] }, after, signal)),
        isForbidden,
      );
    });
  });
}
