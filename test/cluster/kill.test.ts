import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Engines, enginesMissing, startEngines } from '../../scripts/cluster/engines.ts';
import { ENGINES, type EngineName } from '../../scripts/cluster/types.ts';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import { uniqueTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import { type ClusterProduct, startClusterProduct } from '../support/cluster-product.ts';
import { readAll } from '../support/kafka-read.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const LEADS = 40;
const BATCH = 10;
/** Far beyond what is needed: a machine that does other work besides is no failure. */
const RECOVERY_MS = 1_800_000;
/** What of a query needs an engine: the rest must answer while it is away. */
const NEEDS: Readonly<Record<string, readonly EngineName[]>> = {
  lead: ['hbase', 'pqs'],
  searchActivities: ['solr'],
  metrics: ['druid'],
};
/** The engines that answer, as `/readyz` names them. HBase is reached through the query server. */
const DEPENDENCY: Readonly<Partial<Record<EngineName, string>>> = {
  kafka: 'kafka',
  hbase: 'hbase',
  pqs: 'hbase',
  solr: 'solr',
  druid: 'druid',
};
const ANSWERING = ENGINES.filter((engine) => engine in DEPENDENCY);
const DAY_MS = 86_400_000;
const START = Date.now() - DAY_MS;
const [FROM, TO] = [-7, 1].map((days) => new Date(Date.now() + days * DAY_MS).toISOString());
const READ = `{
  lead(externalId: "lead-1") { activities(first: 5) { nodes { messageId } } }
  searchActivities(first: 1) { total { value } }
  metrics(query: { measures: [ACTIVITIES], from: "${FROM}", to: "${TO}" }) { rows { values { value } } }
}`;

type Answer = {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly retryable: boolean };
  }[];
};

describe('each engine and process is killed in turn under steady writes and reads', {
  skip: enginesMissing() ?? false,
}, () => {
  let engines: Engines;
  let product: ClusterProduct;
  let token: string;
  let writeKey: string;
  const closers: (() => Promise<unknown>)[] = [];
  let isOver = false;
  /** Messages that senders were told to be accepted. */
  const acknowledged = new Set<string>();

  before(async () => {
    const directory = await temporaryDirectory();
    closers.push(() => directory.remove());
    engines = await startEngines({ dataDir: directory.path, portOffset: 'free', only: ANSWERING });
    closers.push(() => engines.stop());
    product = await startClusterProduct(engines.addresses, 'kills', ['acme']);
    closers.push(() => product.close());
    token = await product.token('acme', ['activities:read', 'analytics:read', 'leads:pii']);
    writeKey = await product.writeKey('acme');
  });
  after(async () => {
    isOver = true;
    for (const close of closers.toReversed()) await close();
  });

  const ask = async (query: string, variables?: object): Promise<Answer> => {
    const response = await fetch(`${product.api}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };

  /** Whether `/readyz` says that an engine is away, and since when. */
  const isToldAway = async (name: string): Promise<boolean> => {
    const response = await fetch(`${product.api}/readyz`);
    const { dependencies } = (await response.json()) as {
      dependencies: { name: string; status: string; since: string }[];
    };
    const told = dependencies.find((one) => one.name === name);
    return told?.status === 'away' && Date.parse(told.since) <= Date.now();
  };

  /** Sends a batch again and again until it is accepted, as SDKs do. */
  const send = async (round: number): Promise<void> => {
    const batch = Array.from({ length: BATCH }, (_, n) => ({
      type: 'track',
      messageId: `m-${round}-${n}`,
      userId: `lead-${(round * BATCH + n) % LEADS}`,
      event: 'Signed Up',
      timestamp: new Date(START + round * 1_000 + n).toISOString(),
      properties: { round },
    }));
    while (!isOver) {
      const status = await fetch(`${product.api}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` },
        body: JSON.stringify({ batch }),
      }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => 0,
      );
      if (status === 200) {
        for (const { messageId } of batch) acknowledged.add(messageId);
        return;
      }
      assert.ok([0, 429, 503, 504].includes(status), `a sender was answered ${status}`);
      await sleep(100);
    }
  };

  /** Whether everything answers and has everything, as a reader sees it. */
  const counts = async (): Promise<{ search: number; metrics: number }> => {
    const { data } = await ask(
      `{ searchActivities(first: 1) { total(exact: true) { value } }
         metrics(query: { measures: [ACTIVITIES], from: "${FROM}", to: "${TO}" }) { rows { values { value } } } }`,
    );
    type Data = {
      searchActivities: { total: { value: number } } | null;
      metrics: { rows: { values: { value: number }[] }[] } | null;
    };
    const { searchActivities, metrics } = (data ?? {}) as Partial<Data>;
    return {
      search: searchActivities?.total.value ?? -1,
      metrics: metrics ? (metrics.rows[0]?.values[0]?.value ?? 0) : -1,
    };
  };

  test('nothing acknowledged is lost or counted twice, and meanwhile only what needs the dead one fails', async () => {
    let round = 0;
    const sending = (async () => {
      while (!isOver) {
        await send(round++);
        await sleep(200);
      }
    })();
    await until('all answer', async () => (await ask(READ)).errors === undefined, RECOVERY_MS);

    /** Engines that were away at some moment of the question. */
    let dead: readonly EngineName[] = [];
    const partial: string[] = [];
    let least = { search: 0, metrics: 0 };
    const watch = async (killed: readonly EngineName[], untilBack: Promise<unknown>): Promise<number> => {
      dead = killed;
      let answers = 0;
      let isBack = false;
      const back = untilBack.then(() => {
        isBack = true;
      });
      while (!isBack) {
        const answer = await ask(READ);
        const { data, errors = [] } = answer;
        for (const { path, message, extensions } of errors) {
          const field = String(path?.[0]);
          assert.ok(
            NEEDS[field]?.some((engine) => dead.includes(engine)),
            `${field} failed while ${dead.join(', ')} was away: ${message}`,
          );
          assert.equal(
            extensions.code,
            'BACKEND_UNAVAILABLE',
            `${field}, ${dead.join(', ')} away: ${message}`,
          );
          assert.equal(extensions.retryable, true);
        }
        for (const [field, needs] of Object.entries(NEEDS))
          if (!needs.some((engine) => dead.includes(engine)))
            assert.ok(
              data?.[field],
              `${field} has no answer while ${dead.join(', ')} was away: ${JSON.stringify(answer)}`,
            );
        // What is told is never less than what was told before: a part is not passed off as the whole.
        const now = await counts();
        for (const store of ['search', 'metrics'] as const) {
          if (now[store] >= 0 && now[store] < least[store])
            partial.push(`${store} ${now[store]} < ${least[store]}, ${killed.join(', ')} killed`);
          least = { ...least, [store]: Math.max(least[store], now[store]) };
        }
        answers += 1;
        await sleep(500);
      }
      await back;
      return answers;
    };

    for (const engine of ANSWERING) {
      await engines.kill(engine);
      // The query server needs HBase.
      const told = until(
        `/readyz names ${engine} while it is away`,
        () => isToldAway(DEPENDENCY[engine] ?? ''),
        RECOVERY_MS,
      );
      const affected: EngineName[] = engine === 'hbase' ? ['hbase', 'pqs'] : [engine];
      const recovered = (async () => {
        await engines.untilReady(undefined, RECOVERY_MS);
        await until('all answer again', async () => (await ask(READ)).errors === undefined, RECOVERY_MS);
      })();
      assert.ok((await watch(affected, recovered)) > 0);
      await told;
      const isBack = async () => !(await isToldAway(DEPENDENCY[engine] ?? ''));
      await until(`/readyz has ${engine} back`, isBack, RECOVERY_MS);
      const before = acknowledged.size;
      await until(`writes go on after ${engine}`, () => acknowledged.size > before, RECOVERY_MS);
    }
    for (const part of ['workers', 'api'] as const) {
      await product.kill(part);
      await sleep(1_000);
      await product.start(part);
      const before = acknowledged.size;
      await until(`writes go on after ${part}`, () => acknowledged.size > before, RECOVERY_MS);
    }
    isOver = true;
    await sending;

    await until(
      'the log is settled and indexed',
      async () => {
        const lag = await product.lag();
        return lag.size === 3 && [...lag.values()].every((left) => left === 0);
      },
      RECOVERY_MS,
    );
    await until(
      'search and figures have everything',
      async () => {
        const { search, metrics } = await counts();
        return search >= acknowledged.size && metrics >= acknowledged.size;
      },
      RECOVERY_MS,
    );
    assert.deepEqual(partial, []);
    assert.deepEqual(await counts(), { search: acknowledged.size, metrics: acknowledged.size });

    const expected = [...acknowledged].sort();
    const kafka = { brokers: [engines.addresses.kafka], prefix: 'kills.', clientId: 'check' };
    const passed = (await readAll(kafka, uniqueTopic(kafka))).flatMap(({ record }) =>
      record.kind === 'activity' ? [record.activity.messageId] : [],
    );
    assert.deepEqual(passed.toSorted(), expected);
    assert.deepEqual((await timelines()).toSorted(), expected);
    assert.deepEqual((await searched()).toSorted(), expected);
    // And the log itself has each at least once.
    const log = openKafkaLog(kafka);
    const logged = new Set<string>();
    const { signal } = new AbortController();
    for (const { partition, first } of await log.partitions(signal))
      for await (const batch of log.read(partition, first, signal))
        for (const { record } of batch) if (record.kind === 'activity') logged.add(record.activity.messageId);
    await log.close();
    assert.deepEqual([...logged].toSorted(), expected);
  });

  /** Messages of a connection, page by page. */
  const paged = async (page: (after: string | null) => Promise<Page>): Promise<string[]> => {
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo } = await page(after);
      found.push(...nodes.map(({ messageId }) => messageId));
      if (!pageInfo.hasNextPage) return found;
      after = pageInfo.endCursor;
    }
  };
  type Page = {
    readonly nodes: readonly { readonly messageId: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };

  const timelines = async (): Promise<string[]> => {
    const all: string[] = [];
    for (let n = 0; n < LEADS; n += 1)
      all.push(
        ...(await paged(async (after) => {
          const { data, errors } = await ask(
            `query ($id: String!, $after: String) { lead(externalId: $id) { activities(first: 500, after: $after) {
               nodes { messageId } pageInfo { hasNextPage endCursor } } } }`,
            { id: `lead-${n}`, after },
          );
          assert.equal(errors, undefined);
          assert.ok(data);
          return (data['lead'] as { activities: Page }).activities;
        })),
      );
    return all;
  };
  const searched = (): Promise<string[]> =>
    paged(async (after) => {
      const { data, errors } = await ask(
        `query ($after: String) { searchActivities(first: 200, sort: NEWEST, after: $after) {
           edges { node { messageId } } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      assert.equal(errors, undefined);
      assert.ok(data);
      const { edges, pageInfo } = data['searchActivities'] as {
        edges: { node: { messageId: string } }[];
        pageInfo: Page['pageInfo'];
      };
      return { nodes: edges.map(({ node }) => node), pageInfo };
    });
});
