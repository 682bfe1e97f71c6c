import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startEngines } from '../../scripts/cluster/engines.ts';
import type { Engines } from '../../scripts/cluster/types.ts';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import type { Solr } from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import { createSolrIndex, type SearchIndex } from '../../src/datasources/activity-search/solr/index/index.ts';
import { leadKey, type Person } from '../../src/domain/lead.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { filesWith } from '../support/bytes.ts';
import { everything, openTestSolr } from '../support/solr.ts';
import { until } from '../support/until.ts';

const signal = new AbortController().signal;
const [tenant, other] = [verifyTenant('acme'), verifyTenant('globex')];

describe('a person who is erased from Solr', () => {
  let engines: Engines;
  let directory: string;
  let solr: Solr;
  let drop: () => Promise<void>;
  let index: SearchIndex;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'journeygraph-solr-'));
    engines = await startEngines({ dataDir: directory, only: ['solr'], timeoutMs: 900_000 });
    ({ solr, drop } = await openTestSolr({ url: engines.addresses.solr, shards: 2, timeoutMs: 300_000 }));
    index = createSolrIndex(solr);
  });
  after(async () => {
    await drop?.();
    await engines?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test('is found by no search and in no file, and others are as before', async () => {
    const mark = `zq${randomBytes(8).toString('hex')}`;
    const personOf = (externalId: string): Person => {
      const identity = { kind: 'known', externalId } as const;
      const key = leadKey(tenant.idSpace, identity);
      const email = `${externalId}@example.com`;
      const lead = { key, externalId, email, traits: {}, aliases: [], firstSeenAt: NOW, lastSeenAt: NOW };
      return { lead, identities: [{ key, identity, email, traits: {} }] };
    };
    const mine = Array.from({ length: 20 }, (_, n) =>
      anActivity(tenant.id, { externalId: mark, attributes: { title: `words ${mark} ${n}` } }),
    );
    const others = Array.from({ length: 3_000 }, (_, n) =>
      anActivity(tenant.id, { externalId: `lead-${n % 50}`, attributes: { title: `words ${n}` } }),
    );
    const elsewhere = [anActivity(other.id, { externalId: mark, attributes: { title: 'words' } })];
    const add = (of: typeof tenant, activities: typeof mine) =>
      index.indexActivities(of, activities, () => undefined, signal);
    // Among others, so that few documents of a file go.
    await add(tenant, others.slice(0, 1_500));
    await add(tenant, mine);
    await index.indexLeads(tenant, [mark, 'bob'].map(personOf), [], signal);
    await add(tenant, others.slice(1_500));
    await add(other, elsewhere);
    await index.settle(signal);
    const search = createSolrSearch(solr);
    const people = { ...everything, sort: 'LAST_SEEN' as const, filter: null };
    const counts = async () => [
      (await search.searchActivities(tenant, everything, signal)).total?.value,
      (await search.searchLeads(tenant, people, signal)).total?.value,
      (await search.searchActivities(other, everything, signal)).total?.value,
    ];
    assert.deepEqual(await counts(), [3_020, 2, 1]);
    const files = () => filesWith([directory], mark);
    assert.ok((await files()).length > 0, 'the mark can be found');

    await index.erase(tenant, [personOf(mark).lead.key], signal);
    await index.settle(signal);
    assert.deepEqual(await counts(), [3_000, 1, 1]);
    await index.expunge(signal);
    let left: string[] = [];
    // Files that nobody reads any more go in a moment.
    await until('no file has the mark', async () => {
      left = await files();
      return left.length === 0;
    }).catch((error) => assert.fail(`${error}: ${left.join('\n')}`));
    assert.deepEqual(await counts(), [3_000, 1, 1]);
  });
});
