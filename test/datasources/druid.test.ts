import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { selectHours } from '../../src/datasources/activity-metrics/druid/activities.ts';
import { createDruidMetrics } from '../../src/datasources/activity-metrics/druid/adapter.ts';
import { type DruidClient, openDruid } from '../../src/datasources/activity-metrics/druid/client.ts';
import { shownSegments } from '../../src/datasources/activity-metrics/druid/segments.ts';
import {
  compactionConfig,
  DATA_SOURCES,
  type DataSource,
  SKETCH_RELATIVE_ERROR,
} from '../../src/datasources/activity-metrics/druid/specs.ts';
import type { AggregatePlan } from '../../src/datasources/activity-metrics/port.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, DAY, HOUR, NOW } from '../support/activities.ts';
import { type DruidFixture, druidFixture } from '../support/druid.ts';
import { engineSkip } from '../support/engines.ts';
import { recount, sortRows } from '../support/recount.ts';

const big = verifyTenant('druid-big');
const other = verifyTenant('druid-other');
const signal = new AbortController().signal;
const PERIOD = {
  includeBots: true,
  opens: 'ALL',
  asOf: NOW,
  filters: [],
  from: NOW - 2 * DAY,
  to: NOW + HOUR,
  maxGroups: 100,
} as const;
const PERSONS = 20_000;
/** Persons of campaigns that have nine, ninety, … and half of them. */
const UNIQUE = {
  dataset: 'activities',
  measures: ['activities', 'uniqueLeads', 'uniqueVisitors'],
  dimensions: ['campaign'],
  buckets: null,
  ...PERIOD,
} as const satisfies AggregatePlan;
const LIGHT: AggregatePlan = { ...UNIQUE, measures: ['activities'] };

/** Something for every data source. */
const TYPES = ['Visit Webpage', 'Track Event', 'Send Email'];
const activitiesOf = (tenantId: string, count: number, prefix = '') =>
  Array.from({ length: count }, (_, n) =>
    anActivity(tenantId, {
      messageId: `m-${prefix}${n}`,
      externalId: `person-${n % PERSONS}`,
      type: TYPES[n % TYPES.length] ?? '',
      occurredAt: NOW - ((n * 7_919) % DAY),
      campaign: { id: `c${Math.floor(Math.log10(1 + (n % PERSONS)))}`, name: null },
    }),
  );

describe('figures from Druid', { skip: engineSkip('kafka', 'druid', 'druid-coordinator') }, () => {
  let fixture: DruidFixture;
  let druid: DruidClient;
  /** All of the big tenant's. */
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
  const brief = (): string => `SELECT COUNT(*) FROM "${fixture.config.prefix}details"`;

  test('persons among more activities than are counted are estimated within the bound that is stated', async () => {
    const metrics = createDruidMetrics({ ...fixture.metricsConfig, countedActivities: all.length - 1 });
    try {
      await metrics.untilAvailable(AbortSignal.timeout(600_000));
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
          const [estimate, right] = [row, expected[index]].map((one) => Number(one?.values[place] ?? 0)) as [
            number,
            number,
          ];
          isEstimate ||= estimate !== right;
          const error = Math.abs(estimate - right) / right;
          assert.ok(error <= SKETCH_RELATIVE_ERROR, `${estimate}, not ${right}: ${error}`);
        }
      assert.ok(isEstimate, 'all of them are exact: no sketch was used');
    } finally {
      await metrics.close();
    }
  });

  test('sketches are merged into as many buckets as the stated bound is of', async () => {
    const query = selectHours({ prefix: fixture.config.prefix, tenant: big }, UNIQUE);
    const [plan] = await druid.sql(`EXPLAIN PLAN FOR ${query}`, 'light', signal);
    const sizes = [...String(plan?.[0]).matchAll(/"HLLSketchMerge".*?"lgK":(\d+)/g)].map(([, lgK]) => lgK);
    assert.deepEqual(sizes, ['14', '14']);
    assert.equal(SKETCH_RELATIVE_ERROR, (3 * 1.04) / Math.sqrt(2 ** 14));
  });

  test('persons among as many activities as are counted are exact', async () => {
    const metrics = createDruidMetrics({ ...fixture.metricsConfig, countedActivities: all.length });
    try {
      await metrics.untilAvailable(AbortSignal.timeout(600_000));
      const { rows, uniques } = await metrics.aggregate(big, UNIQUE, signal);
      assert.deepEqual(uniques, { exact: true });
      assert.deepEqual(sortRows(rows), recount(all, UNIQUE));
    } finally {
      await metrics.close();
    }
  });

  test('what a query may take, and who gives way to whom, is told to Druid', async () => {
    for (const weight of ['light', 'heavy'] as const) {
      const [[plan] = []] = await druid.sql(`EXPLAIN PLAN FOR ${brief()}`, weight, signal);
      const { context } = JSON.parse(String(plan))[0].query;
      assert.equal(context.timeout, 30_000);
      assert.equal(context.lane, weight === 'heavy' ? 'heavy' : undefined);
      assert.equal(context.priority, weight === 'heavy' ? 0 : 10);
    }
  });

  test('a query that takes too long is a TIMEOUT', async () => {
    const hasty = openDruid({ ...fixture.config, timeoutMs: 500 });
    try {
      await assert.rejects(hasty.sql(endless(), 'light', signal), { code: 'TIMEOUT', retryable: true });
    } finally {
      await hasty.close();
    }
  });

  test('a query that failed inside Druid is asked once more, and no more', async () => {
    const failure = JSON.stringify({ errorCode: 'legacyQueryException', category: 'RUNTIME_FAILURE' });
    let failures = 1;
    const failing = createServer((request, response) => {
      if (failures-- > 0) return void response.writeHead(500).end(failure);
      const { method = '', headers, url } = request;
      const onward = httpRequest(`${fixture.config.brokerUrl}${url}`, { method, headers }, (answer) =>
        answer.pipe(response.writeHead(answer.statusCode ?? 0)),
      );
      request.pipe(onward);
    }).listen(0, '127.0.0.1');
    await once(failing, 'listening');
    const { port } = failing.address() as AddressInfo;
    const mine = openDruid({ ...fixture.config, brokerUrl: `http://127.0.0.1:${port}` });
    try {
      assert.deepEqual(await mine.sql(brief(), 'light', signal), await druid.sql(brief(), 'light', signal));
      failures = 2;
      await assert.rejects(mine.sql(brief(), 'light', signal), {
        code: 'BACKEND_UNAVAILABLE',
        retryable: true,
      });
      assert.equal(failures, 0);
    } finally {
      await mine.close();
      failing.close();
    }
  });

  test('a query that nobody waits for ends in Druid too', async () => {
    const hasty = openDruid({ ...fixture.config, timeoutMs: 1_000 });
    const stop = new AbortController();
    const stopLast = new AbortController();
    let isLastOver = false;
    const over = (query: Promise<unknown>) => query.catch((error: unknown) => error);
    const all = Array.from({ length: 5 }, () => over(druid.sql(endless(), 'light', stop.signal)));
    const last = over(druid.sql(endless(), 'light', stopLast.signal)).then(() => {
      isLastOver = true;
    });
    try {
      // Until they have all threads that there are.
      const isStuck = () =>
        hasty.sql(brief(), 'light', signal).then(
          () => false,
          () => true,
        );
      while (!(await isStuck()));
      stop.abort(new DomainError('TIMEOUT', 'Nobody waits.'));
      await Promise.all(all);
      await druid.sql(brief(), 'light', signal);
      assert.ok(!isLastOver, 'they ended only because their time was up');
    } finally {
      stop.abort();
      stopLast.abort();
      await last;
      await hasty.close();
      // One that was stopped before its server had begun it ends only when its time is up.
      await druid.sql(brief(), 'light', signal).catch(() => {});
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
    const deadline = AbortSignal.timeout(1_200_000);
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
    all.push(...late);
    const always = { ...PERIOD, from: NOW - 500 * DAY, buckets: null, dimensions: ['campaign'] } as const;
    for (const plan of [
      { dataset: 'activities', measures: ['activities', 'uniqueLeads'], ...always },
      { dataset: 'sends', measures: ['sent', 'opened'], ...always },
    ] satisfies AggregatePlan[]) {
      const { rows } = await fixture.metrics.aggregate(big, plan, signal);
      assert.deepEqual(sortRows(rows), recount(all, plan));
    }
  });

  test('compaction puts another segment in the place of small ones beside what tasks read: all stays counted once', async () => {
    const deadline = AbortSignal.timeout(1_200_000);
    const more = async (count: number): Promise<void> => {
      const some = activitiesOf(big.id, count, `${all.length}-`);
      all.push(...some);
      await fixture.ingest(big, some);
    };
    await more(300);
    await fixture.publish(deadline);
    await more(300);
    const versionOf = async (name: string): Promise<string> => {
      const shown = await shownSegments(druid, name, deadline, Date.UTC(2026, 5), Date.UTC(2026, 6));
      return (
        [...shown.values()]
          .map(({ version }) => version)
          .sort()
          .at(-1) ?? ''
      );
    };
    const compactOf = async (source: DataSource): Promise<void> => {
      const dataSource = fixture.config.prefix + source;
      const before = await versionOf(dataSource);
      const json = {
        type: 'compact',
        dataSource,
        ioConfig: { type: 'compact', inputSpec: { type: 'interval', interval: '2026-06-01/2026-07-01' } },
        context: compactionConfig(fixture.config.prefix, source, '').taskContext,
      };
      const at = 'coordinator';
      await druid.call({ at, path: '/druid/indexer/v1/task', json }, deadline);
      while ((await versionOf(dataSource)) <= before) await sleep(250, undefined, { signal: deadline });
    };
    let isOver = false;
    const over = Promise.all(DATA_SOURCES.map(compactOf)).finally(() => {
      isOver = true;
    });
    const expected = recount(all, LIGHT);
    while (!isOver) {
      assert.deepEqual(sortRows((await fixture.metrics.aggregate(big, LIGHT, signal)).rows), expected);
      await sleep(50);
    }
    await over;
    await more(300);
    await fixture.publish(deadline);
    await fixture.untilCounted();
    for (const plan of [UNIQUE, LIGHT])
      assert.deepEqual(
        sortRows((await fixture.metrics.aggregate(big, plan, signal)).rows),
        recount(all, plan),
      );
  });
});
