import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDruidMetrics } from '../../src/datasources/activity-metrics/druid.ts';
import { type DruidClient, openDruid } from '../../src/datasources/activity-metrics/druid-client.ts';
import { SKETCH_RELATIVE_ERROR } from '../../src/datasources/activity-metrics/druid-specs.ts';
import type { AggregatePlan } from '../../src/datasources/activity-metrics/port.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, DAY, HOUR, NOW } from '../support/activities.ts';
import { type DruidFixture, druidFixture } from '../support/druid.ts';
import { engineSkip } from '../support/engines.ts';
import { recount, sortRows } from '../support/recount.ts';

const big = verifyTenant('druid-big');
const other = verifyTenant('druid-other');
const signal = new AbortController().signal;
const PERIOD = {
  includeBots: true,
  filters: [],
  from: NOW - 2 * DAY,
  to: NOW + HOUR,
  maxGroups: 100,
} as const;
const PERSONS = 20_000;
/** Persons of campaigns that have nine, ninety, … and half of them. */
const UNIQUE: AggregatePlan = {
  dataset: 'activities',
  measures: ['activities', 'uniqueLeads', 'uniqueVisitors'],
  dimensions: ['campaign'],
  grain: null,
  ...PERIOD,
};
const LIGHT: AggregatePlan = { ...UNIQUE, measures: ['activities'] };

const activitiesOf = (tenantId: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    anActivity(tenantId, {
      messageId: `m-${n}`,
      externalId: `person-${n % PERSONS}`,
      type: n % 3 === 0 ? 'Visit Webpage' : 'Track Event',
      occurredAt: NOW - ((n * 7_919) % DAY),
      campaign: { id: `c${Math.floor(Math.log10(1 + (n % PERSONS)))}`, name: null },
    }),
  );

describe('figures from Druid', { skip: engineSkip('kafka', 'druid', 'druid-coordinator') }, () => {
  let fixture: DruidFixture;
  let druid: DruidClient;
  const all = activitiesOf(big.id, 25_000);
  before(async () => {
    fixture = await druidFixture();
    druid = openDruid({ ...fixture.config, timeoutMs: 30_000 });
    await fixture.ingest(big, all);
    await fixture.ingest(other, activitiesOf(other.id, 100));
  });
  after(async () => {
    await druid?.close();
    await fixture?.close();
  });

  /** Minutes of work: every activity with every one of some thousand. */
  const endless = (): string =>
    `SELECT COUNT(*) FROM "${fixture.config.prefix}details" a CROSS JOIN ` +
    `(SELECT "lead" FROM "${fixture.config.prefix}details" WHERE tenant = '${big.id}' LIMIT 20000) b ` +
    `WHERE a.tenant = '${big.id}' AND a."lead" <> b."lead"`;
  /** Of another server than the one that works on the endless ones. */
  const brief = (): string =>
    `SELECT COUNT(*) FROM "${fixture.config.prefix}hours" WHERE __time < TIMESTAMP '2000-01-02 00:00:00'`;
  const isRefused = (error: unknown): boolean =>
    error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE' && error.retryable;
  /** Resolves when the lane of heavy queries has no place, or has one again. */
  const untilLane = async (isFull: boolean): Promise<void> => {
    const deadline = AbortSignal.timeout(30_000);
    for (;;) {
      const isRefusedNow = await druid.sql(brief(), 'heavy', deadline).then(() => false, isRefused);
      if (isRefusedNow === isFull) return;
      await sleep(20, undefined, { signal: deadline });
    }
  };

  test('persons among more activities than are counted are estimated within the bound that is stated', async () => {
    const metrics = createDruidMetrics({ ...fixture.metricsConfig, countedActivities: all.length - 1 });
    try {
      await metrics.untilAvailable(AbortSignal.timeout(60_000));
      const { rows, uniques } = await metrics.aggregate(big, UNIQUE, signal);
      assert.deepEqual(uniques, { exact: false, relativeError: SKETCH_RELATIVE_ERROR });
      const expected = recount(all, UNIQUE);
      const found = sortRows(rows);
      assert.deepEqual(
        found.map(({ keys, values: [activities] }) => [keys, activities]),
        expected.map(({ keys, values: [activities] }) => [keys, activities]),
      );
      let isEstimate = false;
      for (const [index, row] of found.entries())
        for (const place of [1, 2]) {
          const [estimate, right] = [row.values[place] ?? 0, expected[index]?.values[place] ?? 0];
          isEstimate ||= estimate !== right;
          const error = Math.abs(estimate - right) / right;
          assert.ok(error <= SKETCH_RELATIVE_ERROR, `${estimate}, not ${right}: ${error}`);
        }
      assert.ok(isEstimate, 'all of them are exact: no sketch was used');
    } finally {
      await metrics.close();
    }
  });

  test('persons among as many activities as are counted are exact', async () => {
    const metrics = createDruidMetrics({ ...fixture.metricsConfig, countedActivities: all.length });
    try {
      await metrics.untilAvailable(AbortSignal.timeout(60_000));
      const { rows, uniques } = await metrics.aggregate(big, UNIQUE, signal);
      assert.deepEqual(uniques, { exact: true });
      assert.deepEqual(sortRows(rows), recount(all, UNIQUE));
    } finally {
      await metrics.close();
    }
  });

  test("a tenant's flood of heavy questions keeps no other tenant waiting for its end", async () => {
    const order: string[] = [];
    const stop = new AbortController();
    const asked = (name: string, answer: Promise<unknown>) => answer.then(() => order.push(name));
    const flood = Array.from({ length: 40 }, () =>
      asked('flood', fixture.metrics.aggregate(big, UNIQUE, stop.signal)),
    );
    await Promise.all([
      asked('heavy', fixture.metrics.aggregate(other, UNIQUE, signal)),
      asked('light', fixture.metrics.aggregate(other, LIGHT, signal)),
    ]);
    assert.ok(order.includes('heavy') && order.includes('light'));
    assert.ok(order.filter((name) => name === 'flood').length < flood.length, 'the flood was over before');
    stop.abort();
    await Promise.allSettled(flood);
  });

  test('figures stay while tasks hand over what they read, and what is older than all that is published counts', async () => {
    const deadline = AbortSignal.timeout(240_000);
    const handover = fixture.publish(deadline);
    let isOver = false;
    const over = handover.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      assert.deepEqual(
        sortRows((await fixture.metrics.aggregate(big, LIGHT, signal)).rows),
        recount(all, LIGHT),
      );
      await sleep(50);
    }
    await over;
    const late = Array.from({ length: 50 }, (_, n) =>
      anActivity(big.id, {
        messageId: `late-${n}`,
        externalId: `person-${n}`,
        type: n % 2 === 0 ? 'Send Email' : 'Open Email',
        campaign: { id: 'late', name: null },
        occurredAt: NOW - 400 * DAY - n * HOUR,
      }),
    );
    await fixture.ingest(big, late);
    const always = { ...PERIOD, from: NOW - 500 * DAY, grain: null, dimensions: ['campaign'] } as const;
    for (const plan of [
      { dataset: 'activities', measures: ['activities', 'uniqueLeads'], ...always },
      { dataset: 'sends', measures: ['sent', 'opened'], ...always },
    ] satisfies AggregatePlan[]) {
      const { rows } = await fixture.metrics.aggregate(big, plan, signal);
      assert.deepEqual(sortRows(rows), recount([...all, ...late], plan));
    }
  });

  test('a query that takes too long is a TIMEOUT', async () => {
    const hasty = openDruid({ ...fixture.config, timeoutMs: 500 });
    try {
      await assert.rejects(hasty.sql(endless(), 'heavy', signal), { code: 'TIMEOUT', retryable: true });
    } finally {
      await hasty.close();
    }
  });

  test('a query that nobody waits for ends in Druid too, and heavy ones leave places to others', async () => {
    const stop = Array.from({ length: 4 }, () => new AbortController());
    const settled: number[] = [];
    // A brief one may have the last place just then.
    const hold = (controller: AbortController): Promise<unknown> =>
      druid
        .sql(endless(), 'heavy', controller.signal)
        .catch((error: unknown) => (isRefused(error) ? hold(controller) : error));
    const endlessOnes = stop.map((controller, index) => hold(controller).then(() => settled.push(index)));
    try {
      await untilLane(true);
      await assert.rejects(druid.sql(brief(), 'heavy', signal), isRefused);
      assert.deepEqual(await druid.sql(brief(), 'light', signal), [[1]]);
      stop[0]?.abort(new DomainError('TIMEOUT', 'Nobody waits.'));
      await untilLane(false);
      assert.deepEqual(settled, [0], 'the others still run, and hold their places');
    } finally {
      for (const controller of stop) controller.abort();
    }
    await Promise.all(endlessOnes);
    await untilLane(false);
  });
});
