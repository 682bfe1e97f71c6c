import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Engines, enginesMissing, startEngines } from '../../../scripts/cluster/engines.ts';
import { temporaryDirectory } from '../../../test/support/temp.ts';
import { type AvaticaClient, openAvatica } from '../src/client.ts';
import { AvaticaError } from '../src/protocol/errors.ts';
import { openSchema, type TestSchema, until } from './support.ts';

const WRITERS = 4;

describe('Avatica client when servers are killed', { skip: enginesMissing() ?? false }, () => {
  let engines: Engines;
  let schema: TestSchema;
  let client: AvaticaClient;
  let counters: string;
  let nextKey = 0;
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    const directory = await temporaryDirectory();
    closers.push(() => directory.remove());
    // Engines of its own: these are killed.
    engines = await startEngines({ dataDir: directory.path, only: ['pqs'], portOffset: 'free' });
    closers.push(() => engines.stop());
    const url = engines.addresses.pqs;
    schema = await openSchema({ url, connections: 1 });
    counters = await schema.table('K BIGINT NOT NULL PRIMARY KEY, N BIGINT');
    client = openAvatica({ url, connections: WRITERS, timeoutMs: 5_000 });
    closers.push(() => client.close());
  });
  after(async () => {
    for (const close of closers.toReversed()) await close();
  });

  /** A write whose repetition shows. */
  const increment = () => `UPSERT INTO ${counters} (K, N) VALUES (?, 1) ON DUPLICATE KEY UPDATE N = N + 1`;
  const allRows = async (): Promise<Map<number, number>> => {
    const { rows } = await schema.client.query<{ K: number; N: number }>(`SELECT K, N FROM ${counters}`);
    return new Map(rows.map(({ K, N }) => [K, N]));
  };

  test("a statement number from before a restart never runs another client's statement", async () => {
    const url = engines.addresses.pqs;
    const ours = openAvatica({ url, connections: 1 });
    const theirs = openAvatica({ url, connections: 1 });
    try {
      const keys = Array.from({ length: 20 }, (_, index) => 1_000_000 + index);
      for (const key of keys) await ours.query(increment(), [key]);
      await ours.batch(
        increment(),
        keys.map((key) => [key]),
      );
      await engines.kill('pqs');
      await engines.untilReady('pqs');
      // Whatever small number our statement had, it is a DELETE with one value now.
      for (let index = 0; index < 50; index++)
        await theirs.query(`DELETE FROM ${counters} WHERE K = ? AND N > ${1_000_000 + index}`, [-1]);
      for (let index = 0; index < 50; index++)
        await theirs.query(`DELETE FROM ${counters} WHERE K = ? AND N > ${-index}`, [-1]);
      for (const key of keys) await ours.query(increment(), [key]);
      await ours.batch(
        increment(),
        keys.map((key) => [key]),
      );
      const rows = await allRows();
      assert.deepEqual(
        keys.map((key) => rows.get(key)),
        keys.map(() => 4),
      );
    } finally {
      await Promise.all([ours.close(), theirs.close()]);
    }
  });

  for (const name of ['pqs', 'hbase'] as const)
    test(`kill -9 of ${name} under steady writes and reads: nothing acknowledged is lost, nothing is written twice, and calls work again by themselves`, async () => {
      const acknowledged = new Set<number>();
      const refused = new Set<number>();
      const errors: unknown[] = [];
      let over = false;
      const writing = Array.from({ length: WRITERS }, async (_, writer) => {
        while (!over) {
          const keys = Array.from({ length: 5 }, () => nextKey++);
          try {
            if (writer % 2 === 0)
              await client.batch(
                increment(),
                keys.map((key) => [key]),
              );
            else for (const key of keys) await client.query(increment(), [key]);
            for (const key of keys) acknowledged.add(key);
            const { rows } = await client.query(`SELECT N FROM ${counters} WHERE K = ?`, [keys[0] ?? 0]);
            assert.deepEqual(rows, [{ N: 1 }]);
          } catch (error) {
            if (!(error instanceof AvaticaError)) throw error;
            errors.push(error);
            for (const key of keys) refused.add(key);
            await sleep(20);
          }
        }
      });
      await until('writes go on', () => acknowledged.size > 200);
      await engines.kill(name);
      await until('the fault shows', () => errors.length > 0);
      await engines.untilReady(name === 'hbase' ? undefined : name);
      const before = acknowledged.size;
      await until('writes go on again', () => acknowledged.size > before + 200, 120_000);
      over = true;
      await Promise.all(writing);

      for (const error of errors) {
        assert.ok(error instanceof AvaticaError);
        assert.match(error.code, /^(?:UNAVAILABLE|TIMEOUT)$/, String(error.cause));
        assert.ok(error.retryable);
      }
      const rows = await allRows();
      for (const key of acknowledged) assert.equal(rows.get(key), 1, `key ${key} was acknowledged`);
      for (const key of refused) assert.ok((rows.get(key) ?? 0) <= 1, `key ${key} was written twice`);
    });
});
