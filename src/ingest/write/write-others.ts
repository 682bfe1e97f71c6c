import { type ActivityRows, rowsAs } from '../../datasources/activity-store/port.ts';
import { groupCalls } from '../../datasources/grouped-calls.ts';
import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Breaker } from '../../lib/breaker.ts';
import { chunksOf } from '../../lib/chunks.ts';
import { applyRecords } from './write-apply.ts';
import { sizeOf } from './write-lanes.ts';
import type { Outcome } from './write-steps.ts';

export const isOther = ({ kind }: LogRecord): boolean => kind !== 'activity';

type Outcomes = ReadonlyMap<LogRecord, Outcome>;

export type OtherWrites = {
  /** Outcomes by record; those without one were not reached. */
  apply(tenant: Tenant, records: readonly LogRecord[]): Promise<Outcomes>;
  /**
   * For senders who are not told what became of it: it follows in a moment, and they wait only while too much is left to
   * follow. First who is linked to whom, in the order of these calls; then the rest, which is the same whenever it is
   * done. Should this process die, it follows from the log.
   */
  follow(tenant: Tenant, records: readonly LogRecord[]): Promise<Outcomes>;
  /** Whether nothing is left to follow. */
  readonly isIdle: boolean;
};

/** Records that follow together: few enough that a busy store has done them long before it counts as failed. */
const MAX_FOLLOWING = 250;

type OtherOptions = {
  readonly store: ActivityRows;
  readonly breaker: Breaker;
  readonly timeoutMs: number;
  /** Of one call that is waited for. */
  readonly maxRecords: number;
  /** How long what follows waits for more to go with it, in milliseconds. */
  readonly lingerMs: number;
  /** What may be left to follow, estimated; who brings more waits for it. */
  readonly maxBytes: number;
  /** Told when something that was left to follow is done. */
  onFollowed(): void;
  onError(error: unknown): void;
};

/**
 * Writes what is not an activity. Nearly all of it are links, for each of which the store is asked several times, one
 * after the other; so what comes while a call of the tenant is under way goes together in the next.
 */
export function createOtherWrites(options: OtherOptions): OtherWrites {
  const { store, breaker, timeoutMs, maxRecords, lingerMs, onError } = options;
  const writes = rowsAs(store, (tenant, activities, signal) => store.put([{ tenant, activities }], signal));
  const never = new AbortController().signal;
  let followingBytes = 0;

  const failed = (error: unknown): void => {
    breaker.failed();
    onError(error);
  };

  const write = async (tenant: Tenant, records: readonly LogRecord[]): Promise<Outcomes> => {
    if (!breaker.allows()) return new Map();
    const { outcomes, failure } = await applyRecords(
      { transact: (work) => work({ store: writes }), timeoutMs },
      tenant,
      records,
    );
    if (failure) failed(failure);
    else breaker.succeeded();
    return new Map(
      records.flatMap((record, index) => {
        const outcome = outcomes.get(index);
        return outcome ? [[record, outcome]] : [];
      }),
    );
  };
  const apply = groupCalls(write, { underWay: 1, items: maxRecords });
  // Decided already: it may be done in any order.
  const complete = groupCalls(write, { underWay: 2, items: MAX_FOLLOWING, lingerMs });

  const decide = groupCalls<LogRecord, void>(
    async (tenant, records) => {
      if (!breaker.allows()) return;
      const updates = records.flatMap((record) => (record.kind === 'lead' ? [record.update] : []));
      try {
        await store.decideLinks(tenant, updates, AbortSignal.timeout(timeoutMs));
        breaker.succeeded();
      } catch (error) {
        failed(error);
      }
    },
    { underWay: 1, items: 2 * MAX_FOLLOWING },
  );

  /** By tenant, the decisions that were asked for last; whoever comes after them must not overtake them. */
  const deciding = new Map<string, Promise<unknown>>();
  const decideAll = (tenant: Tenant, linking: readonly LogRecord[]): Promise<unknown> => {
    if (linking.length === 0) return Promise.resolve();
    const pieces = chunksOf(linking, MAX_FOLLOWING);
    const decided = Promise.all(pieces.map((piece) => decide(tenant, piece, never))).finally(() => {
      if (deciding.get(tenant.id) === decided) deciding.delete(tenant.id);
    });
    deciding.set(tenant.id, decided);
    return decided;
  };

  return {
    async apply(tenant, records) {
      await deciding.get(tenant.id);
      return apply(tenant, records, never);
    },

    async follow(tenant, records) {
      const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
      const isFull = followingBytes > 0 && followingBytes + bytes > options.maxBytes;
      followingBytes += bytes;
      const linking = records.filter((record) => record.kind === 'lead' && record.update.links.length > 0);
      const applying = decideAll(tenant, linking)
        .then(() =>
          Promise.all(
            chunksOf(records, MAX_FOLLOWING).map((piece) =>
              complete(tenant, piece, never, { isAwaited: isFull }),
            ),
          ),
        )
        .finally(() => {
          followingBytes -= bytes;
          options.onFollowed();
        });
      if (isFull) return new Map((await applying).flatMap((outcomes) => [...outcomes]));
      applying.catch(onError);
      return new Map(records.map((record) => [record, { kind: 'done' }]));
    },

    get isIdle() {
      return followingBytes === 0;
    },
  };
}
