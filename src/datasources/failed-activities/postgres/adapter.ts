import type { Source } from '../../../domain/activity.ts';
import { assertTenant, type Tenant } from '../../../domain/tenant.ts';
import type { Session } from '../../db/db.ts';
import { Parameters } from '../../db/sql.ts';
import { EXPORT_START } from '../../personal-data.ts';
import { type Mentioned, mentionsOf } from '../mentions.ts';
import {
  type FailedActivities,
  type FailedActivity,
  type FailureCode,
  type FailureKind,
  failureRecord,
  type PersonalFailures,
} from '../port.ts';

/** Failures that are looked at together, each with up to 32 KB. */
const SCAN_ROWS = 200;

type Row = {
  readonly id: string;
  readonly failed_at: number;
  readonly source: string;
  readonly kind: string;
  readonly code: string;
  readonly message: string;
  readonly path: string | null;
  readonly body: string | null;
  readonly replayed_at: number | null;
  readonly activity_id: string | null;
};
const COLUMNS = 'id, failed_at, source, kind, code, message, path, body, replayed_at, activity_id';

const failureFrom = (row: Row): FailedActivity => ({
  id: row.id,
  failedAt: row.failed_at,
  source: row.source as Source,
  kind: row.kind as FailureKind,
  code: row.code as FailureCode,
  message: row.message,
  path: row.path,
  body: row.body,
  replayedAt: row.replayed_at,
  activityId: row.activity_id,
});

/**
 * The failed-activities log in PostgreSQL or PGlite.
 * @param retentionMs how long a failure is kept; each put removes older failures
 * @param now clock, epoch milliseconds
 */
export function createPostgresFailedActivities(
  db: Session,
  { retentionMs }: { readonly retentionMs: number },
  now: () => number = Date.now,
): FailedActivities & PersonalFailures {
  /** All failures of a tenant that mention a person, also those whose retention is over, in batches. */
  async function* mentioning(
    tenant: Tenant,
    mentioned: Mentioned,
    start: string,
    signal: AbortSignal,
  ): AsyncGenerator<{ failures: FailedActivity[]; next: string }> {
    const isMentioned = mentionsOf(tenant, mentioned);
    for (let after = start; ; ) {
      const rows = await db.query<Row>(
        `SELECT ${COLUMNS} FROM failed_activities WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT ${SCAN_ROWS}`,
        [tenant.id, after],
        { signal },
      );
      const found = rows.filter(isMentioned).map(failureFrom);
      const last = rows.at(-1);
      if (last && found.length > 0) yield { failures: found, next: last.id };
      if (!last || rows.length < SCAN_ROWS) return;
      after = last.id;
    }
  }

  return {
    async put(tenant, failures, signal) {
      assertTenant(tenant);
      // One statement can't touch a row twice; of two under one id the later says why it failed.
      const rows = [...new Map(failures.map((failure) => [failure.id, failure])).values()].sort((a, b) =>
        a.id < b.id ? -1 : 1,
      );
      if (rows.length === 0) return;
      await db.tx(
        async (q) => {
          await q.query(
            `INSERT INTO failed_activities (tenant_id, id, failed_at, source, kind, code, message, path, body)
             SELECT $1, t.* FROM unnest($2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[],
               $8::text[], $9::text[]) AS t
             ON CONFLICT (tenant_id, id) DO UPDATE SET code = excluded.code, message = excluded.message,
               path = excluded.path, body = excluded.body, replayed_at = NULL, activity_id = NULL`,
            [
              tenant.id,
              rows.map(({ id }) => id),
              rows.map(({ failedAt }) => failedAt),
              rows.map(({ source }) => source),
              rows.map(({ kind }) => kind),
              rows.map(({ code }) => code),
              rows.map(({ message }) => message),
              rows.map(({ path }) => path),
              rows.map(({ body }) => body),
            ],
          );
          await q.query('DELETE FROM failed_activities WHERE tenant_id = $1 AND failed_at < $2', [
            tenant.id,
            now() - retentionMs,
          ]);
        },
        { signal },
      );
    },

    async list(tenant, request, signal) {
      assertTenant(tenant);
      const { codes, source, reason, from, to, replayed, first, after } = request;
      const params = new Parameters();
      const tests = [
        `tenant_id = ${params.bind(tenant.id)}`,
        `failed_at >= ${params.bind(Math.max(from ?? 0, now() - retentionMs))}::int8`,
        `replayed_at IS ${replayed ? 'NOT NULL' : 'NULL'}`,
      ];
      if (to !== null) tests.push(`failed_at < ${params.bind(to)}::int8`);
      if (codes) tests.push(`code = ANY(${params.bind(codes)}::text[])`);
      if (source) tests.push(`source = ${params.bind(source)}`);
      if (reason) tests.push(`position(lower(${params.bind(reason)}) IN lower(message)) > 0`);
      if (after)
        tests.push(`(failed_at, id) < (${params.bind(after.failedAt)}::int8, ${params.bind(after.id)})`);
      const rows = await db.query<Row>(
        `SELECT ${COLUMNS} FROM failed_activities WHERE ${tests.join(' AND ')}
         ORDER BY failed_at DESC, id DESC LIMIT ${params.bind(first + 1)}`,
        params.values,
        { signal },
      );
      return { failures: rows.slice(0, first).map(failureFrom), hasNextPage: rows.length > first };
    },

    async get(tenant, ids, signal) {
      assertTenant(tenant);
      const rows = await db.query<Row>(
        `SELECT ${COLUMNS} FROM failed_activities WHERE tenant_id = $1 AND id = ANY($2) AND failed_at >= $3`,
        [tenant.id, ids, now() - retentionMs],
        { signal },
      );
      const byId = new Map(rows.map((row) => [row.id, failureFrom(row)]));
      return ids.map((id) => byId.get(id) ?? null);
    },

    async settle(tenant, settled, at, signal) {
      assertTenant(tenant);
      await db.query(
        `UPDATE failed_activities SET replayed_at = $2, activity_id = t.activity_id
         FROM unnest($3::text[], $4::text[]) AS t(id, activity_id)
         WHERE tenant_id = $1 AND failed_activities.id = t.id AND replayed_at IS NULL`,
        [tenant.id, at, settled.map(({ id }) => id), settled.map(({ activityId }) => activityId)],
        { signal },
      );
    },

    async erase(tenant, mentioned, signal) {
      assertTenant(tenant);
      for await (const { failures } of mentioning(tenant, mentioned, EXPORT_START, signal))
        await db.query(
          'DELETE FROM failed_activities WHERE tenant_id = $1 AND id = ANY($2)',
          [tenant.id, failures.map(({ id }) => id)],
          { signal },
        );
    },

    async *export(tenant, mentioned, after, signal) {
      assertTenant(tenant);
      for await (const { failures, next } of mentioning(tenant, mentioned, after, signal))
        yield { records: failures.map(failureRecord), next };
    },
  };
}
