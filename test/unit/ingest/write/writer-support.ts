import type { ActivityLog } from '../../../../src/datasources/activity-log/port.ts';
import type { Db } from '../../../../src/datasources/db/db.ts';
import type { Tenant } from '../../../../src/domain/tenant.ts';
import type { Transact, WriteUnit } from '../../../../src/ingest/write/write-apply.ts';
import { DomainError } from '../../../../src/lib/errors.ts';

/** Tables that are made from the log alone. */
const DERIVED = [
  'activities',
  'leads',
  'lead_links',
  'campaigns',
  'activity_types',
  'metrics_hourly',
  'email_sends',
];

/** Every row of every derived table as text, in an order of its own: equal for equal content. */
export async function dump(db: Db): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const table of DERIVED) {
    const rows = await db.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${table} t`);
    tables[table] = rows.map(({ row }) => row).sort();
  }
  return tables;
}

export const unreachable = (): DomainError => new DomainError('BACKEND_UNAVAILABLE', 'injected');

type Fault = () => Promise<void>;

export type FaultyStore<Unit extends WriteUnit> = {
  readonly transact: Transact<Unit>;
  /** `tenant:activities` of each write. */
  readonly calls: string[];
  fault: (tenant: Tenant) => Promise<void>;
};

/** A store whose writes go through `fault` first: the real thing behind a connection that a test can cut. */
export function faultyStore<Unit extends WriteUnit>(transact: Transact<Unit>): FaultyStore<Unit> {
  const faulty: FaultyStore<Unit> = {
    calls: [],
    fault: async () => {},
    transact: (work, signal) =>
      transact((unit) => {
        const { store } = unit;
        return work({
          ...unit,
          store: {
            ...store,
            async write(...args) {
              faulty.calls.push(`${args[0].id}:${args[1].length}`);
              await faulty.fault(args[0]);
              return store.write(...args);
            },
            async updateLeads(...args) {
              await faulty.fault(args[0]);
              return store.updateLeads(...args);
            },
            async putCampaigns(...args) {
              await faulty.fault(args[0]);
              return store.putCampaigns(...args);
            },
          },
        });
      }, signal),
  };
  return faulty;
}

export function faultyLog(log: ActivityLog): { log: ActivityLog; calls: number[]; fault: Fault } {
  const faulty = {
    calls: [] as number[],
    fault: async () => {},
    log: {
      ...log,
      append: async (...args: Parameters<ActivityLog['append']>) => {
        faulty.calls.push(args[1].length);
        await faulty.fault();
        return log.append(...args);
      },
    } satisfies ActivityLog,
  };
  return faulty;
}
