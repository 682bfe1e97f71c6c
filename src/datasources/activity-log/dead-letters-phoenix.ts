import { createScopes, type PhoenixClient } from '../activity-store/phoenix-scope.ts';
import type { DeadLetters } from './port.ts';

type LetterRow = {
  readonly PART: number;
  readonly OFS: number;
  readonly REASON: string | null;
  readonly FAILED_AT: number;
};

/** Dead letters in Phoenix, in the tables made by `migratePhoenix`; the text of a reason is cut at 500 characters. */
export function createPhoenixDeadLetters(
  client: PhoenixClient,
  { schema }: { readonly schema: string },
  now: () => number = Date.now,
): DeadLetters {
  const scopes = createScopes(client, schema);
  return {
    async put(tenant, letters, signal) {
      const failedAt = now();
      await scopes.of(tenant, signal).upsert({
        into: 'DEAD_LETTERS',
        columns: ['PART', 'OFS', 'FAILED_AT', 'REASON'],
        rows: letters.map(({ position, reason }) => [
          position.partition,
          position.offset,
          failedAt,
          reason.slice(0, 500).toWellFormed(),
        ]),
      });
    },

    async list(tenant, first, signal) {
      const scope = scopes.of(tenant, signal);
      if (first <= 0) return [];
      const rows = await scope.select<LetterRow>({
        from: 'DEAD_LETTERS',
        columns: 'PART, OFS, REASON, FAILED_AT',
        orderBy: 'FAILED_AT DESC, PART, OFS',
        limit: first,
      });
      return rows.map((row) => ({
        position: { partition: row.PART, offset: row.OFS },
        reason: row.REASON ?? '',
        failedAt: row.FAILED_AT,
      }));
    },
  };
}
