import type { ActivityLog } from '../../datasources/activity-log/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { sizeOf } from './write-lanes.ts';

/** What the store has and the log has not. */
export interface Debts {
  add(tenant: Tenant, records: readonly LogRecord[]): void;
  /** Estimated, of what is held. */
  readonly bytes: number;
  /** Tries once more, and gives up the rest. */
  close(): Promise<void>;
}

const RETRY_MS = 500;
/** Beyond it is told that the log and the store will differ: only what was under way when the log went is ever owed. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * Records that the store took while the log refused them: the log gets them as soon as it can. Nobody was told that
 * they were accepted, and sending them again is harmless, so losing them with the process loses nothing acknowledged.
 */
export function createDebts(log: ActivityLog, onError: (error: unknown) => void): Debts {
  const owed = new Map<Tenant, LogRecord[]>();
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const pay = async (): Promise<void> => {
    for (const [tenant, records] of [...owed]) {
      owed.delete(tenant);
      try {
        await log.append(tenant, records, new AbortController().signal);
        bytes -= records.reduce((sum, record) => sum + sizeOf(record), 0);
      } catch {
        owed.set(tenant, [...records, ...(owed.get(tenant) ?? [])]);
        return;
      }
    }
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => {
      void pay().then(() => {
        timer = undefined;
        if (owed.size > 0) schedule();
      });
    }, RETRY_MS);
  };

  return {
    add(tenant, records) {
      if (records.length === 0) return;
      const more = records.reduce((sum, record) => sum + sizeOf(record), 0);
      if (bytes + more > MAX_BYTES) {
        onError(new Error(`${records.length} records are in the store and will not be in the log`));
        return;
      }
      bytes += more;
      const known = owed.get(tenant);
      if (known) for (const record of records) known.push(record);
      else owed.set(tenant, [...records]);
      schedule();
    },
    get bytes() {
      return bytes;
    },
    async close() {
      clearTimeout(timer);
      await pay();
      const left = [...owed.values()].reduce((sum, records) => sum + records.length, 0);
      if (left > 0) onError(new Error(`${left} records are in the store and not in the log`));
    },
  };
}
