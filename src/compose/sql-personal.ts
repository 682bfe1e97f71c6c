import type { PersonalLog } from '../datasources/activity-log/port.ts';
import type { Db } from '../datasources/db/db.ts';
import { rewriteFiles } from '../datasources/db/rewrite-files.ts';
import { createPostgresErasures } from '../datasources/erasures/postgres/adapter.ts';
import type { PersonalFailures } from '../datasources/failed-activities/port.ts';
import type { PersonalData } from '../datasources/personal-data.ts';
import type { PersonalPorts } from '../services/privacy/personal.ts';

/** Tables can't be used while their files are rewritten: at most so often, in milliseconds. */
const REWRITE_EVERY_MS = 3_600_000;

export type SqlPersonalParts = {
  readonly db: Db;
  readonly store: Pick<PersonalData, 'export'>;
  readonly metrics: Pick<PersonalData, 'export'>;
  readonly lists: Pick<PersonalData, 'export'>;
  readonly runs: Pick<PersonalData, 'export'>;
  readonly failures: PersonalFailures;
  readonly log: PersonalLog;
};

/** Erasure and export where one database has all tables; the log may be in files. */
export const sqlPersonalPorts = ({
  db,
  store,
  metrics,
  lists,
  runs,
  failures,
  log,
}: SqlPersonalParts): PersonalPorts => ({
  erasures: createPostgresErasures(db),
  forgetting: [
    {
      // The answer to the call is done with it already, unless its process ended before it could note that.
      store: 'FAILED_ACTIVITIES',
      erase: (tenant, { leads }, signal) => failures.erase(tenant, { leads, emails: [] }, signal),
      lagMs: 0,
    },
    { store: 'ACTIVITY_LOG', erase: log.erase, lagMs: 0 },
    { store: 'FILES', sweep: () => rewriteFiles(db), everyMs: REWRITE_EVERY_MS, lagMs: 0 },
  ],
  exporting: [
    {
      store: 'ACTIVITY_STORE',
      export: (tenant, { leads }, after, signal) => store.export(tenant, leads, after, signal),
    },
    {
      store: 'FIGURES',
      export: (tenant, { leads }, after, signal) => metrics.export(tenant, leads, after, signal),
    },
    {
      store: 'LISTS',
      export: (tenant, { leads }, after, signal) => lists.export(tenant, leads, after, signal),
    },
    {
      store: 'CAMPAIGNS',
      export: (tenant, { leads }, after, signal) => runs.export(tenant, leads, after, signal),
    },
    { store: 'FAILED_ACTIVITIES', export: failures.export },
    {
      store: 'ACTIVITY_LOG',
      export: (tenant, { leads }, after, signal) => log.export(tenant, leads, after, signal),
    },
  ],
});
