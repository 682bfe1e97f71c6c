import type { Db } from './db.ts';

/** Tables that hold or held personal data. */
const TABLES = [
  'activities',
  'leads',
  'lead_links',
  'email_sends',
  'failed_activities',
  'activity_log',
  'lead_list_members',
  'campaign_runs',
  'campaign_run_steps',
  'campaign_notes',
  'campaign_entries',
  'campaign_sends',
  'campaign_leases',
] as const;
/** How long a rewrite waits for those who use a table, before it lets others pass and is tried again. */
const LOCK_TIMEOUT = '10s';
/**
 * PGlite recycles files of its write-ahead log with their bytes in them. Without recycling, a checkpoint removes each
 * file but the current, and the switch makes a new file the current.
 */
const FORGET_WAL = [
  'SET wal_recycle = off',
  'CHECKPOINT',
  'SELECT pg_switch_wal()',
  'CHECKPOINT',
  'RESET wal_recycle',
] as const;

/**
 * Rewrites the files of tables with personal data, so that no byte of a deleted row is left in them. The planner's
 * samples are rewritten too. A table can't be used while it is rewritten. The write-ahead
 * log of PGlite forgets, too; the write-ahead log of a server, its archive and its backups are the operator's.
 * @throws DbError when a table is in use for long; earlier tables stay rewritten
 */
export async function rewriteFiles(db: Db): Promise<void> {
  await db.maintain([
    `SET lock_timeout = '${LOCK_TIMEOUT}'`,
    ...TABLES.map((table) => `VACUUM (FULL, ANALYZE) ${table}`),
    // Its old rows hold the samples from before. Whoever may not rewrite it is warned, and autovacuum does it in time.
    'VACUUM FULL pg_statistic',
    ...(db.driver === 'pglite' ? FORGET_WAL : []),
    'RESET lock_timeout',
  ]);
}
