import { createPostgresCheckpoints } from '../datasources/activity-log/checkpoints.ts';
import type { ActivityLog } from '../datasources/activity-log/port.ts';
import { createPostgresLog } from '../datasources/activity-log/postgres/adapter.ts';
import { isBehindLog } from '../datasources/activity-log/postgres/schema.ts';
import { metricsProjection } from '../datasources/activity-metrics/postgres/projection.ts';
import type { ActivityStore } from '../datasources/activity-store/port.ts';
import { createPostgresStore } from '../datasources/activity-store/postgres/adapter.ts';
import type { WriteProjection } from '../datasources/activity-store/projection.ts';
import { createDeciding } from '../datasources/campaign-runs/postgres/deciding.ts';
import { type Db, type Session, sessionIn } from '../datasources/db/db.ts';
import { erasuresProjection } from '../datasources/erasures/postgres/adapter.ts';
import { createPostgresFailedActivities } from '../datasources/failed-activities/postgres/adapter.ts';
import { listsProjection } from '../datasources/lists/postgres/adapter.ts';
import type { PersonalData } from '../datasources/personal-data.ts';
import type { TenantOf } from '../domain/tenant.ts';
import { createEmbeddedWriter } from '../ingest/write/embedded-writer.ts';
import type { FromLogUnit } from '../ingest/write/from-log.ts';
import { type Recovery, recover } from '../ingest/write/recover.ts';
import { createTransactionWriter, type DatabaseUnit } from '../ingest/write/transaction-writer.ts';
import type { Transact } from '../ingest/write/write-apply.ts';
import type { ErasingWriter, Writer } from '../ingest/write/writer-port.ts';
import { never } from '../lib/abort.ts';

export type SqlWriterOptions = {
  readonly db: Db;
  readonly log: ActivityLog;
  readonly store: ActivityStore & PersonalData;
  /** How long failed activities are kept, in milliseconds. */
  readonly failedRetentionMs: number;
  readonly tenantOf: TenantOf;
  /** As of `sqlStore`. */
  readonly deciding?: WriteProjection;
};

export type SqlWriter = {
  readonly writer: Writer & ErasingWriter;
  /** Records of the log that the store may have missed, and were looked at. */
  readonly replayed: number;
};

/**
 * The store with everything that is derived in its transactions: roll-ups, receipts, memberships, and runs of campaigns.
 * @param deciding decides which campaigns an activity starts
 */
export const sqlStore = (
  db: Session,
  deciding: WriteProjection = createDeciding(() => {}),
): ActivityStore & PersonalData =>
  createPostgresStore(db, [metricsProjection, erasuresProjection, listsProjection, deciding]);

/** The tables of one database that a write goes to, in one transaction. */
export const transactIn =
  (
    db: Db,
    {
      failedRetentionMs,
      tenantOf,
      deciding,
    }: Pick<SqlWriterOptions, 'failedRetentionMs' | 'tenantOf' | 'deciding'>,
  ): Transact<DatabaseUnit & FromLogUnit> =>
  (work, signal) =>
    db.tx(
      (q) => {
        const session = sessionIn(q);
        return work({
          store: sqlStore(session, deciding),
          failures: createPostgresFailedActivities(session, { retentionMs: failedRetentionMs }),
          log: createPostgresLog(session, tenantOf),
          checkpoints: createPostgresCheckpoints(session),
        });
      },
      { signal },
    );

/** The writer where log and store are tables of one database, for any number of processes. */
export async function openDatabaseWriter(options: SqlWriterOptions): Promise<SqlWriter> {
  const { db, store } = options;
  const { replayed } = (await isBehindLog(db)) ? await recoverStore(options) : { replayed: 0 };
  return { writer: createTransactionWriter({ transact: transactIn(db, options), store }), replayed };
}

/** The writer of the one process that owns the log. */
export async function openFileLogWriter(options: SqlWriterOptions): Promise<SqlWriter> {
  const { positions, replayed } = await recoverStore(options);
  const start = positions.get(0) ?? 0;
  return {
    writer: createEmbeddedWriter({ ...options, transact: transactIn(options.db, options), start }),
    replayed,
  };
}

const recoverStore = (options: SqlWriterOptions): Promise<Recovery> =>
  recover({
    log: options.log,
    transact: transactIn(options.db, options),
    checkpoints: createPostgresCheckpoints(options.db),
    tenantOf: options.tenantOf,
    storeTimeoutMs: 60_000,
    signal: never(),
  });
