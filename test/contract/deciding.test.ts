import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sqlStore } from '../../src/compose/sql-writer.ts';
import type { Run } from '../../src/datasources/campaign-runs/port.ts';
import { createPostgresRuns } from '../../src/datasources/campaign-runs/postgres/adapter.ts';
import { createDeciding } from '../../src/datasources/campaign-runs/postgres/deciding.ts';
import { type Db, type Queryable, sessionIn } from '../../src/datasources/db/db.ts';
import { createPostgresSmartCampaigns } from '../../src/datasources/smart-campaigns/postgres/adapter.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { versionAt } from '../../src/domain/campaigns/model.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { aCampaign, aDefinition, aVersion } from '../support/campaigns.ts';
import { drivers } from '../support/databases.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`deciding-${process.pid}-${tenants++}`);

for (const driver of drivers)
  describe(`deciding in the transaction of the store on ${driver.name}`, () => {
    let db: Db;
    before(async () => {
      db = await driver.open();
    });
    after(() => db.close());

    const runsOf = (tenant: Tenant): Promise<readonly Run[]> =>
      createPostgresRuns(db).list(
        tenant,
        { campaignId: null, personKey: null, statuses: null, first: 10_000, after: null },
        signal,
      );
    const put = (tenant: Tenant, campaign = aCampaign({ versions: [aVersion()] })) =>
      createPostgresSmartCampaigns(db).put(tenant, campaign, signal);
    const causes = (runs: readonly Run[]) => runs.map(({ activityId }) => activityId).sort();
    const ids = (activities: readonly Activity[]) => activities.map(({ id }) => id).sort();

    test('a transaction that is rolled back leaves neither activities nor runs, one that is committed both', async () => {
      const tenant = newTenant();
      await put(tenant);
      const deciding = createDeciding(() => {});
      const activities = [anActivity(tenant.id), anActivity(tenant.id, { type: 'Fill Out Form' })];
      const written = db.tx(async (q) => {
        const store = sqlStore(sessionIn(q), deciding);
        await store.write(tenant, activities, signal);
        const [row] = await q.query<{ n: number }>(
          'SELECT count(*) AS n FROM campaign_runs WHERE tenant_id = $1',
          [tenant.id],
        );
        assert.equal(row?.n, 1);
        throw new Error('the process ends here');
      });
      await assert.rejects(written, /the process ends here/);
      assert.deepEqual(await runsOf(tenant), []);
      const store = sqlStore(db, deciding);
      assert.deepEqual(await store.activities(tenant, ids(activities), signal), [null, null]);
      await store.write(tenant, activities, signal);
      assert.deepEqual(causes(await runsOf(tenant)), ids(activities.slice(0, 1)));
      assert.ok((await store.activities(tenant, ids(activities), signal)).every(Boolean));
    });

    test('a repeat decides nothing, in its batch, later, and at once', async () => {
      const tenant = newTenant();
      await put(tenant);
      const store = sqlStore(
        db,
        createDeciding(() => {}),
      );
      const activities = Array.from({ length: 20 }, () => anActivity(tenant.id));
      const repeat = { ...(activities[0] as Activity), attributes: { other: true } };
      const batches = [activities, [...activities, repeat], activities.toReversed(), [repeat]];
      await Promise.all(batches.map((batch) => store.write(tenant, batch, signal)));
      await store.write(tenant, activities, signal);
      assert.deepEqual(causes(await runsOf(tenant)), ids(activities));
    });

    test('an activity before a version, of another tenant, or of no trigger starts nothing', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await put(tenant, aCampaign({ versions: [aVersion({ validFrom: NOW, validTo: NOW + 10 })] }));
      const store = sqlStore(
        db,
        createDeciding(() => {}),
      );
      const at = (receivedAt: number, more: object = {}) =>
        anActivity(tenant.id, { receivedAt, occurredAt: NOW, ...more });
      const inForce = [at(NOW), at(NOW + 9)];
      const others = [
        at(NOW - 1),
        at(NOW + 10),
        at(NOW, { type: 'Fill Out Form' }),
        at(NOW, { isBot: true }),
      ];
      await store.write(tenant, [...others, ...inForce], signal);
      await store.write(other, [anActivity(other.id)], signal);
      assert.deepEqual(causes(await runsOf(tenant)), ids(inForce));
      assert.deepEqual(await runsOf(other), []);
    });

    test('demo data and an imported history start nothing; what is imported of now does', async () => {
      const tenant = newTenant();
      const versions = [
        aVersion({ validFrom: NOW, validTo: NOW + 10 }),
        aVersion({ version: 2, validFrom: NOW + 10 }),
      ];
      await put(tenant, aCampaign({ versions }));
      const receivedAt = NOW + 20;
      const from = (source: Activity['source'], occurredAt: number) =>
        anActivity(tenant.id, { source, occurredAt, receivedAt });
      const news = [from('import', NOW), from('import', NOW + 15), from('segment', NOW - 1)];
      const old = [from('import', NOW - 1), from('demo', NOW - 1), from('demo', NOW + 15)];
      await sqlStore(
        db,
        createDeciding(() => {}),
      ).write(tenant, [...old, ...news], signal);
      assert.deepEqual(causes(await runsOf(tenant)), ids(news));
    });

    test('under load, from the moment of a version on every decision is of it, and none before', async () => {
      const tenant = newTenant();
      const first = aCampaign({ versions: [aVersion({ validFrom: Date.now() - 1_000 })] });
      await put(tenant, first);
      const known = createDeciding(() => {});
      const stale = createDeciding(() => {});
      const stores = [sqlStore(db, known), sqlStore(db, stale)];
      const sent: Activity[] = [];
      let hasEnded = false;
      const writer = async (n: number) => {
        do {
          const now = Date.now();
          const batch = Array.from({ length: 5 }, () =>
            anActivity(tenant.id, { externalId: `lead-${n}`, occurredAt: now, receivedAt: now }),
          );
          sent.push(...batch);
          await stores[n % 2]?.write(tenant, batch, signal);
        } while (!hasEnded);
      };
      const writers = [0, 1, 2, 3].map(writer);
      // As activation does it: a write that ends too late is made again, with a later moment.
      let campaign = first;
      let at = 0;
      for (let ahead = 200; at === 0 || Date.now() >= at; ahead *= 2) {
        at = Date.now() + ahead;
        const versions = [
          aVersion({ ...first.versions[0], validTo: at }),
          aVersion({ version: 2, validFrom: at, definition: aDefinition({ isRequestable: true }) }),
        ];
        campaign = { ...campaign, versions, revision: campaign.revision + 1 };
        assert.equal(await put(tenant, campaign), true);
      }
      const after = () => sent.filter(({ receivedAt }) => receivedAt > at).length;
      while (after() < 50) await new Promise((resolve) => setTimeout(resolve, 10));
      hasEnded = true;
      await Promise.all(writers);
      const runs = await runsOf(tenant);
      assert.deepEqual(causes(runs), ids(sent));
      for (const { version, receivedAt } of runs)
        assert.equal(version, versionAt(campaign, receivedAt)?.version);
      assert.deepEqual(new Set(runs.map(({ version }) => version)), new Set([1, 2]));
    });

    test('the order of a run is its arrival and the cost of its version', async () => {
      const tenant = newTenant();
      const low = aDefinition({ priority: 'LOW' });
      await put(tenant, aCampaign({ id: 'a', versions: [aVersion({ definition: low })] }));
      const high = aDefinition({ priority: 'HIGH' });
      await put(tenant, aCampaign({ id: 'b', versions: [aVersion({ definition: high })] }));
      await sqlStore(
        db,
        createDeciding(() => {}),
      ).write(tenant, [anActivity(tenant.id)], signal);
      const rows = await db.query(
        'SELECT campaign_id, cost FROM campaign_runs WHERE tenant_id = $1 ORDER BY campaign_id',
        [tenant.id],
      );
      assert.deepEqual(rows, [
        { campaign_id: 'a', cost: 300_000 },
        { campaign_id: 'b', cost: 0 },
      ]);
    });

    test('without campaigns a batch costs one look, with known ones no more, and each change one reading', async () => {
      const tenant = newTenant();
      let wakes = 0;
      const deciding = createDeciding(() => {
        wakes += 1;
      });
      const statements = async (activities: readonly Activity[]): Promise<number> => {
        let count = 0;
        const counting: Queryable = {
          query: (text, values) => {
            count += 1;
            return db.query(text, values);
          },
        };
        await deciding.add(counting, tenant.id, activities, () => undefined);
        return count;
      };
      const [visit, form] = [anActivity(tenant.id), anActivity(tenant.id, { type: 'Fill Out Form' })];
      assert.equal(await statements([visit]), 1, 'no campaigns');
      await put(tenant);
      assert.equal(await statements([form]), 2, 'reads them');
      assert.equal(await statements([form]), 1, 'knows them');
      assert.equal(wakes, 0);
      assert.equal(await statements([visit, form]), 2, 'adds a run');
      assert.equal(wakes, 1);
      await put(tenant, aCampaign({ revision: 2, versions: [aVersion()] }));
      assert.equal(await statements([form]), 2, 'reads them again');
      assert.equal(await statements([form]), 1);
    });
  });
