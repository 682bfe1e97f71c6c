import type { AvaticaValue, CallOptions } from '@journeygraph/avatica';
import { assertTenant, type IdSpace, type Tenant } from '../../../domain/tenant.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { tableName } from './schema.ts';

export type PhoenixStoreOptions = {
  /** The namespace of this installation's tables, made by `migratePhoenix`. */
  readonly schema: string;
  /** The same as for `migratePhoenix`. */
  readonly retentionSeconds?: number | undefined;
  /** Of each statement, in milliseconds; the client's own when absent. */
  readonly timeoutMs?: number | undefined;
};

type Selection = {
  readonly from: string;
  readonly columns: string;
  /** A condition besides the tenant. */
  readonly where?: string;
  readonly values?: readonly AvaticaValue[];
  readonly orderBy?: string;
  /** Rows at most; a read without a bound is no read of this store. */
  readonly limit: number;
};

type Upsert = {
  readonly into: string;
  /** Columns besides the tenant. */
  readonly columns: readonly string[];
  /** Values of the columns, followed by those of `onDuplicate`. */
  readonly rows: readonly (readonly AvaticaValue[])[];
  /** `IGNORE`, or `UPDATE …`: decided by the region server under the row's lock. Rows must be distinct. */
  readonly onDuplicate?: string;
};

/**
 * The store's statements for one tenant: the only way from this adapter to Phoenix. The tenant is the first predicate
 * of each read and delete, and the first value of each row. So no caller can leave it out.
 */
export type Scope = {
  readonly tenantId: string;
  readonly idSpace: IdSpace;
  select<Row>(selection: Selection): Promise<Row[]>;
  upsert(upsert: Upsert): Promise<void>;
  remove(from: string, where: string, rows: readonly (readonly AvaticaValue[])[]): Promise<void>;
};

/** Rows of one ExecuteBatch: more only make one request hold others up. */
const MAX_BATCH = 1_000;

/** Rows of one tenant among those of others. */
type TenantRows = { readonly tenant: Tenant; readonly rows: readonly (readonly AvaticaValue[])[] };

export type Scopes = {
  of(tenant: Tenant, signal: AbortSignal): Scope;
  /** Rows of several tenants in few round trips, each with its own tenant as its first value. */
  upsertAll(
    upsert: Pick<Upsert, 'into' | 'columns'>,
    groups: readonly TenantRows[],
    signal: AbortSignal,
  ): Promise<void>;
};

/** @param timeoutMs of each statement; the signal ends a call earlier */
export function createScopes(client: PhoenixClient, schema: string, timeoutMs?: number): Scopes {
  const begin = (tenants: readonly Tenant[], signal: AbortSignal): CallOptions => {
    for (const tenant of tenants) assertTenant(tenant);
    signal.throwIfAborted();
    return timeoutMs === undefined ? { signal } : { signal, timeoutMs };
  };
  const inBatches = async (
    text: string,
    rows: readonly (readonly AvaticaValue[])[],
    call: CallOptions,
  ): Promise<void> => {
    for (const chunk of chunksOf(rows, MAX_BATCH)) await client.batch(text, chunk, call);
  };
  const upsertText = ({ into, columns }: Pick<Upsert, 'into' | 'columns'>): string =>
    `UPSERT INTO ${tableName(schema, into)} (${['TENANT', ...columns].join(', ')})` +
    ` VALUES (?${', ?'.repeat(columns.length)})`;
  const ofTenant = ({ tenant, rows }: TenantRows): AvaticaValue[][] => rows.map((row) => [tenant.id, ...row]);

  const of = (tenant: Tenant, signal: AbortSignal): Scope => {
    const call = begin([tenant], signal);
    return {
      tenantId: tenant.id,
      idSpace: tenant.idSpace,

      async select<Row>({ from, columns, where, values = [], orderBy, limit }: Selection): Promise<Row[]> {
        const text =
          `SELECT ${columns} FROM ${tableName(schema, from)} WHERE TENANT = ?` +
          (where === undefined ? '' : ` AND (${where})`) +
          (orderBy === undefined ? '' : ` ORDER BY ${orderBy}`) +
          ' LIMIT ?';
        return (await client.query<Row>(text, [tenant.id, ...values, limit], call)).rows;
      },

      async upsert({ rows, onDuplicate, ...upsert }) {
        const text =
          upsertText(upsert) + (onDuplicate === undefined ? '' : ` ON DUPLICATE KEY ${onDuplicate}`);
        await inBatches(text, ofTenant({ tenant, rows }), call);
      },

      async remove(from, where, rows) {
        const text = `DELETE FROM ${tableName(schema, from)} WHERE TENANT = ? AND (${where})`;
        await inBatches(text, ofTenant({ tenant, rows }), call);
      },
    };
  };

  return {
    of,
    async upsertAll(upsert, groups, signal) {
      const call = begin(
        groups.map(({ tenant }) => tenant),
        signal,
      );
      await inBatches(upsertText(upsert), groups.flatMap(ofTenant), call);
    },
  };
}

/**
 * `column IN (…)` for these values, padded with repeats to a power of two, so that few statement texts have to be
 * prepared. Never two of these on columns of one key: Phoenix builds the product of the lists.
 */
export function isIn(column: string, values: readonly string[]): { where: string; values: string[] } {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, values.length)));
  const last = values.at(-1) ?? '';
  return {
    where: `${column} IN (?${', ?'.repeat(size - 1)})`,
    values: [...values, ...Array.from({ length: size - values.length }, () => last)],
  };
}

/** Scans of one call that run at the same time. */
const CONCURRENCY = 8;

/** Does `work` for each, some at a time. */
export async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (const chunk of chunksOf(items, CONCURRENCY)) await Promise.all(chunk.map(work));
}
