import type { ActivityLog, ErasedLeads } from '../../../datasources/activity-log/port.ts';
import { leadsIn } from '../../../datasources/activity-log/record-leads.ts';
import type { LogRecord } from '../../../domain/activity.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { never } from '../../../lib/abort.ts';
import { sizeOf } from '../write-lanes.ts';

/** Records that are in the store and not in the log. */
export interface LateAppends {
  add(tenant: Tenant, records: readonly LogRecord[]): void;
  /** Estimated bytes of the records. */
  readonly bytes: number;
  /** Tries once more, and drops the rest with an error. */
  close(): Promise<void>;
}

const RETRY_MS = 500;
/** Records beyond these bytes are dropped with an error. Only batches that were under way when the log failed come here. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * Appends records that the store took while the log refused them, as soon as the log takes them. Their senders were
 * refused, and may send them again. So a crash of the process loses nothing that was acknowledged. Records of people who
 * were erased are dropped: the log would take them for a new person's.
 */
export function createLateAppends(
  log: Pick<ActivityLog, 'append'>,
  onError: (error: unknown) => void,
  erased?: ErasedLeads,
): LateAppends {
  const late = new Map<Tenant, LogRecord[]>();
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const append = async (): Promise<void> => {
    for (const [tenant, records] of [...late]) {
      late.delete(tenant);
      try {
        const kept = await withoutErased(erased, tenant, records);
        if (kept.length > 0) await log.append(tenant, kept, never());
        bytes -= records.reduce((sum, record) => sum + sizeOf(record), 0);
      } catch {
        late.set(tenant, [...records, ...(late.get(tenant) ?? [])]);
        return;
      }
    }
  };
  const schedule = (): void => {
    timer ??= setTimeout(() => {
      void append().then(() => {
        timer = undefined;
        if (late.size > 0) schedule();
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
      const known = late.get(tenant);
      if (known) for (const record of records) known.push(record);
      else late.set(tenant, [...records]);
      schedule();
    },
    get bytes() {
      return bytes;
    },
    async close() {
      clearTimeout(timer);
      await append();
      const left = [...late.values()].reduce((sum, records) => sum + records.length, 0);
      if (left > 0) onError(new Error(`${left} records are in the store and not in the log`));
    },
  };
}

async function withoutErased(
  erased: ErasedLeads | undefined,
  tenant: Tenant,
  records: readonly LogRecord[],
): Promise<readonly LogRecord[]> {
  const leads = new Set(records.flatMap((record) => leadsIn(tenant, record)));
  const lines = await erased?.linesOf(tenant, [...leads], never());
  return lines && lines.size > 0
    ? records.filter((record) => !leadsIn(tenant, record).some((lead) => lines.has(lead)))
    : records;
}
