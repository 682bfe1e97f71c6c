import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { ActivityDraft } from '../../ingest/draft/draft.ts';

/** Memory for digests of earlier rows, in KiB; the rest is in a file. */
const CACHE_KIB = 16_384;

/** Gives the activities of one file their message ids. */
export interface RowIds {
  /**
   * The id of the file's next activity: a digest of its content, with a number for the second and later equal
   * activities. So it does not depend on the file's format. It depends on earlier rows only if they are equal.
   */
  next(draft: Omit<ActivityDraft, 'messageId'>): string;
  close(): Promise<void>;
}

/** Counts in a file of its own, so that memory does not grow with the rows. */
export async function openRowIds(): Promise<RowIds> {
  const directory = await mkdtemp(join(tmpdir(), 'journeygraph-import-'));
  const database = new DatabaseSync(join(directory, 'rows'));
  database.exec(
    `PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-${CACHE_KIB};
     CREATE TABLE rows (digest INTEGER PRIMARY KEY, times INTEGER NOT NULL); BEGIN`,
  );
  const count = database.prepare(
    'INSERT INTO rows VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET times = times + 1 RETURNING times',
  );
  return {
    next(draft) {
      const digest = hash('sha256', canonical(draft), 'base64url');
      // 64 bits of it are enough to count by: two that share them by chance still have ids of their own.
      const key = Buffer.from(digest.slice(0, 12), 'base64url').readBigInt64BE();
      const times = Number(count.get(key)?.['times']);
      return times === 1 ? `import-${digest}` : `import-${digest}-${times}`;
    },
    async close() {
      database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** All that an activity says, in one form. */
function canonical(draft: Omit<ActivityDraft, 'messageId'>): string {
  const { type, externalId, anonymousId, occurredAt, campaign, assetId, channel, attributes, context } =
    draft;
  const who = [type, externalId, anonymousId, occurredAt];
  const what = [campaign && [campaign.id, campaign.name], assetId, channel];
  return JSON.stringify([...who, ...what, sorted(attributes ?? {}), sorted(context ?? {})]);
}

/** With the keys of objects in one order. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted((value as JsonObject)[key] ?? null)]),
  );
}
