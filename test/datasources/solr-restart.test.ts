import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { enginesMissing, startEngines } from '../../scripts/cluster/engines.ts';
import type { ActivitySearch } from '../../src/datasources/activity-search/port.ts';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import { ensureCollections } from '../../src/datasources/activity-search/solr/cluster/collections.ts';
import { openSolr } from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import { createSolrIndex } from '../../src/datasources/activity-search/solr/index/index.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity } from '../support/activities.ts';
import { orRefused } from '../support/refused.ts';
import { everything } from '../support/solr.ts';
import { temporaryDirectory } from '../support/temp.ts';

const KILLS = 2;
const WRITERS = 3;
/** Each with a client of its own, which checks for itself: what passes for a moment only is met by one of them. */
const READERS = 8;
/** In one call: enough in a second that a replay takes some. */
const BATCH = 100;
const tenant = verifyTenant('solr-restart');

test('after kill -9 in mid-write Solr is asked and written to only when it has all it had before', {
  skip: enginesMissing() ?? false,
  timeout: 600_000,
}, async (t) => {
  const directory = await temporaryDirectory();
  const engines = await startEngines({ dataDir: directory.path, only: ['solr'] });
  const config = { url: engines.addresses.solr, prefix: 'restart-' };
  const solr = openSolr(config);
  const others = Array.from({ length: READERS }, () => openSolr(config));
  t.after(async () => {
    await Promise.all([solr, ...others].map((each) => each.close()));
    await engines.stop();
    await directory.remove();
  });
  const { signal } = new AbortController();
  await ensureCollections(solr, signal);
  const index = createSolrIndex(solr);

  let made = 0;
  let written = 0;
  let isOver = false;
  const write = async (): Promise<void> => {
    while (!isOver) {
      const batch = Array.from({ length: BATCH }, () => anActivity(tenant.id, { messageId: `m-${made++}` }));
      // The same again until it is acknowledged, as the indexer does.
      while ((await orRefused(index.indexActivities(tenant, batch, () => undefined, signal))) === null)
        await sleep(20);
      written += BATCH;
    }
  };
  const count = async (search: ActivitySearch): Promise<number | null> => {
    const found = await orRefused(search.searchActivities(tenant, { ...everything, first: 1 }, signal));
    return found && (found.total?.value ?? null);
  };

  let told = 0;
  let answers = 0;
  const parts: string[] = [];
  const read = async (search: ActivitySearch): Promise<void> => {
    while (!isOver) {
      // Only answers to what was asked after another one had come can be compared with it.
      const before = told;
      const now = await count(search);
      if (now !== null) {
        answers += 1;
        if (now < before) parts.push(`${now} < ${before}`);
        told = Math.max(told, now);
      }
      await sleep(5);
    }
  };
  const working = Promise.all([
    ...others.map((other) => read(createSolrSearch(other))),
    ...Array.from({ length: WRITERS }, write),
  ]);
  // Should one of them fail, it is told in the end.
  working.catch(() => {});
  const goesOn = async (): Promise<void> => {
    const [wrote, answered] = [written, answers];
    while (written < wrote + 20 * BATCH || answers < answered + 20) {
      await Promise.race([sleep(50), working]);
    }
  };

  for (let kill = 1; kill <= KILLS; kill += 1) {
    await goesOn();
    // Between two commits, of which there is one every 15 s.
    await sleep(4_000 * kill);
    await engines.kill('solr');
    await goesOn();
  }
  isOver = true;
  await working;
  assert.deepEqual(parts.slice(0, 3), [], 'no answer has less than one before');
  await index.settle(signal);
  assert.equal(await count(createSolrSearch(solr)), written);
});
