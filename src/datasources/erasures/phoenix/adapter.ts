import { randomBytes } from 'node:crypto';
import type { Erasure } from '../../../domain/erasure.ts';
import type { Tenant, TenantOf } from '../../../domain/tenant.ts';
import type { LogPositions } from '../../activity-log/port.ts';
import { putLines } from '../../activity-store/phoenix/erased.ts';
import { tableName } from '../../activity-store/phoenix/schema.ts';
import { createScopes, type Scope } from '../../activity-store/phoenix/scope.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import type { Erasures, Lease, Receipt } from '../port.ts';
import type { PersonalStore } from '../stores.ts';

/** The row of a receipt itself: it sorts before the names of stores. */
const RECEIPT = '!';
const FINISHED = 'FINISHED';
/** More than there are stores. */
const MAX_ITEMS = 50;
const MAX_OPEN = 1_000;
/** Digits of a time until the year 2286. */
const TIME_LENGTH = 13;

type Row = {
  readonly ITEM: string;
  readonly LEADS: string | null;
  readonly REQUESTED_AT: number | null;
  readonly DONE_AT: number | null;
};
type OpenRow = { readonly TENANT: string; readonly ID: string };

/** Receipts in Phoenix, for any number of processes. */
export type PhoenixErasures = Erasures & {
  /**
   * Writes where the log stands, and then the receipt. From then on readers of the log leave out earlier records, and any process ends the erasure. Safe to repeat.
   */
  begin(tenant: Tenant, erasure: Erasure, lines: LogPositions, signal: AbortSignal): Promise<void>;
};

/**
 * Receipts in the tables made by `migratePhoenix`. A lease is a text: when it ends, and whose it is. HBase decides under
 * the row's lock who gets it.
 */
export function createPhoenixErasures(
  client: PhoenixClient,
  { schema, tenantOf }: { readonly schema: string; readonly tenantOf: TenantOf },
): PhoenixErasures {
  const scopes = createScopes(client, schema);
  const owner = randomBytes(9).toString('base64url');
  const leaseOf = (until: number): string => String(until).padStart(TIME_LENGTH, '0') + owner;

  const get: Erasures['get'] = async (tenant, id, signal) => {
    const rows = await scopes.of(tenant, signal).select<Row>({
      from: 'ERASURES',
      columns: 'ITEM, LEADS, REQUESTED_AT, DONE_AT',
      where: 'ID = ?',
      values: [id],
      limit: MAX_ITEMS,
    });
    return receiptFrom(id, rows);
  };

  /** @returns whether the lease is this process's now */
  const take = async (scope: Scope, id: string, now: number, until: number): Promise<boolean> => {
    const lease = leaseOf(until);
    await scope.upsert({
      into: 'OPEN_ERASURES',
      columns: ['ID', 'LEASE'],
      rows: [[id, lease, String(now + 1).padStart(TIME_LENGTH, '0'), lease]],
      onDuplicate: 'UPDATE LEASE = CASE WHEN LEASE < ? THEN ? ELSE LEASE END',
    });
    return (await readLease(scope, id)) === lease;
  };
  const close = (scope: Scope, id: string): Promise<void> => scope.remove('OPEN_ERASURES', 'ID = ?', [[id]]);

  return {
    get,

    async begin(tenant, erasure, lines, signal) {
      const scope = scopes.of(tenant, signal);
      await putLines(scope, erasure, lines);
      await scope.upsert({
        into: 'ERASURES',
        columns: ['ID', 'ITEM', 'LEADS', 'REQUESTED_AT'],
        rows: [[erasure.id, RECEIPT, JSON.stringify(erasure.leads), erasure.at]],
      });
      await scope.upsert({
        into: 'OPEN_ERASURES',
        columns: ['ID', 'LEASE'],
        rows: [[erasure.id, '0'.repeat(TIME_LENGTH)]],
        onDuplicate: 'IGNORE',
      });
    },

    async lease(now, leaseMs, signal) {
      // Of all tenants: only the program itself asks.
      const { rows } = await client.query<OpenRow>(
        `SELECT TENANT, ID FROM ${tableName(schema, 'OPEN_ERASURES')} LIMIT ${MAX_OPEN}`,
        [],
        { signal },
      );
      const leases: Lease[] = [];
      for (const { TENANT, ID } of rows) {
        const tenant = tenantOf(TENANT);
        const scope = scopes.of(tenant, signal);
        if (!(await take(scope, ID, now, now + leaseMs))) continue;
        const receipt = await get(tenant, ID, signal);
        // It was finished meanwhile.
        if (!receipt || receipt.finishedAt !== null) await close(scope, ID);
        else leases.push({ tenantId: TENANT, receipt });
      }
      return leases.sort((a, b) => a.receipt.erasure.at - b.receipt.erasure.at);
    },

    async leaseUntil(tenant, id, until, signal) {
      const scope = scopes.of(tenant, signal);
      const lease = await readLease(scope, id);
      if (lease?.slice(TIME_LENGTH) !== owner) return;
      await scope.upsert({
        into: 'OPEN_ERASURES',
        columns: ['ID', 'LEASE'],
        rows: [[id, leaseOf(until), lease, leaseOf(until)]],
        onDuplicate: 'UPDATE LEASE = CASE WHEN LEASE = ? THEN ? ELSE LEASE END',
      });
    },

    async markDone(tenant, id, store, at, isLast, signal) {
      const scope = scopes.of(tenant, signal);
      const done = (item: string) => [id, item, at];
      await scope.upsert({
        into: 'ERASURES',
        columns: ['ID', 'ITEM', 'DONE_AT'],
        rows: [done(store), ...(isLast ? [done(FINISHED)] : [])],
      });
      if (isLast) await close(scope, id);
    },
  };
}

async function readLease(scope: Scope, id: string): Promise<string | undefined> {
  const [row] = await scope.select<{ readonly LEASE: string }>({
    from: 'OPEN_ERASURES',
    columns: 'LEASE',
    where: 'ID = ?',
    values: [id],
    limit: 1,
  });
  return row?.LEASE;
}

function receiptFrom(id: string, rows: readonly Row[]): Receipt | null {
  const receipt = rows.find(({ ITEM }) => ITEM === RECEIPT);
  if (!receipt?.LEADS) return null;
  const doneAt: Partial<Record<PersonalStore, number>> = {};
  let finishedAt: number | null = null;
  for (const { ITEM, DONE_AT } of rows) {
    if (DONE_AT === null) continue;
    if (ITEM === FINISHED) finishedAt = DONE_AT;
    else doneAt[ITEM as PersonalStore] = DONE_AT;
  }
  return {
    erasure: { id, leads: JSON.parse(receipt.LEADS) as string[], at: receipt.REQUESTED_AT ?? 0 },
    doneAt,
    finishedAt,
  };
}
