import type { Db } from './db.ts';

/** Tables that are twice as large as when they were last analysed, which is when `relpages` is set. */
const GROWN = `
SELECT quote_ident(relname) AS name FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
  AND pg_relation_size(oid) > 2 * current_setting('block_size')::int * greatest(relpages, 8)`;
const LOOK_EVERY_MS = 2_000;

/**
 * Brings the planner's statistics of tables that have grown up to date. Without any, a statement about 200 leads of a
 * tenant reads all that it has.
 */
export async function updateStatistics(db: Db): Promise<void> {
  for (const { name } of await db.query<{ readonly name: string }>(GROWN)) await db.exec(`ANALYZE ${name}`);
}

/** Repeats this until it is stopped, in place of autovacuum, which PGlite lacks. */
export function keepStatistics(db: Db): () => void {
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const look = async (): Promise<void> => {
    // Only plans depend on it: a failure is tried again next time.
    await updateStatistics(db).catch(() => {});
    if (!hasEnded) timer = setTimeout(look, LOOK_EVERY_MS).unref();
  };
  void look();
  return () => {
    hasEnded = true;
    clearTimeout(timer);
  };
}
