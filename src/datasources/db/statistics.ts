import type { Db } from './db.ts';

/** Brings the planner's statistics up to date: plans without them are several times slower. */
export const updateStatistics = (db: Db): Promise<void> =>
  db.exec('ANALYZE activities; ANALYZE leads; ANALYZE lead_links');
