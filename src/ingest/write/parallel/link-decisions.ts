import type { ActivityRows } from '../../../datasources/activity-store/port.ts';
import { groupCalls } from '../../../datasources/grouped-calls.ts';
import type { LogRecord } from '../../../domain/activity.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { never } from '../../../lib/abort.ts';
import type { Breaker } from '../../../lib/breaker.ts';
import { chunksOf } from '../../../lib/chunks.ts';

export type LinkDecisions = {
  /** Decides the links of these records, after all decisions of the tenant that were asked for before. */
  decide(tenant: Tenant, records: readonly LogRecord[]): Promise<unknown>;
  /** Resolves when the decisions of the tenant that are under way are made. */
  after(tenant: Tenant): Promise<unknown>;
};

type LinkDecisionsOptions = {
  readonly store: Pick<ActivityRows, 'decideLinks'>;
  readonly breaker: Breaker;
  readonly timeoutMs: number;
  /** Records that are decided in one call. */
  readonly maxRecords: number;
  onFailed(error: unknown): void;
};

/** Decides which lead each identity is linked to, in the order of the calls; the rest of a link may follow in any order. */
export function createLinkDecisions(options: LinkDecisionsOptions): LinkDecisions {
  const { store, breaker, timeoutMs, maxRecords, onFailed } = options;
  const unstopped = never();
  const decideTogether = groupCalls<LogRecord, void>(
    async (tenant, records) => {
      if (!breaker.allows()) return;
      const updates = records.flatMap((record) => (record.kind === 'lead' ? [record.update] : []));
      try {
        await store.decideLinks(tenant, updates, AbortSignal.timeout(timeoutMs));
        breaker.succeeded();
      } catch (error) {
        onFailed(error);
      }
    },
    { underWay: 1, items: 2 * maxRecords },
  );
  /** By tenant, the decisions that were asked for last. Later writes must not overtake them. */
  const deciding = new Map<string, Promise<unknown>>();
  return {
    decide(tenant, records) {
      const linking = records.filter((record) => record.kind === 'lead' && record.update.links.length > 0);
      if (linking.length === 0) return Promise.resolve();
      const pieces = chunksOf(linking, maxRecords);
      const decided = Promise.all(pieces.map((piece) => decideTogether(tenant, piece, unstopped))).finally(
        () => {
          if (deciding.get(tenant.id) === decided) deciding.delete(tenant.id);
        },
      );
      deciding.set(tenant.id, decided);
      return decided;
    },
    after: (tenant) => Promise.resolve(deciding.get(tenant.id)),
  };
}
