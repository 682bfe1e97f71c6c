import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Engines, startEngines } from '../../scripts/cluster/engines.ts';
import { createDruidMetrics } from '../../src/datasources/activity-metrics/druid.ts';
import { openDruid } from '../../src/datasources/activity-metrics/druid-client.ts';
import { DATA_SOURCES, type DataSource } from '../../src/datasources/activity-metrics/druid-specs.ts';
import { supervisorReport } from '../../src/datasources/activity-metrics/druid-status.ts';
import type { AggregatePlan } from '../../src/datasources/activity-metrics/port.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, DAY, HOUR, NOW } from '../support/activities.ts';
import { type DruidFixture, druidFixture } from '../support/druid.ts';
import { engineSkip } from '../support/engines.ts';
import { recount, sortRows } from '../support/recount.ts';
import { temporaryDirectory } from '../support/temp.ts';

const COUNT = 10_000;
const tenant = verifyTenant('druid-restart');
const PERIOD = { grain: null, includeBots: true, filters: [], from: NOW - 9 * DAY, to: NOW + HOUR } as const;
const PLANS: readonly AggregatePlan[] = [
  { dataset: 'activities', measures: ['activities'], dimensions: ['campaign'], maxGroups: 100, ...PERIOD },
  { dataset: 'activities', measures: ['uniqueLeads'], dimensions: [], maxGroups: 1, ...PERIOD },
  { dataset: 'sends', measures: ['sent', 'opened'], dimensions: ['campaign'], maxGroups: 100, ...PERIOD },
];
const someActivities = (from: number) =>
  Array.from({ length: COUNT }, (_, index) => {
    const n = from + index;
    return anActivity(tenant.id, {
      messageId: `m-${n}`,
      externalId: `person-${n % 1_000}`,
      type: ['Send Email', 'Open Email', 'Visit Webpage'][n % 3] ?? '',
      occurredAt: NOW - ((n * 7_919) % (8 * DAY)),
      campaign: { id: `c${n % 7}`, name: null },
    });
  });

describe('Druid that is killed', { skip: engineSkip('kafka', 'druid') }, () => {
  let engines: Engines;
  let fixture: DruidFixture;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    directory = await temporaryDirectory();
    engines = await startEngines({ dataDir: directory.path, only: ['kafka', 'druid'] });
    const { kafka, druid, druidCoordinator } = engines.addresses;
    fixture = await druidFixture({ kafka, druid, coordinator: druidCoordinator });
  });
  after(async () => {
    await fixture?.close();
    await engines?.stop();
    await directory.remove();
  });

  test('never passes off what it has again so far as everything, and in the end has everything once', async () => {
    const published = someActivities(0);
    await fixture.ingest(tenant, published);
    await publish(fixture);
    const inMemory = someActivities(COUNT);
    await fixture.ingest(tenant, inMemory);
    const all = [...published, ...inMemory];
    const expected = PLANS.map((plan) => recount(all, plan));
    const ask = async (metrics = fixture.metrics) =>
      Promise.all(
        PLANS.map(async (plan) => {
          try {
            return sortRows((await metrics.aggregate(tenant, plan, AbortSignal.timeout(10_000))).rows);
          } catch (error) {
            if (error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE' && error.retryable)
              return null;
            throw error;
          }
        }),
      );
    assert.deepEqual(await ask(), expected);

    await engines.kill('druid');
    // A process that has just been started remembers nothing of before.
    const other = createDruidMetrics(fixture.metricsConfig);
    let failures = 0;
    const deadline = AbortSignal.timeout(240_000);
    for (let isWhole = false; !isWhole; ) {
      isWhole = true;
      for (const metrics of [fixture.metrics, other])
        for (const [index, rows] of (await ask(metrics)).entries()) {
          if (rows === null) {
            failures += 1;
            isWhole = false;
          } else assert.deepEqual(rows, expected[index]);
        }
      await sleep(50, undefined, { signal: deadline });
    }
    await other.close();
    assert.ok(failures > 0, 'Druid was not seen to be dead');
    await fixture.untilCounted();
    assert.deepEqual(await ask(), expected);
  });
});

/** Has the tasks write what they read, and waits until the historical alone serves it. */
async function publish({ config }: DruidFixture): Promise<void> {
  const druid = openDruid(config);
  const deadline = AbortSignal.timeout(240_000);
  const publishOf = async (source: DataSource): Promise<void> => {
    const path = `/druid/indexer/v1/supervisor/${config.prefix}${source}/taskGroups/handoff`;
    const before = (await supervisorReport(druid, config.prefix, source, deadline)).payload.activeTasks;
    const old = new Set(before.map(({ id }) => id));
    await druid.call({ at: 'coordinator', path, json: { taskGroupIds: [0] } }, deadline);
    for (;;) {
      const { payload } = await supervisorReport(druid, config.prefix, source, deadline);
      const [first] = payload.activeTasks;
      if (payload.publishingTasks.length === 0 && first && !old.has(first.id)) return;
      await sleep(100, undefined, { signal: deadline });
    }
  };
  try {
    await Promise.all(DATA_SOURCES.map(publishOf));
  } finally {
    await druid.close();
  }
}
