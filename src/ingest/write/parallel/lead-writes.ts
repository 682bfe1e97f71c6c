import { type ActivityRows, rowsAs } from '../../../datasources/activity-store/port.ts';
import { groupCalls } from '../../../datasources/grouped-calls.ts';
import type { LogRecord } from '../../../domain/activity.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { never } from '../../../lib/abort.ts';
import type { Breaker } from '../../../lib/breaker.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { applyRecords } from '../write-apply.ts';
import { sizeOf } from '../write-lanes.ts';
import type { Outcome } from '../write-steps.ts';
import { createLinkDecisions } from './link-decisions.ts';

/** Whether a record needs more of the store than a row: it is of a lead, a campaign or a type. */
export const isLeadWrite = ({ kind }: LogRecord): boolean => kind !== 'activity';

type Outcomes = ReadonlyMap<LogRecord, Outcome>;

export type LeadWrites = {
  /** Outcomes by record; records without an outcome were not reached. */
  apply(tenant: Tenant, records: readonly LogRecord[]): Promise<Outcomes>;
  /**
   * For senders whose protocol has no outcomes. Links are decided at once, in the order of these calls; the rest follows
   * in a moment, in any order. Senders wait only while too much is left. If the process dies, all follows from the log.
   */
  follow(tenant: Tenant, records: readonly LogRecord[]): Promise<Outcomes>;
  /** Whether nothing is left to follow. */
  readonly isIdle: boolean;
};

/** Records that follow together: few enough that a busy store does them long before the timeout. */
const MAX_FOLLOWING = 250;

type LeadWritesOptions = {
  readonly store: ActivityRows;
  readonly breaker: Breaker;
  readonly timeoutMs: number;
  /** Records of one call with a waiting sender. */
  readonly maxRecords: number;
  /** How long following records wait for more records, in milliseconds. */
  readonly lingerMs: number;
  /** Estimated bytes that may be left to follow; a sender that exceeds them waits. */
  readonly maxBytes: number;
  /** Called when records that were left to follow are done. */
  onFollowed(): void;
  onError(error: unknown): void;
};

/**
 * Writes records other than activities. Nearly all of them are links, which take several calls of the store, one after
 * the other. So records that arrive while a call of their tenant is under way go together in the next.
 */
export function createLeadWrites(options: LeadWritesOptions): LeadWrites {
  const { store, breaker, timeoutMs, maxRecords, lingerMs, onError } = options;
  const writes = rowsAs(store, (tenant, activities, signal) => store.put([{ tenant, activities }], signal));
  const unstopped = never();
  let followingBytes = 0;

  const onFailed = (error: unknown): void => {
    breaker.failed();
    onError(error);
  };
  const write = async (tenant: Tenant, records: readonly LogRecord[]): Promise<Outcomes> => {
    if (!breaker.allows()) return new Map();
    const applying = { transact: (work) => work({ store: writes }), timeoutMs } satisfies Parameters<
      typeof applyRecords
    >[0];
    const { outcomes, failure } = await applyRecords(applying, tenant, records);
    if (failure) onFailed(failure);
    else breaker.succeeded();
    return new Map(
      records.flatMap((record, index) => {
        const outcome = outcomes.get(index);
        return outcome ? [[record, outcome]] : [];
      }),
    );
  };
  const applyTogether = groupCalls(write, { underWay: 1, items: maxRecords });
  // Decided already: it may be done in any order.
  const completeTogether = groupCalls(write, { underWay: 2, items: MAX_FOLLOWING, lingerMs });
  const decisions = createLinkDecisions({ store, breaker, timeoutMs, maxRecords: MAX_FOLLOWING, onFailed });

  const complete = (tenant: Tenant, records: readonly LogRecord[], isAwaited: boolean): Promise<Outcomes[]> =>
    Promise.all(
      chunksOf(records, MAX_FOLLOWING).map((piece) =>
        completeTogether(tenant, piece, unstopped, { isAwaited }),
      ),
    );

  return {
    async apply(tenant, records) {
      await decisions.after(tenant);
      return applyTogether(tenant, records, unstopped);
    },
    async follow(tenant, records) {
      const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
      const isFull = followingBytes > 0 && followingBytes + bytes > options.maxBytes;
      followingBytes += bytes;
      const following = decisions
        .decide(tenant, records)
        .then(() => complete(tenant, records, isFull))
        .finally(() => {
          followingBytes -= bytes;
          options.onFollowed();
        });
      if (isFull) return new Map((await following).flatMap((outcomes) => [...outcomes]));
      following.catch(onError);
      return new Map(records.map((record) => [record, { kind: 'done' }]));
    },
    get isIdle() {
      return followingBytes === 0;
    },
  };
}
