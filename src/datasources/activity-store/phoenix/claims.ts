import type { Activity } from '../../../domain/activity.ts';
import { activityId, hashOfId, parseActivityId } from '../../../domain/ids.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { DomainError } from '../../../lib/errors.ts';
import { type Claims, digestOf, type First, type LoggedActivity } from '../../claims/port.ts';
import type { PhoenixClient } from '../../phoenix/client.ts';
import { keyOfRow, rowKey } from './keys.ts';
import { type ActivityRow, activityFrom } from './rows.ts';
import { createScopes, isIn, type PhoenixStoreOptions, type Scope } from './scope.ts';

type ClaimRow = { readonly HASH: string; readonly OWNER: string };

const MAX_KEYS = 1_000;
const MAX_ATTEMPTS = 3;
const DIGEST_LENGTH = 8;
/** Lead and time of a row key; its rest is the message's hash, which is the claim's key. */
const PLACE_LENGTH = 30;
/** Where `receivedAt` begins in an owner: 13 digits until the year 2286. */
const RECEIVED_AT = DIGEST_LENGTH + PLACE_LENGTH;

/**
 * Claims in Phoenix, in the table made by `migratePhoenix`. The first caller writes the row of a message, which HBase
 * decides under the row's lock (`ON DUPLICATE KEY IGNORE`). All callers read it back. (The update count says 1 whether
 * it wrote or not.) `OWNER` is one text, because each further column would be a cell with the whole key again. It has
 * digest (8), lead and time as in the row key (30), receivedAt, partition, offset and content digest (8, or nothing).
 * Claims from before content digests end with the offset.
 */
export function createPhoenixClaims(
  client: PhoenixClient,
  {
    schema,
    retentionSeconds = Number.POSITIVE_INFINITY,
    timeoutMs,
  }: Pick<PhoenixStoreOptions, 'schema' | 'retentionSeconds' | 'timeoutMs'>,
): Claims {
  const scopes = createScopes(client, schema, timeoutMs);
  return {
    async claim(tenant, entries, signal) {
      const scope = scopes.of(tenant, signal);
      const firsts: First[] = [];
      for (const chunk of chunksOf(entries, MAX_KEYS)) {
        const rows = chunk.map(claimOf);
        const found = await claimAll(scope, rows, retentionSeconds * 1_000);
        for (const [hash] of rows) {
          const first = found.get(hash);
          // What was just written must be there: without it nobody knows whose the message is.
          if (!first)
            throw new DomainError('BACKEND_UNAVAILABLE', 'The store does not show what was written to it.');
          firsts.push(first);
        }
      }
      return firsts;
    },

    async find(tenant, hashes, signal) {
      const scope = scopes.of(tenant, signal);
      return hashes.length === 0 ? new Map() : readClaims(scope, hashes);
    },
  };
}

type Row = readonly [hash: string, owner: string];

async function claimAll(
  scope: Scope,
  rows: readonly Row[],
  retentionMs: number,
  attempt = 1,
): Promise<Map<string, First>> {
  // In one order everywhere: two batches wait for, not on, one another's locks.
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const into = { into: 'CLAIMS', columns: ['HASH', 'OWNER'] };
  if (attempt === 1) await scope.upsert({ ...into, rows: sorted, onDuplicate: 'IGNORE' });
  else {
    // A claim past its retention is hidden from readers, but until HBase has removed it, it is still there for writers.
    const expired = String(Date.now() - retentionMs);
    await scope.upsert({
      ...into,
      rows: sorted.map(([hash, owner]) => [hash, owner, expired, owner]),
      onDuplicate: `UPDATE OWNER = CASE WHEN SUBSTR(OWNER, ${RECEIVED_AT + 1}, 13) < ? THEN ? ELSE OWNER END`,
    });
  }
  const found = await readClaims(
    scope,
    rows.map(([hash]) => hash),
  );
  const hidden = rows.filter(([hash]) => !found.has(hash));
  if (hidden.length === 0 || attempt === MAX_ATTEMPTS || !Number.isFinite(retentionMs)) return found;
  return new Map([...found, ...(await claimAll(scope, hidden, retentionMs, attempt + 1))]);
}

/** The first of each message that was claimed, by hash; of at most 1,000. */
export async function readClaims(scope: Scope, hashes: readonly string[]): Promise<Map<string, First>> {
  const rows = await scope.select<ClaimRow>({
    from: 'CLAIMS',
    columns: 'HASH, OWNER',
    ...isIn('HASH', hashes),
    limit: hashes.length,
  });
  return new Map(rows.map((row) => [row.HASH, firstFrom(row)]));
}

/**
 * The activities of rows that are settled: those that their message's claim names. The row of a repeat is left out, and
 * so is an activity that the log has not settled yet.
 */
export async function settledOf(scope: Scope, rows: readonly ActivityRow[]): Promise<Activity[]> {
  if (rows.length === 0) return [];
  const activities = rows.map(activityFrom);
  const firsts = await readClaims(
    scope,
    activities.map(({ id }) => hashOfId(id)),
  );
  return activities.filter(({ id }) => firsts.get(hashOfId(id))?.id === id);
}

function claimOf({ activity, position }: LoggedActivity): Row {
  const key = parseActivityId(activity.id);
  if (!key) throw new DomainError('BAD_USER_INPUT', 'An activity has an id that is none of this API.');
  const place = rowKey(key).slice(0, PLACE_LENGTH);
  return [
    key.hash,
    `${digestOf(activity)}${place}${activity.receivedAt}.${position.partition}.${position.offset}.${activity.contentDigest ?? ''}`,
  ];
}

function firstFrom({ HASH, OWNER }: ClaimRow): First {
  const [receivedAt, partition, offset, contentDigest] = OWNER.slice(RECEIVED_AT).split('.');
  const { leadKey, occurredAt } = keyOfRow(
    // The hash is known from the claim's key; whichever fills its place here.
    OWNER.slice(DIGEST_LENGTH, RECEIVED_AT) + HASH,
  );
  return {
    id: activityId({ leadKey, occurredAt, hash: HASH }),
    position: { partition: Number(partition), offset: Number(offset) },
    receivedAt: Number(receivedAt),
    digest: OWNER.slice(0, DIGEST_LENGTH),
    contentDigest: contentDigest || null,
  };
}
