import { randomBytes } from 'node:crypto';
import type { Activity } from '../../domain/activity.ts';
import { campaignsOf } from './campaigns.ts';
import { putCampaigns } from './phoenix-campaigns.ts';
import { idOfRow, type RowKey } from './phoenix-keys.ts';
import { touchLeads } from './phoenix-leads.ts';
import { decodeBatch, type Encoded, encodeActivity, encodeBatch } from './phoenix-rows.ts';
import { chunksOf, isIn, type Scope } from './phoenix-scope.ts';
import type { WriteVerdict } from './port.ts';

/** Activities of one batch, and characters of their bodies: an intent is one cell, which HBase bounds at 10 MiB. */
const MAX_BATCH = 1_000;
const MAX_CHARACTERS = 2_000_000;
const TOKEN_LENGTH = 22;

export type WriteOptions = {
  /** For a writer of what is mostly stored already (a repair): asks for claims before it makes any. */
  readonly readsClaimsFirst?: boolean | undefined;
};

/**
 * Stores activities, each message once, without a transaction. For a batch:
 *
 * 1. *Intent*: the whole batch is put down under a new token, as one row.
 * 2. *Claim*: each message is claimed for this token and its row key, unless it is claimed already. The
 *    region server decides that under the row's lock, so one batch gets it, among however many processes.
 * 3. Claims that are not this token's are read back: these messages are repeats, the others are stored.
 * 4. Rows, leads and campaigns are written for what was won. All of that is idempotent.
 * 5. The intent is removed.
 *
 * Who finds a claim of another batch whose intent is still there can't know whether that batch goes on. So it
 * does 4 for these messages itself, from the intent: the same rows with the same content, whoever is first or
 * last. A process may therefore die, or be late, after any step: what it claimed has a body, and no message can
 * get a second row. Only when a claim has no intent any more is it certain that its row was written.
 *
 * @returns verdicts in input order; a row of each id can be read by then
 */
export async function writeActivities(
  scope: Scope,
  activities: readonly Activity[],
  options: WriteOptions = {},
): Promise<WriteVerdict[]> {
  const encoded = activities.map(encodeActivity);
  const owners = new Map<string, RowKey>();
  const stored = new Set<string>();
  for (const batch of batchesOf(firstsOf(encoded))) await writeBatch(scope, batch, owners, stored, options);
  return encoded.map(({ hash }): WriteVerdict => {
    const id = idOfRow(owners.get(hash) ?? '');
    return { status: stored.delete(hash) ? 'stored' : 'duplicate', id };
  });
}

/** The first of each message. */
function firstsOf(encoded: readonly Encoded[]): Encoded[] {
  const firsts = new Map<string, Encoded>();
  for (const row of encoded) if (!firsts.has(row.hash)) firsts.set(row.hash, row);
  return [...firsts.values()];
}

function batchesOf(rows: readonly Encoded[]): Encoded[][] {
  const batches: Encoded[][] = [];
  let characters = 0;
  for (const row of rows) {
    const batch = batches.at(-1);
    characters += row.body.length;
    if (batch && batch.length < MAX_BATCH && characters <= MAX_CHARACTERS) batch.push(row);
    else {
      batches.push([row]);
      characters = row.body.length;
    }
  }
  return batches;
}

async function writeBatch(
  scope: Scope,
  batch: readonly Encoded[],
  owners: Map<string, RowKey>,
  stored: Set<string>,
  { readsClaimsFirst = false }: WriteOptions,
): Promise<void> {
  const before = readsClaimsFirst ? await readClaims(scope, batch) : [];
  const known = new Set(before.map(({ HASH }) => HASH));
  const fresh = batch.filter(({ hash }) => !known.has(hash));
  const token = randomBytes(16).toString('base64url');
  const repeats = fresh.length > 0 ? [...before, ...(await claim(scope, fresh, token))] : before;

  for (const { hash, key } of fresh) owners.set(hash, key);
  const others = new Map<string, Set<string>>();
  for (const { HASH, OWNER } of repeats) {
    const owner = OWNER.slice(0, TOKEN_LENGTH);
    owners.set(HASH, OWNER.slice(TOKEN_LENGTH));
    others.set(owner, (others.get(owner) ?? new Set()).add(HASH));
  }
  const repeated = new Set(repeats.map(({ HASH }) => HASH));
  const won = fresh.filter(({ hash }) => !repeated.has(hash));
  const unfinished = await intentsOf(scope, [...others.keys()]);
  await finish(scope, [
    ...won,
    ...unfinished.flatMap(({ owner, rows }) => rows.filter(({ hash }) => others.get(owner)?.has(hash))),
  ]);
  for (const { hash } of won) stored.add(hash);
  // An intent can go when each of its messages is claimed and written, whether its batch goes on or not.
  const done = unfinished.filter(({ rows }) => rows.every(({ hash }) => owners.has(hash)));
  const tokens = [...(fresh.length > 0 ? [token] : []), ...done.map(({ owner }) => owner)];
  if (tokens.length > 0)
    await scope.remove(
      'INTENTS',
      'TOKEN = ?',
      tokens.map((each) => [each]),
    );
}

type Claim = { readonly HASH: string; readonly OWNER: string };

/** Puts down the intent, then claims. @returns the claims of these messages that others have: mostly none */
async function claim(scope: Scope, batch: readonly Encoded[], token: string): Promise<Claim[]> {
  await scope.upsert({
    into: 'INTENTS',
    columns: ['TOKEN', 'BATCH'],
    rows: [[token, await encodeBatch(batch)]],
  });
  await scope.upsert({
    into: 'CLAIMS',
    columns: ['HASH', 'OWNER'],
    // In one order everywhere: two batches wait for, not on, one another's locks.
    rows: batch.map(({ hash, key }) => [hash, token + key]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    onDuplicate: 'IGNORE',
  });
  return readClaims(scope, batch, token);
}

/** The claims of these messages that there are, but for those of `token`. */
async function readClaims(scope: Scope, batch: readonly Encoded[], token?: string): Promise<Claim[]> {
  const { where, values } = isIn(
    'HASH',
    batch.map(({ hash }) => hash),
  );
  return scope.select<Claim>({
    from: 'CLAIMS',
    columns: 'HASH, OWNER',
    where: token === undefined ? where : `${where} AND NOT (OWNER > ? AND OWNER < ?)`,
    values: token === undefined ? values : [...values, token, `${token}~`],
    limit: batch.length,
  });
}

/** Of these batches, those that are not known to be finished, with all their rows. */
async function intentsOf(
  scope: Scope,
  tokens: readonly string[],
): Promise<{ owner: string; rows: Encoded[] }[]> {
  const intents: { owner: string; rows: Encoded[] }[] = [];
  for (const chunk of chunksOf(tokens, MAX_BATCH)) {
    const found = await scope.select<{ TOKEN: string }>({
      from: 'INTENTS',
      columns: 'TOKEN',
      ...isIn('TOKEN', chunk),
      limit: chunk.length,
    });
    // One at a time: each is as large as a batch, and there are few but after a crash.
    for (const { TOKEN } of found) {
      const [intent] = await scope.select<{ BATCH: Uint8Array }>({
        from: 'INTENTS',
        columns: 'BATCH',
        where: 'TOKEN = ?',
        values: [TOKEN],
        limit: 1,
      });
      if (intent) intents.push({ owner: TOKEN, rows: await decodeBatch(intent.BATCH) });
    }
  }
  return intents;
}

/** Everything that follows from activities that are claimed. */
async function finish(scope: Scope, rows: readonly Encoded[]): Promise<void> {
  if (rows.length === 0) return;
  const activities = rows.map(({ activity }) => activity);
  await Promise.all([
    scope.upsert({
      into: 'ACTIVITIES',
      columns: ['ROW_KEY', 'TYPE', 'BODY'],
      rows: rows.map(({ key, activity, body }) => [key, activity.type, body]),
    }),
    touchLeads(scope, activities),
    putCampaigns(scope, campaignsOf(activities)),
  ]);
}
