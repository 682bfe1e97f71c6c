import type { Source } from '../../../domain/activity.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { createScopes, isIn, type Scope } from '../../activity-store/phoenix/scope.ts';
import { EXPORT_START } from '../../personal-data.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { type Mentioned, mentionsOf } from '../mentions.ts';
import {
  type FailedActivities,
  type FailedActivity,
  type FailureCode,
  type FailureKind,
  type FailureRequest,
  failureRecord,
  type PersonalFailures,
} from '../port.ts';

type Row = {
  readonly ID: string;
  readonly FAILED_AT: number;
  readonly SOURCE: string;
  readonly KIND: string;
  readonly CODE: string;
  readonly MESSAGE: string;
  readonly PATH: string | null;
  readonly BODY: string | null;
  /** 0 while it waits. */
  readonly REPLAYED_AT: number;
  readonly ACTIVITY_ID: string | null;
};
const COLUMNS = [
  ...['ID', 'FAILED_AT', 'SOURCE', 'KIND', 'CODE', 'MESSAGE', 'PATH', 'BODY', 'REPLAYED_AT', 'ACTIVITY_ID'],
] as const;

const failureFrom = (row: Row): FailedActivity => ({
  id: row.ID,
  failedAt: row.FAILED_AT,
  source: row.SOURCE as Source,
  kind: row.KIND as FailureKind,
  code: row.CODE as FailureCode,
  message: row.MESSAGE,
  path: row.PATH,
  body: row.BODY,
  replayedAt: row.REPLAYED_AT === 0 ? null : row.REPLAYED_AT,
  activityId: row.ACTIVITY_ID,
});

const rowOf = (failure: FailedActivity) => [
  failure.id,
  failure.failedAt,
  failure.source,
  failure.kind,
  failure.code,
  failure.message,
  failure.path,
  failure.body,
  failure.replayedAt ?? 0,
  failure.activityId,
];

const MAX_IDS = 200;
/** Rows of one read when only some of them are wanted. */
const SCAN = 500;
/** Sorts before every id; Phoenix takes an empty text for null. */
const BEFORE_IDS = '!';

/**
 * The failed-activities log in Phoenix, in the table made by `migratePhoenix`. Of two writers that put or settle the
 * same failure at the same moment the later writer wins.
 * @param retentionMs how long a failure is shown, since it failed; the table's TTL removes it later, since it was last
 * written
 * @param now clock, epoch milliseconds
 */
export function createPhoenixFailedActivities(
  client: PhoenixClient,
  { schema, retentionMs }: { readonly schema: string; readonly retentionMs: number },
  now: () => number = Date.now,
): FailedActivities & PersonalFailures {
  const scopes = createScopes(client, schema);

  const read = async (scope: Scope, ids: readonly string[]): Promise<Map<string, FailedActivity>> => {
    const found = new Map<string, FailedActivity>();
    for (const chunk of chunksOf([...new Set(ids)], MAX_IDS)) {
      const rows = await scope.select<Row>({
        from: 'FAILED_ACTIVITIES',
        columns: COLUMNS.join(', '),
        ...isIn('ID', chunk),
        limit: chunk.length,
      });
      for (const row of rows) found.set(row.ID, failureFrom(row));
    }
    return found;
  };

  /** All failures of a tenant that mention a person, in batches. */
  async function* mentioning(
    tenant: Tenant,
    mentioned: Mentioned,
    start: string,
    signal: AbortSignal,
  ): AsyncGenerator<{ failures: FailedActivity[]; next: string }> {
    const scope = scopes.of(tenant, signal);
    const isMentioned = mentionsOf(tenant, mentioned);
    for (let after = start || BEFORE_IDS; ; ) {
      const rows = await scope.select<Row>({
        from: 'FAILED_ACTIVITIES',
        columns: COLUMNS.join(', '),
        where: 'ID > ?',
        values: [after],
        orderBy: 'ID',
        limit: SCAN,
      });
      const found = rows.map(failureFrom).filter(isMentioned);
      const last = rows.at(-1);
      if (last && found.length > 0) yield { failures: found, next: last.ID };
      if (!last || rows.length < SCAN) return;
      after = last.ID;
    }
  }

  const write = (scope: Scope, failures: readonly FailedActivity[]): Promise<void> =>
    scope.upsert({ into: 'FAILED_ACTIVITIES', columns: COLUMNS, rows: failures.map(rowOf) });

  return {
    async put(tenant, failures, signal) {
      const scope = scopes.of(tenant, signal);
      if (failures.length === 0) return;
      const latest = new Map(failures.map((failure) => [failure.id, failure]));
      const before = await read(scope, [...latest.keys()]);
      await write(
        scope,
        [...latest.values()].map((failure) => ({
          ...failure,
          failedAt: before.get(failure.id)?.failedAt ?? failure.failedAt,
          replayedAt: null,
          activityId: null,
        })),
      );
    },

    async list(tenant, request, signal) {
      const scope = scopes.of(tenant, signal);
      const { first } = request;
      const reason = request.reason?.toLowerCase();
      const found: FailedActivity[] = [];
      // Phoenix has no search for a text that is bound; what holds it is picked here.
      const size = reason === undefined ? first + 1 : Math.max(first + 1, SCAN);
      for (let { after } = request; found.length <= first; ) {
        const rows = await scope.select<Row>({
          from: 'FAILED_ACTIVITIES',
          columns: COLUMNS.join(', '),
          ...condition({ ...request, after }, now() - retentionMs),
          orderBy: 'FAILED_AT DESC, ID DESC',
          limit: size,
        });
        for (const row of rows)
          if (reason === undefined || row.MESSAGE.toLowerCase().includes(reason))
            found.push(failureFrom(row));
        const last = rows.at(-1);
        if (!last || rows.length < size) break;
        after = { failedAt: last.FAILED_AT, id: last.ID };
      }
      return { failures: found.slice(0, first), hasNextPage: found.length > first };
    },

    async get(tenant, ids, signal) {
      const found = await read(scopes.of(tenant, signal), ids);
      const oldest = now() - retentionMs;
      return ids.map((id) => {
        const failure = found.get(id);
        return failure && failure.failedAt >= oldest ? failure : null;
      });
    },

    async settle(tenant, settled, at, signal) {
      const scope = scopes.of(tenant, signal);
      const found = await read(
        scope,
        settled.map(({ id }) => id),
      );
      await write(
        scope,
        settled.flatMap(({ id, activityId }) => {
          const failure = found.get(id);
          return failure?.replayedAt === null ? { ...failure, replayedAt: at, activityId } : [];
        }),
      );
    },

    async erase(tenant, mentioned, signal) {
      for await (const { failures } of mentioning(tenant, mentioned, EXPORT_START, signal))
        await scopes.of(tenant, signal).remove(
          'FAILED_ACTIVITIES',
          'ID = ?',
          failures.map(({ id }) => [id]),
        );
    },

    async *export(tenant, mentioned, after, signal) {
      for await (const { failures, next } of mentioning(tenant, mentioned, after, signal))
        yield { records: failures.map(failureRecord), next };
    },
  };
}

function condition(
  { codes, source, from, to, replayed, after }: FailureRequest,
  oldest: number,
): { where: string; values: (string | number)[] } {
  const tests = ['FAILED_AT >= ?', replayed ? 'REPLAYED_AT > 0' : 'REPLAYED_AT = 0'];
  const values: (string | number)[] = [Math.max(from ?? 0, oldest)];
  const add = (test: string, ...bound: (string | number)[]): void => {
    tests.push(test);
    values.push(...bound);
  };
  if (to !== null) add('FAILED_AT < ?', to);
  if (codes) {
    const among = isIn('CODE', codes);
    if (codes.length > 0) add(among.where, ...among.values);
    else add('CODE IS NULL');
  }
  if (source) add('SOURCE = ?', source);
  if (after) add('(FAILED_AT < ? OR (FAILED_AT = ? AND ID < ?))', after.failedAt, after.failedAt, after.id);
  return { where: tests.join(' AND '), values };
}
