import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reindexSearch } from '../../src/compose/reindex.ts';
import { readCommandConfig } from '../../src/config/config.ts';
import { uniqueTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import { encodeMessage } from '../../src/datasources/activity-log/kafka/message.ts';
import type { ReadProgress } from '../../src/datasources/activity-log/kafka/records.ts';
import { createKafkaSender } from '../../src/datasources/activity-log/kafka/sender.ts';
import { createSolrSearch } from '../../src/datasources/activity-search/solr/adapter.ts';
import { migratePhoenix } from '../../src/datasources/activity-store/phoenix/schema.ts';
import { openPhoenix } from '../../src/datasources/phoenix/client.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity } from '../support/activities.ts';
import { engine, engineSkip } from '../support/engines.ts';
import { kafkaTopics } from '../support/kafka.ts';
import { dropPhoenix, settledPhoenix } from '../support/phoenix.ts';
import { everything, openTestSolr } from '../support/solr.ts';

const signal = new AbortController().signal;
const tenant = verifyTenant('acme');

describe('a rebuild of the search index', { skip: engineSkip('kafka', 'phoenix', 'solr') }, () => {
  test('finds everything that the unique log has, in whatever partition, and people as the store has them', async () => {
    const { kafka, remove } = await kafkaTopics(2);
    const name = kafka.prefix.slice(0, -1);
    const { solr, drop } = await openTestSolr({ prefix: `${name}-` });
    const schema = name.toUpperCase();
    const phoenix = openPhoenix({ url: engine('phoenix'), connections: 2, timeoutMs: 60_000 });
    await migratePhoenix(phoenix, { schema });
    const sender = createKafkaSender(kafka, uniqueTopic(kafka));
    try {
      const activities = ['ann', 'bob', 'ann'].map((externalId) => anActivity(tenant.id, { externalId }));
      await settledPhoenix(phoenix, { schema }).write(tenant, activities, signal);
      await sender.send(
        activities.map((activity, at) => ({
          partition: at % 2,
          key: Buffer.from(activity.leadKey),
          value: encodeMessage(tenant.id, { kind: 'activity', activity }),
        })),
      );
      const { storage } = readCommandConfig({
        PROFILE: 'cluster',
        CLUSTER_NAME: name,
        KAFKA_BROKERS: engine('kafka'),
        PQS_URL: engine('phoenix'),
        SOLR_URL: engine('solr'),
        SOLR_SHARDS: '1',
        SOLR_REPLICAS: '1',
        DRUID_URL: 'http://127.0.0.1:9',
        DRUID_COORDINATOR_URL: 'http://127.0.0.1:9',
      });
      assert.ok(storage.profile === 'cluster');
      let last: ReadProgress | undefined;
      const onProgress = (progress: ReadProgress) => {
        last = progress;
      };
      await reindexSearch({ storage, requestTimeoutMs: 60_000, takeOver: false, onProgress }, signal);
      assert.deepEqual(last, { done: 3, total: 3 });

      const search = createSolrSearch(solr);
      const { hits } = await search.searchActivities(tenant, everything, signal);
      assert.deepEqual(hits.map(({ id }) => id).sort(), activities.map(({ id }) => id).sort());
      const people = { ...everything, sort: 'LAST_SEEN' as const, filter: null };
      assert.equal((await search.searchLeads(tenant, people, signal)).total?.value, 2);
    } finally {
      await sender.close();
      await drop();
      await dropPhoenix(phoenix, schema);
      await phoenix.close();
      await remove();
    }
  });
});
