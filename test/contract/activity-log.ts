import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ActivityLog, LoggedRecord, LogPosition } from '../../src/datasources/activity-log/port.ts';
import type { LogRecord } from '../../src/domain/activity.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, NOW } from '../support/activities.ts';

export type LogFixture = { readonly log: ActivityLog; close(): Promise<void> };
const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`log-${process.pid}-${tenants++}`);
const activities = (tenant: Tenant, count: number): LogRecord[] =>
  Array.from({ length: count }, () => ({ kind: 'activity', activity: anActivity(tenant.id) }));

/** Everything a reader gets from a position on, as it is now. */
async function readFrom(log: ActivityLog, partition: number, offset: number): Promise<LoggedRecord[]> {
  const found: LoggedRecord[] = [];
  for await (const batch of log.read(partition, offset, signal)) found.push(...batch);
  return found;
}

/** What every adapter of the activity log must keep. */
export function activityLogContract(name: string, open: () => Promise<LogFixture>): void {
  describe(`activity log: ${name}`, () => {
    let fixture: LogFixture;
    let log: ActivityLog;
    before(async () => {
      fixture = await open();
      log = fixture.log;
    });
    after(() => fixture.close());

    test('records of every kind come back as they were written, in order, with tenant and position', async () => {
      const tenant = newTenant();
      const records: LogRecord[] = [
        ...activities(tenant, 2),
        {
          kind: 'lead',
          update: {
            identity: { kind: 'known', externalId: 'ann' },
            email: 'a@b.c',
            traits: { x: [1, null] },
            links: [{ kind: 'anonymous', anonymousId: 'd' }],
            at: NOW,
          },
        },
        { kind: 'campaign', campaign: { id: 'c', name: 'Grüße 💡', createdAt: NOW } },
        {
          kind: 'type',
          type: {
            name: 'Watch',
            category: 'CUSTOM',
            description: 'x',
            conversion: true,
            attributes: [{ name: 'n', dataType: 'NUMBER', description: '', required: true, pii: false }],
          },
        },
      ];
      const positions = await log.append(tenant, records, signal);
      assert.equal(positions.length, records.length);
      const [first] = positions as [LogPosition];
      const found = (await readFrom(log, first.partition, first.offset)).filter(
        ({ tenantId }) => tenantId === tenant.id,
      );
      assert.deepEqual(
        found,
        records.map((record, index) => ({ position: positions[index], tenantId: tenant.id, record })),
      );
    });

    test('a reader who follows while many write sees each record once, in dense order, and never one behind it later', async () => {
      const writers = Array.from({ length: 6 }, newTenant);
      const partitions = await log.partitions(signal);
      const places = new Map(partitions.map(({ partition, next }) => [partition, next]));
      const seen: LoggedRecord[] = [];
      const follow = async (): Promise<void> => {
        for (const [partition, place] of places)
          for (const logged of await readFrom(log, partition, place)) {
            assert.equal(logged.position.offset, places.get(partition), 'no gap and no repeat');
            places.set(partition, logged.position.offset + 1);
            seen.push(logged);
          }
      };
      let isWriting = true;
      const written = Promise.all(
        writers.map(async (tenant) => {
          const order: string[] = [];
          for (let round = 0; round < 15; round += 1) {
            const records = activities(tenant, 1 + (round % 7));
            const positions = await log.append(tenant, records, signal);
            positions.forEach((position, index) => {
              const record = records[index];
              order.push(
                `${position.partition}/${position.offset}/${record?.kind === 'activity' ? record.activity.messageId : ''}`,
              );
            });
          }
          return order;
        }),
      ).finally(() => {
        isWriting = false;
      });
      while (isWriting) {
        await follow();
        await setImmediate();
      }
      const orders = await written;
      await follow();
      for (const [index, tenant] of writers.entries())
        assert.deepEqual(
          seen
            .filter(({ tenantId }) => tenantId === tenant.id)
            .map(
              ({ position, record }) =>
                `${position.partition}/${position.offset}/${record.kind === 'activity' ? record.activity.messageId : ''}`,
            ),
          orders[index],
        );
    });

    test('a reader can begin at any position', async () => {
      const tenant = newTenant();
      const positions = await log.append(tenant, activities(tenant, 50), signal);
      for (const start of [0, 1, 17, 49]) {
        const { partition, offset } = positions[start] as LogPosition;
        const found = await readFrom(log, partition, offset);
        assert.equal(found[0]?.position.offset, offset);
        assert.equal(found.length, 50 - start);
      }
      const last = positions.at(-1) as LogPosition;
      assert.deepEqual(await readFrom(log, last.partition, last.offset + 1), []);
    });

    test('an append that was aborted before it began leaves nothing', async () => {
      const tenant = newTenant();
      const before = await log.partitions(signal);
      const reason = new DomainError('TIMEOUT', 'stopped');
      await assert.rejects(log.append(tenant, activities(tenant, 1), AbortSignal.abort(reason)), reason);
      assert.deepEqual(await log.partitions(signal), before);
    });

    test('an object that only looks like a tenant is refused', async () => {
      const forged = { id: 'acme' } as unknown as Tenant;
      await assert.rejects(
        log.append(forged, [], signal),
        (error) => error instanceof DomainError && error.code === 'FORBIDDEN',
      );
    });
  });
}
