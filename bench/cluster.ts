// What the API adds to the engines: a point look-up, a page of 50, a search with three facets and a KPI by campaign
// through GraphQL over HTTP, against the same calls of the engine by a client that does nothing else, by turns in one
// run, one at a time and 32 at a time; and what the barest server in the API's place adds (`hop-server.ts`).
// `node bench/cluster.ts --data DIR` beside `npm run cluster`'s engines.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { attachEngines } from '../scripts/cluster/engines.ts';
import { untilCaughtUp } from '../scripts/load/lags.ts';
import { runLoad } from '../scripts/load/sender.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { startClusterProduct } from '../test/support/cluster-product.ts';
import { cases } from './cluster-cases.ts';
import { type EngineCall, openEngines } from './engine-calls.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    events: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    /** Only cases with this in their names. */
    only: { type: 'string', default: '' },
    'cpu-prof': { type: 'string' },
  },
});
const ROUND_MS = Number(values.seconds) * 1_000;
const ROUNDS = Number(values.rounds);
const PEOPLE = 200;
const AIMS = [
  { concurrency: 1, ratio: 1.25 },
  { concurrency: 32, ratio: 1.4 },
] as const;
const attached = attachEngines(resolve(values.data));
if (!attached) throw new Error('The engines do not run: npm run cluster -- start --engines-only --data DIR.');
const { addresses } = attached;
const name = `bench${Date.now().toString(36)}`;
const tenant = verifyTenant('bench');
const product = await startClusterProduct(addresses, name, [tenant.id], {
  COST_BUDGET: '1000000000',
  COST_RESTORE_PER_SECOND: '1000000000',
  ...(values['cpu-prof'] && {
    NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(values['cpu-prof'])}`,
  }),
});
const token = await product.token(tenant.id, [
  'activities:read',
  'activities:write',
  'analytics:read',
  'leads:pii',
]);
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };

/** A history, settled, in which many leads have more than a page. */
async function fill(): Promise<void> {
  await runLoad({
    url: product.api,
    traffic: { run: name, start: Date.now() - 6 * 3_600_000, batchSize: 100, people: PEOPLE },
    tenants: [{ id: tenant.id, authorization: headers.authorization, weight: 1 }],
    rate: 3_000,
    seconds: Number(values.events) / 3_000,
  });
  await untilCaughtUp(() => product.lag(), 2_000);
  // What follows the log would share the machine.
  await product.stop('workers');
}

const api = new Pool(product.api, { connections: 32, pipelining: 1 });
async function graphql(query: string): Promise<Record<string, unknown> | null> {
  const body = JSON.stringify({ query });
  const answer = await api.request({ path: '/graphql', method: 'POST', headers, body });
  const { data, errors } = (await answer.body.json()) as {
    data: Record<string, unknown> | null;
    errors?: readonly { message: string }[];
  };
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return data;
}

const engines = openEngines(addresses.pqs);
const hopServer = fork(new URL('hop-server.ts', import.meta.url), [addresses.pqs]);
const [hopPort] = (await once(hopServer, 'message')) as [number];
const hop = new Pool(`http://127.0.0.1:${hopPort}`, { connections: 32, pipelining: 1 });
async function throughHop(calls: readonly EngineCall[]): Promise<void> {
  const answer = await hop.request({ path: '/', method: 'POST', headers, body: JSON.stringify(calls) });
  await answer.body.json();
}

/** Mean time of one, in milliseconds, with so many at a time. */
async function time(work: () => Promise<unknown>, concurrency: number): Promise<number> {
  const begun = performance.now();
  const end = begun + ROUND_MS;
  let done = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < end) {
        await work();
        done += 1;
      }
    }),
  );
  return ((performance.now() - begun) * concurrency) / done;
}
const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

try {
  await fill();
  const people = PEOPLE;
  for (const { name: what, query, calls } of await cases({ addresses, name, tenant, people, graphql })) {
    if (!what.includes(values.only)) continue;
    const ways = {
      bare: () => engines.call(calls()),
      ours: () => graphql(query()),
      hop: () => throughHop(calls()),
    };
    // All sides, and the engines, are compiled while they run.
    for (const concurrency of [8, 1]) for (const way of Object.values(ways)) await time(way, concurrency);
    for (const { concurrency, ratio } of AIMS) {
      const rounds: { bare: number; ours: number; hop: number }[] = [];
      for (let round = 0; round < ROUNDS; round += 1)
        rounds.push({
          bare: await time(ways.bare, concurrency),
          ours: await time(ways.ours, concurrency),
          hop: await time(ways.hop, concurrency),
        });
      const ms = (way: keyof typeof ways) => median(rounds.map((round) => round[way])).toFixed(1);
      const ratios = (way: 'ours' | 'hop') => {
        const each = rounds.map((round) => round[way] / round.bare);
        return `ratio ${median(each).toFixed(2)} (${each.map((one) => one.toFixed(2)).join(' ')})`;
      };
      console.log(
        `${what}, ${concurrency} at a time: ${ms('ours')} ms against ${ms('bare')} ms, ${ratios('ours')}, ` +
          `at most ${ratio.toFixed(2)}; a bare hop ${ms('hop')} ms, ${ratios('hop')}`,
      );
    }
  }
} finally {
  hopServer.kill();
  await Promise.all([api.close(), hop.close(), engines.close()]);
  await product.close();
}
