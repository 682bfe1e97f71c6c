// What a tenant that sends ten times its budget does to the others: their requests' times in calm and flooded spans by
// turns, in one run, through POST /v1/batch. `node bench/fairness.ts --data DIR` beside `npm run cluster`'s engines.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { attachEngines } from '../scripts/cluster/engines.ts';
import { createLatencies } from '../scripts/load/latencies.ts';
import { type LoadOptions, type LoadOutcome, runLoad } from '../scripts/load/sender.ts';
import { createRandom } from '../src/demo/random.ts';
import { startClusterProduct } from '../test/support/cluster-product.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    /** Events a second that each tenant may send. */
    budget: { type: 'string', default: '500' },
    /** Tenants that keep to four fifths of it. */
    others: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '4' },
  },
});
const BUDGET = Number(values.budget);
const SECONDS = Number(values.seconds);
const KEPT = 0.8;
const FLOOD = 10;
const WARM_UP = 2;

const engines = attachEngines(resolve(values.data));
if (!engines) throw new Error('The engines do not run: npm run cluster -- start --engines-only --data DIR.');
const run = `fair${Date.now().toString(36)}`;
const ids = ['flood', ...Array.from({ length: Number(values.others) }, (_, index) => `calm-${index + 1}`)];
const product = await startClusterProduct(engines.addresses, run, ids, {
  INGEST_EVENTS_PER_SECOND: String(BUDGET),
  INGEST_BURST_SECONDS: '1',
});
await product.stop('workers');

const tenants = await Promise.all(
  ids.map(async (id) => ({
    id,
    weight: 1,
    authorization: `Bearer ${await product.token(id, ['activities:write'])}`,
  })),
);
const [flooding, ...calm] = tenants as [(typeof tenants)[number], ...typeof tenants];
const sent = new Map<string, number>();
const traffic = { run, start: Date.now() - 3_600_000, batchSize: 25, people: 20_000 };

const arrivals = createRandom(1);

/** One span of a load; numbers of batches go on from the span before. */
async function load(options: Pick<LoadOptions, 'tenants' | 'rate' | 'givesUp'>): Promise<LoadOutcome> {
  const outcome = await runLoad({
    url: product.api,
    traffic,
    seconds: SECONDS,
    from: sent,
    arrivals,
    ...options,
  });
  for (const [id, { next }] of outcome.tenants) sent.set(id, next);
  return outcome;
}
const keepWithin = (own: typeof tenants) => load({ tenants: own, rate: own.length * BUDGET * KEPT });
const flood = () =>
  Promise.all([keepWithin(calm), load({ tenants: [flooding], rate: BUDGET * FLOOD, givesUp: true })]);

try {
  // Caches fill, and the runtimes compile, for both.
  for (let span = 0; span < WARM_UP; span += 1) {
    await keepWithin(tenants);
    await flood();
  }
  const times = { calm: createLatencies(), flooded: createLatencies() };
  const refused = { calm: 0, flooded: 0, flood: 0, taken: 0 };
  /** @returns the span's own p99 */
  const count = (outcome: LoadOutcome, span: 'calm' | 'flooded'): string => {
    const latencies = createLatencies();
    for (const { id } of calm) {
      const own = outcome.tenants.get(id);
      if (own) latencies.merge(own.latencies);
      refused[span] += own?.refused ?? 0;
    }
    times[span].merge(latencies);
    return latencies.quantile(0.99).toFixed(0);
  };
  const calmSpan = async (): Promise<string> => `${count(await keepWithin(tenants), 'calm')} ms calm`;
  const floodedSpan = async (): Promise<string> => {
    const [others, flooded] = await flood();
    const own = flooded.tenants.get(flooding.id);
    refused.flood += own?.refused ?? 0;
    refused.taken += own?.acknowledged.size ?? 0;
    return `${count(others, 'flooded')} ms flooded`;
  };
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    // The engines do some things once a minute (Druid writes what it read): not always in spans of one kind.
    const spans = round % 2 === 1 ? [calmSpan, floodedSpan] : [floodedSpan, calmSpan];
    const told: string[] = [];
    for (const span of spans) told.push(await span());
    console.log(`round ${round}: p99 ${told.join(', ')}`);
  }
  const seconds = SECONDS * Number(values.rounds);
  for (const q of [0.5, 0.99])
    console.log(
      `p${q * 100} of the others: ${times.calm.quantile(q).toFixed(1)} ms calm, ${times.flooded.quantile(q).toFixed(1)} ms ` +
        `flooded, ratio ${(times.flooded.quantile(q) / times.calm.quantile(q)).toFixed(2)} (at most 1.3)`,
    );
  console.log(
    `refused of theirs: ${refused.calm} calm, ${refused.flooded} flooded (none); of ${FLOOD * BUDGET} events a second of the flood ` +
      `${Math.round((refused.taken * traffic.batchSize) / seconds)} were taken and ${Math.round((refused.flood * traffic.batchSize) / seconds)} refused`,
  );
} finally {
  await product.close();
}
