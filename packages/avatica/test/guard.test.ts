import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Engines, enginesMissing, startEngines } from '../../../scripts/cluster/engines.ts';
import { temporaryDirectory } from '../../../test/support/temp.ts';
import { type AvaticaClient, openAvatica } from '../src/client.ts';
import { guard } from '../src/guard.ts';
import { AvaticaError } from '../src/protocol/errors.ts';
import { openSchema, type TestSchema, until } from './support.ts';

const isAway = (error: unknown): boolean =>
  error instanceof AvaticaError && error.code === 'UNAVAILABLE' && error.retryable;

describe('calls behind a guard', { skip: enginesMissing() ?? false }, () => {
  let engines: Engines;
  let schema: TestSchema;
  let table: string;
  let guarded: Pick<AvaticaClient, 'query' | 'batch'>;
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    const directory = await temporaryDirectory();
    closers.push(() => directory.remove());
    // Engines of its own: these are frozen.
    engines = await startEngines({ dataDir: directory.path, only: ['pqs'], portOffset: 'free' });
    closers.push(() => engines.stop());
    const url = engines.addresses.pqs;
    schema = await openSchema({ url, connections: 1 });
    table = await schema.table('K BIGINT NOT NULL PRIMARY KEY, N BIGINT');
    const client = openAvatica({ url, connections: 4, timeoutMs: 60_000 });
    const prober = openAvatica({ url, connections: 1 });
    closers.push(
      () => client.close(),
      () => prober.close(),
    );
    guarded = guard(client, {
      prober,
      probe: `SELECT K FROM ${table} LIMIT 1`,
      slowMs: 300,
      probeTimeoutMs: 1_000,
    });
  });
  after(async () => {
    for (const close of closers.toReversed()) await close();
  });

  test('end with UNAVAILABLE while HBase does not answer, and go on when it does', async () => {
    const upsert = `UPSERT INTO ${table} (K, N) VALUES (?, ?)`;
    await guarded.batch(upsert, [[1, 1]]);
    const select = `SELECT N FROM ${table} WHERE K = ?`;
    assert.deepEqual((await guarded.query(select, [1])).rows, [{ N: 1 }]);
    const pid = engines.status().find(({ name }) => name === 'hbase')?.pid;
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    try {
      // The query server waits for HBase for much longer than these calls do.
      const calls = await Promise.allSettled([guarded.query(select, [1]), guarded.batch(upsert, [[2, 2]])]);
      for (const call of calls) assert.ok(call.status === 'rejected' && isAway(call.reason));
      await assert.rejects(guarded.query(select, [1]), isAway);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('calls are answered again', () =>
      guarded.query(select, [1]).then(
        () => true,
        () => false,
      ),
    );
  });
});
