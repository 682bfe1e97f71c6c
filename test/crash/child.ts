import { join } from 'node:path';
import { migrations } from '../../src/compose/migrations.ts';
import { createPostgresCheckpoints } from '../../src/datasources/activity-log/checkpoints.ts';
import { openFileLog } from '../../src/datasources/activity-log/file/adapter.ts';
import { metricsProjection } from '../../src/datasources/activity-metrics/postgres/projection.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { openPg } from '../../src/datasources/db/pg.ts';
import { openPglite } from '../../src/datasources/db/pglite.ts';
import { createPostgresFailedActivities } from '../../src/datasources/failed-activities/postgres/adapter.ts';
import type { Activity } from '../../src/domain/activity.ts';
import type { LeadUpdate } from '../../src/domain/lead.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { recover } from '../../src/ingest/write/recover.ts';
import { createWriter } from '../../src/ingest/write/writer.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { faultyStore, unreachable } from '../unit/ingest/write/writer-support.ts';

/** What the parent asks for, over the process's IPC channel. */
export type Request = { readonly id: number; readonly tenant: string } & (
  | { readonly kind: 'activities'; readonly activities: readonly Activity[] }
  | { readonly kind: 'leads'; readonly updates: readonly LeadUpdate[] }
  | { readonly kind: 'type'; readonly name: string }
  | { readonly kind: 'store'; readonly isDown: boolean }
  | { readonly kind: 'status' }
  | { readonly kind: 'close' }
);
export type Answer =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'ready'; readonly replayed: number; readonly tornBytes: number }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly code: string; readonly retryable: boolean };

// The durable write of one process, to be killed at any moment: `child.ts DIRECTORY [DATABASE_URL | memory]`.
const [directory = '', database = ''] = process.argv.slice(2);
const send = (answer: Answer): void => void process.send?.(answer);
const never = new AbortController().signal;

const openDatabase = () => {
  if (database === '') return openPglite(join(directory, 'pglite'));
  if (database === 'memory') return openPglite();
  return Promise.resolve(openPg({ url: database, connections: 4, statementTimeoutMs: 5_000 }));
};
const db = await openDatabase();
await migrate(db, migrations);
const log = await openFileLog({ dir: join(directory, 'log'), segmentBytes: 1024 * 1024 });
// With a switch: while the store is off, what is acknowledged is in the log alone.
const faulty = faultyStore(createPostgresStore(db, [metricsProjection]));
const { store } = faulty;
const checkpoints = createPostgresCheckpoints(db);
const failures = createPostgresFailedActivities(db, { retentionMs: 3_600_000 });
const { positions, replayed } = await recover({
  log,
  store,
  checkpoints,
  failures,
  storeTimeoutMs: 10_000,
  signal: never,
  onProgress: ({ done, total }) => send({ kind: 'progress', done, total }),
});
const writer = createWriter({
  log,
  store,
  failures,
  progress: { checkpoints, start: positions },
  storeTimeoutMs: 1_000,
});

async function handle(request: Request): Promise<unknown> {
  const tenant = verifyTenant(request.tenant);
  switch (request.kind) {
    case 'activities':
      return writer.writeActivities(tenant, request.activities, never);
    case 'leads':
      return writer.writeLeadUpdates(tenant, request.updates, never);
    case 'type':
      return writer.defineType(
        tenant,
        { name: request.name, category: 'CUSTOM', description: '', conversion: true, attributes: [] },
        never,
      );
    case 'store':
      faulty.fault = request.isDown ? () => Promise.reject(unreachable()) : async () => {};
      return undefined;
    case 'status':
      return writer.status();
    case 'close':
      await writer.close();
      await log.close();
      await db.close();
      return undefined;
  }
}

process.on('message', (request: Request) => {
  handle(request).then(
    (value) => {
      send({ kind: 'done', id: request.id, value });
      if (request.kind === 'close') process.disconnect();
    },
    (error: unknown) => {
      const known = error instanceof DomainError ? error : new DomainError('INTERNAL', String(error));
      send({ kind: 'refused', id: request.id, code: known.code, retryable: known.retryable });
    },
  );
});
send({ kind: 'ready', replayed, tornBytes: log.tornBytes });
