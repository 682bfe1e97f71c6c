import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openFileLog } from '../../src/datasources/activity-log/file/adapter.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import type { Activity } from '../../src/domain/activity.ts';
import type { WriterStatus, WrittenVerdict } from '../../src/ingest/write/writer-port.ts';
import { anActivity } from '../support/activities.ts';
import { freshDatabase, startPostgres, type TestServer } from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';
import { Refused, startVictim, type Victim } from './process.ts';

const TENANT = 'faulty';
const some = (count: number, attributes = {}): Activity[] =>
  Array.from({ length: count }, () => anActivity(TENANT, { attributes }));
const write = async (victim: Victim, activities: readonly Activity[]): Promise<WrittenVerdict[]> =>
  (await victim.ask({ kind: 'activities', tenant: TENANT, activities })) as WrittenVerdict[];
const isRepaired = async (victim: Victim): Promise<boolean> =>
  ((await victim.ask({ kind: 'status', tenant: TENANT })) as WriterStatus).repairing.length === 0;
const stop = async (victim: Victim): Promise<void> => {
  await victim.ask({ kind: 'close', tenant: TENANT });
  await victim.exit;
};

/** The processes that serve a PostgreSQL: each connection has its own. */
const processesOf = (parent: number): number[] => {
  const children = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []));
  return [parent, ...children.flatMap(processesOf)];
};

/** @returns whether there was such a process: PostgreSQL ends the others itself once one was killed */
function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

describe('a store that fails while the log lives', () => {
  let server: TestServer;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    server = await startPostgres();
    directory = await temporaryDirectory();
  });
  after(async () => {
    await server.stop();
    await directory.remove();
  });

  const ids = async (url: string): Promise<string[]> => {
    const db = openPg({ url, connections: 1, statementTimeoutMs: 5_000 });
    const rows = await db.query<{ message_id: string }>(
      'SELECT message_id FROM activities ORDER BY message_id',
    );
    await db.close();
    return rows.map((row) => row.message_id);
  };

  test('PostgreSQL frozen: accepted from the log, and in the store soon after it goes on', async () => {
    const url = await freshDatabase(server.url);
    const victim = startVictim({ directory: directory.path, database: url });
    await victim.ready;
    const batches = [some(5), some(5), some(5)] as const;
    await write(victim, batches[0]);
    const frozen = processesOf(server.pid);
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    try {
      const verdicts = await Promise.all([write(victim, batches[1]), write(victim, batches[2])]);
      assert.deepEqual(
        verdicts.flat().map(({ status }) => status),
        Array(10).fill('stored'),
      );
      assert.equal(await isRepaired(victim), false);
    } finally {
      for (const pid of frozen.reverse()) process.kill(pid, 'SIGCONT');
    }
    await until('repaired', () => isRepaired(victim));
    const expected = batches
      .flat()
      .map(({ messageId }) => messageId)
      .sort();
    assert.deepEqual(await ids(url), expected);
    // And directly again.
    const [last] = some(1) as [Activity];
    await write(victim, [last]);
    assert.ok((await ids(url)).includes(last.messageId));
    await stop(victim);
  });

  test('PostgreSQL killed while writes go on, and the writer killed before it is back: the next start repairs', async (t) => {
    const own = await startPostgres();
    const url = await freshDatabase(own.url);
    const place = await temporaryDirectory();
    const victim = startVictim({ directory: place.path, database: url });
    let next = victim;
    t.after(async () => {
      await next.kill();
      await own.stop();
      await place.remove();
    });
    await victim.ready;
    const sent = some(20);
    await write(victim, sent.slice(0, 5));
    const backends = processesOf(own.pid).filter((pid) => pid !== own.pid);
    // Every connection breaks, and the server is out for a moment while it recovers.
    assert.ok(backends.slice(-3).filter(killIfThere).length > 0);
    const verdicts = await Promise.all([write(victim, sent.slice(5, 12)), write(victim, sent.slice(12))]);
    assert.ok(verdicts.flat().every(({ status }) => status === 'stored'));
    await victim.kill();
    next = startVictim({ directory: place.path, database: url });
    await until('started again', () =>
      next.ready.then(
        () => true,
        () => {
          next = startVictim({ directory: place.path, database: url });
          return false;
        },
      ),
    );
    assert.deepEqual(await ids(url), sent.map(({ messageId }) => messageId).sort());
    await stop(next);
  });
});

describe('a log that can not be written', () => {
  test('at the limit of its file size the log refuses as retryable, and what it acknowledged before is whole', async () => {
    const directory = await temporaryDirectory();
    // 600 KiB; the segments of this process are greater.
    const victim = startVictim({ directory: directory.path, database: 'memory', limit: 'ulimit -f 600' });
    await victim.ready;
    const acknowledged: string[] = [];
    let refused: unknown;
    for (let round = 0; round < 100 && !refused; round += 1) {
      const batch = some(10, { note: 'x'.repeat(2_000) });
      try {
        await write(victim, batch);
        acknowledged.push(...batch.map(({ messageId }) => messageId));
      } catch (error) {
        refused = error;
      }
    }
    assert.ok(
      refused instanceof Refused && refused.code === 'BACKEND_UNAVAILABLE' && refused.retryable,
      String(refused),
    );
    await assert.rejects(write(victim, some(10, { note: 'x'.repeat(2_000) })), Refused);
    await victim.kill();
    assert.ok(acknowledged.length > 100);
    const log = await openFileLog({ dir: join(directory.path, 'log') });
    const found: string[] = [];
    for await (const batch of log.read(0, 0, new AbortController().signal))
      for (const { record } of batch) if (record.kind === 'activity') found.push(record.activity.messageId);
    assert.deepEqual(found.slice(0, acknowledged.length), acknowledged);
    assert.equal(found.length, acknowledged.length);
    await log.close();
    await directory.remove();
  });

  test('where no new segment can be made the log refuses as retryable, and goes on when one can', async () => {
    const directory = await temporaryDirectory();
    const log = join(directory.path, 'log');
    const victim = startVictim({ directory: directory.path, database: 'memory' });
    await victim.ready;
    const big = { note: 'x'.repeat(8_000) };
    // Directories stand where new segments would: that stops root, too. The segment that is open can still be written.
    const places = Array.from({ length: 40 }, (_, n) =>
      join(log, `${String((n + 1) * 10).padStart(20, '0')}.log`),
    );
    for (const place of places) await mkdir(place);
    let refused = 0;
    for (let round = 0; round < 40 && refused < 3; round += 1)
      await write(victim, some(10, big)).catch((error: unknown) => {
        assert.ok(error instanceof Refused && error.code === 'BACKEND_UNAVAILABLE' && error.retryable);
        refused += 1;
      });
    assert.equal(refused, 3);
    for (const place of places) await rmdir(place);
    await write(victim, some(10, big));
    assert.equal((await readdir(log)).filter((name) => name.endsWith('.log')).length, 2);
    await stop(victim);
    await directory.remove();
  });
});
