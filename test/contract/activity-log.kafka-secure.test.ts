import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { enginesMissing } from '../../scripts/cluster/engines.ts';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import type { KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, DAY, NOW } from '../support/activities.ts';
import certificates from '../support/certificates.json' with { type: 'json' };
import { druidFixture } from '../support/druid.ts';
import { engine, engineSkip } from '../support/engines.ts';
import { type KafkaAccess, kafkaLog } from '../support/kafka.ts';
import { CREDENTIALS, SASL_MECHANISMS, type SecureKafka, startSecureKafka } from '../support/kafka-secure.ts';
import { activityLogContract } from './activity-log.ts';

const signal = new AbortController().signal;
const tenant = verifyTenant('acme');
const { server, client } = certificates;
const tls = { ...client, ca: server.cert };

describe('Kafka over TLS that asks for a client certificate, a name and a password', {
  skip: enginesMissing() ?? false,
}, () => {
  let secure: SecureKafka;
  const access = (mechanism: (typeof SASL_MECHANISMS)[number]): KafkaAccess => ({
    brokers: [secure.broker],
    tls,
    sasl: { mechanism, ...CREDENTIALS },
  });
  before(async () => {
    secure = await startSecureKafka();
  });
  after(() => secure?.stop());

  for (const mechanism of SASL_MECHANISMS)
    activityLogContract(`kafka adapter, ${mechanism}`, () => kafkaLog(access(mechanism)));

  test('who lacks one of them, or does not know the broker, is told that the log does not answer, and no more', async () => {
    const good: KafkaConfig = { ...access('SCRAM-SHA-512'), prefix: 'none.', clientId: 'test' };
    const { sasl, ...unnamed } = good;
    const wrong: readonly KafkaConfig[] = [
      unnamed,
      {
        ...good,
        sasl: { mechanism: 'SCRAM-SHA-512', username: CREDENTIALS.username, password: 'wrong-one' },
      },
      { ...good, sasl: { mechanism: 'PLAIN', username: CREDENTIALS.username, password: 'wrong-one' } },
      { ...good, tls: { ca: server.cert } },
      { ...good, tls: client },
      { ...good, tls: {} },
      { ...good, tls: undefined },
    ];
    for (const config of wrong) {
      const log = openKafkaLog({ ...config, appendTimeoutMs: 3_000 });
      const records = [{ kind: 'activity', activity: anActivity(tenant.id) }] as const;
      await assert.rejects(log.append(tenant, records, signal), (error) => {
        assert.ok(error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE');
        assert.doesNotMatch(error.message, /127|secret|wrong-one|certificate/);
        return true;
      });
      await log.close();
    }
  });

  test('Druid reads it with the same authority, certificate, name and password', {
    skip: engineSkip('druid', 'druid-coordinator'),
  }, async () => {
    const fixture = await druidFixture({
      druid: engine('druid'),
      coordinator: engine('druid-coordinator'),
      kafka: access('SCRAM-SHA-512'),
    });
    try {
      await fixture.ingest(tenant, [anActivity(tenant.id), anActivity(tenant.id)]);
      const { rows } = await fixture.metrics.aggregate(
        tenant,
        {
          dataset: 'activities',
          measures: ['activities'],
          dimensions: [],
          buckets: null,
          includeBots: true,
          filters: [],
          from: NOW - DAY,
          to: NOW + DAY,
          maxGroups: 1,
        },
        signal,
      );
      assert.deepEqual(
        rows.map(({ values }) => values),
        [[2]],
      );
    } finally {
      await fixture.close();
    }
  });
});
