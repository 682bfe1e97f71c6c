import { setTimeout as sleep } from 'node:timers/promises';
import { openAvatica } from '@journeygraph/avatica';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import { type KafkaConfig, uniqueTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../../src/datasources/activity-log/kafka/fetch.ts';
import { openDruid } from '../../src/datasources/activity-metrics/druid/client.ts';
import { openSolr } from '../../src/datasources/activity-search/solr/cluster/connection.ts';
import { tableName } from '../../src/datasources/activity-store/phoenix/schema.ts';
import type { Addresses } from '../cluster/types.ts';
import { numberOf, type Traffic, typeOf } from './traffic.ts';

/** A tenant's sent batches: the numbers of acknowledged batches. */
export type Sent = { readonly tenantId: string; readonly batches: ReadonlySet<number> };

/** One store's rows of one tenant, compared with the acknowledged activities. */
export type Finding = {
  readonly store: string;
  readonly tenantId: string;
  readonly expected: number;
  readonly found: number;
  readonly missing: number;
  readonly twice: number;
  /** Not acknowledged, or of another kind than was sent. */
  readonly strange: number;
};

type Where = { readonly addresses: Addresses; readonly name: string };

const MESSAGE_ID = /"messageId":"([^"]+)"/;
/** Druid reads the unique log by itself: what it does not show although nothing more came for this long, it will not. */
const PATIENCE_MS = 60_000;
const POLL_MS = 2_000;
const LIMITS = { maxWaitMs: 200, maxBytes: 16 * 1024 * 1024, maxPartitionBytes: 4 * 1024 * 1024 } as const;

/**
 * Compares the acknowledged activities with the log, the rows, the index and the figures of a cluster, once all is
 * settled.
 */
export async function verifyCluster(
  where: Where,
  traffic: Traffic,
  sent: readonly Sent[],
): Promise<Finding[]> {
  return [
    ...(await verifyLog(where, traffic, sent)),
    ...(await verifyRows(where, traffic, sent)),
    ...(await verifyIndex(where, traffic, sent)),
    ...(await verifyFigures(where, traffic, sent)),
  ];
}

/** Events of a tenant that become activities, by number. */
function* expectedOf({ batchSize }: Traffic, { batches }: Sent): Generator<number> {
  for (const index of batches)
    for (let n = index * batchSize; n < (index + 1) * batchSize; n += 1) if (typeOf(n) !== null) yield n;
}

/** Counts each message as it is found. */
function createTally(traffic: Traffic, sent: Sent, isOnce: boolean) {
  const last = Math.max(-1, ...sent.batches);
  const counts = new Uint8Array((last + 1) * traffic.batchSize);
  const state = { found: 0, strange: 0 };
  return {
    add(messageId: string): void {
      const n = numberOf(traffic, messageId);
      state.found += 1;
      if (n === undefined || n >= counts.length) state.strange += 1;
      else counts[n] = Math.min(255, (counts[n] ?? 0) + 1);
    },
    finding(store: string): Finding {
      let [expected, missing, twice] = [0, 0, 0];
      for (const n of expectedOf(traffic, sent)) {
        expected += 1;
        if (counts[n] === 0) missing += 1;
        if (isOnce && (counts[n] ?? 0) > 1) twice += 1;
        counts[n] = 0;
      }
      const strange = state.strange + counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
      return { store, tenantId: sent.tenantId, expected, found: state.found, missing, twice, strange };
    },
  };
}

async function verifyLog(where: Where, traffic: Traffic, sent: readonly Sent[]): Promise<Finding[]> {
  const kafka: KafkaConfig = {
    brokers: [where.addresses.kafka],
    prefix: `${where.name}.`,
    clientId: 'verify',
  };
  const [logged, passed] = [false, true].map(
    (isOnce) => new Map(sent.map((own) => [own.tenantId, createTally(traffic, own, isOnce)])),
  ) as [Map<string, ReturnType<typeof createTally>>, Map<string, ReturnType<typeof createTally>>];
  const log = openKafkaLog(kafka);
  const { signal } = new AbortController();
  for (const { partition, first } of await log.partitions(signal))
    for await (const batch of log.read(partition, first, signal))
      for (const { tenantId, record } of batch)
        if (record.kind === 'activity') logged.get(tenantId)?.add(record.activity.messageId);
  await log.close();
  const fetcher = openFetcher(kafka, uniqueTopic(kafka));
  for (const [partition, { first, end }] of await fetcher.bounds())
    for (let at = first; at < end; ) {
      const [fetched] = await fetcher.fetch(new Map([[partition, at]]), LIMITS);
      for (const { value } of fetched?.messages ?? []) {
        const message = JSON.parse(String(value));
        if (message.record.kind === 'activity')
          passed.get(message.tenant)?.add(message.record.activity.messageId);
      }
      at = fetched?.next ?? at;
    }
  await fetcher.close();
  return [
    ...[...logged.values()].map((tally) => tally.finding('log (each at least once)')),
    ...[...passed.values()].map((tally) => tally.finding('unique log')),
  ];
}

async function verifyRows(where: Where, traffic: Traffic, sent: readonly Sent[]): Promise<Finding[]> {
  const phoenix = openAvatica({ url: where.addresses.pqs, connections: 1, timeoutMs: 120_000 });
  const table = tableName(where.name.toUpperCase(), 'ACTIVITIES');
  const findings: Finding[] = [];
  for (const own of sent) {
    const tally = createTally(traffic, own, true);
    const rows = phoenix.stream<{ BODY: string | null }>(
      `SELECT BODY FROM ${table} WHERE TENANT = ? AND BODY IS NOT NULL`,
      [own.tenantId],
    );
    for await (const frame of rows)
      for (const { BODY } of frame) tally.add(MESSAGE_ID.exec(BODY ?? '')?.[1] ?? '');
    findings.push(tally.finding('rows (HBase)'));
  }
  await phoenix.close();
  return findings;
}

/** By type; a message has one document, whose key is its hash, so that counts tell of doubles and losses alike. */
async function verifyIndex(where: Where, traffic: Traffic, sent: readonly Sent[]): Promise<Finding[]> {
  const solr = openSolr({ url: where.addresses.solr, prefix: `${where.name}-`, timeoutMs: 120_000 });
  const findings: Finding[] = [];
  for (const own of sent) {
    const answer = await solr.client.call(
      {
        path: `/${solr.aliasOf('activities')}/select`,
        json: {
          query: '*:*',
          filter: [`{!term f=tenant}${own.tenantId}`],
          limit: 0,
          facet: { types: { type: 'terms', field: 'type', limit: 100 } },
        },
      },
      new AbortController().signal,
    );
    const { types } = answer['facets'] as { types: { buckets: { val: string; count: number }[] } };
    findings.push(
      compareTypes(
        'index (Solr)',
        traffic,
        own,
        types.buckets.map(({ val, count }) => [val, count]),
      ),
    );
  }
  await solr.close();
  return findings;
}

async function verifyFigures(where: Where, traffic: Traffic, sent: readonly Sent[]): Promise<Finding[]> {
  const druid = openDruid({
    brokerUrl: where.addresses.druid,
    coordinatorUrl: where.addresses.druidCoordinator,
    prefix: `${where.name}_`,
    timeoutMs: 120_000,
  });
  const findings: Finding[] = [];
  for (const own of sent)
    for (const [source, count] of [
      ['hours', 'SUM(activities)'],
      ['details', 'COUNT(*)'],
    ] as const) {
      const query = `SELECT type, ${count} FROM "${where.name}_${source}" WHERE tenant = '${own.tenantId}' GROUP BY 1`;
      const compared = async (): Promise<Finding> => {
        const rows = await druid.sql(query, 'heavy', new AbortController().signal);
        const counts = rows.map(([type, n]): [string, number] => [String(type), Number(n)]);
        return compareTypes(`figures (Druid ${source})`, traffic, own, counts);
      };
      let finding = await compared();
      for (let since = performance.now(); finding.missing > 0 && performance.now() - since < PATIENCE_MS; ) {
        await sleep(POLL_MS);
        const now = await compared();
        if (now.found !== finding.found) since = performance.now();
        finding = now;
      }
      findings.push(finding);
    }
  await druid.close();
  return findings;
}

function compareTypes(
  store: string,
  traffic: Traffic,
  own: Sent,
  counts: readonly (readonly [type: string, count: number])[],
): Finding {
  const left = new Map<string, number>();
  let expected = 0;
  for (const n of expectedOf(traffic, own)) {
    const type = typeOf(n) ?? '';
    left.set(type, (left.get(type) ?? 0) + 1);
    expected += 1;
  }
  let [found, missing, twice, strange] = [0, 0, 0, 0];
  for (const [type, count] of counts) {
    found += count;
    const wanted = left.get(type);
    if (wanted === undefined) strange += count;
    else if (count > wanted) twice += count - wanted;
    else missing += wanted - count;
    left.delete(type);
  }
  for (const count of left.values()) missing += count;
  return { store, tenantId: own.tenantId, expected, found, missing, twice, strange };
}
