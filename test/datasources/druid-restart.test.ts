import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Engines,
  enginesMissing,
  startEngines,
  describe as stateOf,
} from '../../scripts/cluster/engines.ts';
import { lastLines } from '../../scripts/cluster/logs.ts';
import { clusterPaths } from '../../scripts/cluster/state.ts';
import {
  createDruidMetrics,
  type DruidMetrics,
} from '../../src/datasources/activity-metrics/druid/adapter.ts';
import { type DruidClient, openDruid } from '../../src/datasources/activity-metrics/druid/client.ts';
import { expectedSegments } from '../../src/datasources/activity-metrics/druid/segments.ts';
import { DATA_SOURCES } from '../../src/datasources/activity-metrics/druid/specs.ts';
import { publishGroups } from '../../src/datasources/activity-metrics/druid/status.ts';
import { openDruidSteward } from '../../src/datasources/activity-metrics/druid/steward.ts';
import type { AggregatePlan, AggregateRow } from '../../src/datasources/activity-metrics/port.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { errorLine } from '../../src/observability/logger.ts';
import { anActivity, DAY, HOUR, NOW } from '../support/activities.ts';
import { type DruidFixture, druidFixture } from '../support/druid.ts';
import { testKafka } from '../support/kafka.ts';
import { recount, sortRows } from '../support/recount.ts';
import { orRefused } from '../support/refused.ts';
import { temporaryDirectory } from '../support/temp.ts';

/** Whose activities are all counted before Druid is killed. */
const settled = verifyTenant('druid-settled');
/** Whose activities come in all the time. */
const growing = verifyTenant('druid-growing');
const PERIOD = {
  buckets: null,
  includeBots: true,
  opens: 'ALL',
  asOf: NOW,
  filters: [],
  from: NOW - 9 * DAY,
  to: NOW + HOUR,
} as const;
const PLANS: readonly AggregatePlan[] = [
  { dataset: 'activities', measures: ['activities'], dimensions: ['campaign'], maxGroups: 100, ...PERIOD },
  { dataset: 'activities', measures: ['uniqueLeads'], dimensions: [], maxGroups: 1, ...PERIOD },
  { dataset: 'sends', measures: ['sent', 'opened'], dimensions: ['campaign'], maxGroups: 100, ...PERIOD },
];
/** Of one row with one value, which only grows as activities come in; one for each data source. */
const TOTALS: readonly AggregatePlan[] = [
  { dataset: 'activities', measures: ['activities'], dimensions: [], maxGroups: 1, ...PERIOD },
  { dataset: 'activities', measures: ['uniqueLeads'], dimensions: [], maxGroups: 1, ...PERIOD },
  { dataset: 'sends', measures: ['sent'], dimensions: [], maxGroups: 1, ...PERIOD },
];
/** Below the ten minutes after which a forgotten task of Druid would publish by itself. */
const RECOVERY_MS = 540_000;

const GROWTHS = 100;

const onlyValue = (rows: readonly AggregateRow[]): number => Number(rows[0]?.values[0] ?? 0);

let made = 0;
const someActivities = ({ id }: Tenant, count: number): Activity[] =>
  Array.from({ length: count }, () => {
    const n = made++;
    return anActivity(id, {
      messageId: `m-${n}`,
      externalId: `person-${n % 1_000}`,
      type: ['Send Email', 'Open Email', 'Visit Webpage'][n % 3] ?? '',
      occurredAt: NOW - ((n * 7_919) % (8 * DAY)),
      campaign: { id: `c${n % 7}`, name: null },
    });
  });

/** Rows, or null for the refusal that is allowed. */
async function ask(
  metrics: DruidMetrics,
  tenant: Tenant,
  plan: AggregatePlan,
): Promise<AggregateRow[] | null> {
  const answer = await orRefused(metrics.aggregate(tenant, plan, AbortSignal.timeout(10_000)));
  return answer && sortRows(answer.rows);
}

describe('Druid that is killed', { skip: enginesMissing() ?? false }, () => {
  let engines: Engines;
  let fixture: DruidFixture;
  let druid: DruidClient;
  let steward: ReturnType<typeof openDruidSteward>;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let stewardSaid: unknown;
  const sent: Activity[] = [];
  const grown: Activity[] = [];

  before(async () => {
    directory = await temporaryDirectory();
    engines = await startEngines({ dataDir: directory.path, only: ['kafka', 'druid'] });
    const { kafka, druid: broker, druidCoordinator } = engines.addresses;
    fixture = await druidFixture({ kafka: testKafka(kafka), druid: broker, coordinator: druidCoordinator });
    druid = openDruid(fixture.config);
    // It fails while Druid is away, and goes on then.
    steward = openDruidSteward(fixture.config, (error) => {
      stewardSaid = error;
    });
  });
  after(async () => {
    await steward?.close();
    await druid?.close();
    // It goes with its engines, even where they don't answer.
    await fixture?.close().catch(() => {});
    await engines?.stop();
    await directory.remove();
  });

  const send = async (count: number): Promise<void> => {
    const some = someActivities(settled, count);
    sent.push(...some);
    await fixture.ingest(settled, some);
  };
  /** The work; where it fails, what Druid says of itself then is told with it. */
  const explained = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const saying = async (path: string): Promise<string> => {
        const answer = await druid
          .call({ at: 'coordinator', path }, AbortSignal.timeout(5_000))
          .catch(String);
        return `${path}: ${JSON.stringify(answer).slice(0, 800)}`;
      };
      const paths = ['workers', 'supervisor?state=true', 'tasks?state=running', 'tasks?state=pending'];
      const lines = [
        String(error),
        ...engines.status().map(stateOf),
        ...(await Promise.all(paths.map((path) => saying(`/druid/indexer/v1/${path}`)))),
        `its steward: ${JSON.stringify(errorLine(stewardSaid)).slice(0, 800)}`,
        await lastLines(clusterPaths(directory.path).log('druid'), 4),
      ];
      throw new Error(lines.join('\n'), { cause: error });
    }
  };
  /** Asks again and again while Druid dies when `kill` resolves, and until it answers everything again. */
  const survives = async (kill: () => Promise<void>): Promise<void> => {
    const expected = PLANS.map((plan) => recount(sent, plan));
    await fixture.metrics.untilAvailable(AbortSignal.timeout(RECOVERY_MS));
    for (const [index, plan] of PLANS.entries())
      assert.deepEqual(await ask(fixture.metrics, settled, plan), expected[index]);
    const stop = new AbortController();
    const grow = async (): Promise<void> => {
      // Not for ever: all of it must be read again.
      for (let n = 0; n < GROWTHS && !stop.signal.aborted; n++) {
        const some = someActivities(growing, 20);
        grown.push(...some);
        await fixture.send(growing, some);
        await sleep(200, undefined, { signal: stop.signal }).catch(() => {});
      }
    };
    const growth = grow();
    let isKilled = false;
    const killed = kill().then(() => {
      isKilled = true;
    });
    // One that has just been started remembers nothing of before.
    const other = createDruidMetrics(fixture.metricsConfig);
    const deadline = AbortSignal.timeout(RECOVERY_MS);
    let refusals = 0;
    const seen = TOTALS.map(() => 0);
    try {
      for (let isWhole = false; !isWhole; ) {
        const wasKilled = isKilled;
        isWhole = wasKilled;
        for (const metrics of [fixture.metrics, other]) {
          for (const [index, plan] of PLANS.entries()) {
            const rows = await ask(metrics, settled, plan);
            if (rows) assert.deepEqual(rows, expected[index], 'a part was passed off as everything');
            else isWhole = false;
            if (!rows && wasKilled) refusals += 1;
          }
          for (const [index, plan] of TOTALS.entries()) {
            const rows = await ask(metrics, growing, plan);
            if (!rows) continue;
            const [count, least, most] = [onlyValue(rows), seen[index] ?? 0, onlyValue(recount(grown, plan))];
            assert.ok(count >= least && count <= most, `${count} after ${least}, of ${most}`);
            seen[index] = count;
          }
        }
        await sleep(100, undefined, { signal: deadline });
      }
    } finally {
      stop.abort();
      await other.close();
      await Promise.all([growth, killed]);
    }
    assert.ok(refusals > 0, 'Druid was not seen to be dead');
    await fixture.untilCounted();
    for (const [index, plan] of PLANS.entries())
      assert.deepEqual(await ask(fixture.metrics, settled, plan), expected[index]);
    for (const plan of TOTALS)
      assert.deepEqual(await ask(fixture.metrics, growing, plan), recount(grown, plan));
  };
  /** Has all tasks write what they read, and resolves when the first of them has published it. */
  const untilFirstPublished = async (): Promise<void> => {
    const deadline = AbortSignal.timeout(RECOVERY_MS);
    const names = DATA_SOURCES.map((source) => fixture.config.prefix + source);
    const publishedOf = async (name: string): Promise<number> =>
      [...(await expectedSegments(druid, name, deadline)).values()].filter(({ isPublished }) => isPublished)
        .length;
    const count = async (): Promise<number> =>
      (await Promise.all(names.map(publishedOf))).reduce((sum, number) => sum + number, 0);
    const before = await count();
    for (const name of names) await publishGroups(druid, name, [0], deadline);
    while ((await count()) === before) await sleep(100, undefined, { signal: deadline });
  };

  test('while it reads: answers are of everything or refused, and in the end all is counted once', async () => {
    await explained(async () => {
      await send(3_000);
      await survives(() => engines.kill('druid'));
    });
  });

  test('when one task has published what it read and others are about to, the same', async () => {
    await explained(async () => {
      await send(500);
      await survives(async () => {
        await untilFirstPublished();
        await engines.kill('druid');
      });
    });
  });
});
