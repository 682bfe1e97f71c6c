import type { LeadIdentity, LeadKey } from '../../../domain/lead.ts';
import { identityText } from '../../../domain/lead.ts';
import { type TimedValues, textOfValue, valueOfText } from '../../../domain/trait-merge.ts';
import { chunksOf } from '../../../lib/chunks.ts';
import { isIn, type Scope } from './scope.ts';

/**
 * The facts of an identity are a prefix of `LEADS`, one row a fact. The first letter is the kind of the fact:
 *
 *     a            the first link of this identity: TARGET is the lead it is the same person as, IDENTITY this one's
 *                  text
 *     b<lead key>  an identity of the group that this one is the root of
 *     c            TARGET is the root of this identity's group
 *     e            the e-mail address (SAID)
 *     s            when it was seen (FIRST_SEEN, LAST_SEEN), and which identity it is (IDENTITY)
 *     t<name>      a trait (SAID); the name as JSON, which every name has exactly one of
 *
 * `links.ts` explains the first three.
 */
export const FACTS = { link: 'a', member: 'b', root: 'c', email: 'e', seen: 's', trait: 't' } as const;
/** Greater than what links are made of, and less than everything else. */
const AFTER_LINKS = 'd';

type FactRow = {
  readonly LEAD: string;
  readonly FACT: string;
  readonly IDENTITY: string | null;
  readonly TARGET: string | null;
  readonly FIRST_SEEN: number | null;
  readonly LAST_SEEN: number | null;
  readonly SAID: Uint8Array | null;
};

/** The facts of one identity. */
export type Facts = {
  link: { readonly target: LeadKey; readonly text: string } | null;
  members: LeadKey[];
  root: LeadKey | null;
  seen: { readonly identity: LeadIdentity; readonly first: number; readonly last: number } | null;
  email: TimedValues;
  traits: TimedValues;
};

/** Keys of one read: of links there are few rows for each. */
const MAX_KEYS = { all: 256, links: 1_024 } as const;
/** Rows of one read. Larger reads go lead by lead, in pages. */
const MAX_ROWS = 20_000;
const COLUMNS = 'LEAD, FACT, IDENTITY, TARGET, FIRST_SEEN, LAST_SEEN, SAID';

/**
 * The facts of identities, by key; empty for an unknown identity.
 * @param part `links` reads nothing but links, members and roots
 */
export async function readFacts(
  scope: Scope,
  keys: readonly LeadKey[],
  part: 'all' | 'links' = 'all',
): Promise<Map<LeadKey, Facts>> {
  const facts = new Map<LeadKey, Facts>();
  for (const chunk of chunksOf([...new Set(keys)], MAX_KEYS[part])) {
    for (const key of chunk)
      facts.set(key, { link: null, members: [], root: null, seen: null, email: {}, traits: {} });
    for (const row of await factRows(scope, chunk, part)) {
      const known = facts.get(row.LEAD);
      if (known) addFact(known, row);
    }
  }
  return facts;
}

async function factRows(
  scope: Scope,
  keys: readonly LeadKey[],
  part: 'all' | 'links',
  after = '',
): Promise<FactRow[]> {
  const lead = isIn('LEAD', keys);
  const rows = await scope.select<FactRow>({
    from: 'LEADS',
    columns: COLUMNS,
    where: `${lead.where}${part === 'links' ? ` AND FACT < '${AFTER_LINKS}'` : ''}${after && ' AND FACT > ?'}`,
    values: after ? [...lead.values, after] : lead.values,
    orderBy: 'LEAD, FACT',
    limit: MAX_ROWS,
  });
  if (rows.length < MAX_ROWS) return rows;
  if (keys.length === 1) return [...rows, ...(await factRows(scope, keys, part, rows.at(-1)?.FACT))];
  const half = Math.ceil(keys.length / 2);
  return [
    ...(await factRows(scope, keys.slice(0, half), part)),
    ...(await factRows(scope, keys.slice(half), part)),
  ];
}

function addFact(facts: Facts, row: FactRow): void {
  const { FACT, IDENTITY, TARGET, FIRST_SEEN, LAST_SEEN, SAID } = row;
  const rest = FACT.slice(1);
  switch (FACT.charAt(0)) {
    case FACTS.link:
      facts.link = { target: TARGET ?? '', text: IDENTITY ?? '' };
      break;
    case FACTS.member:
      facts.members.push(rest);
      break;
    case FACTS.root:
      facts.root = TARGET;
      break;
    case FACTS.email:
      if (SAID) facts.email = { email: saidFrom(SAID) };
      break;
    case FACTS.seen:
      facts.seen = { identity: decodeIdentity(IDENTITY ?? ''), first: FIRST_SEEN ?? 0, last: LAST_SEEN ?? 0 };
      break;
    case FACTS.trait:
      // A computed name is an own property, whatever it is called.
      if (SAID) facts.traits = { ...facts.traits, [JSON.parse(rest) as string]: saidFrom(SAID) };
      break;
  }
}

/** An identity with its kind: `u` and an external id, or `a` and an anonymous one. */
export const encodeIdentity = (identity: LeadIdentity): string =>
  (identity.kind === 'known' ? 'u' : 'a') + identityText(identity);

const decodeIdentity = (text: string): LeadIdentity =>
  text.startsWith('u')
    ? { kind: 'known', externalId: text.slice(1) }
    : { kind: 'anonymous', anonymousId: text.slice(1) };

const TIME_BYTES = 8;
const SIGN = 2n ** 63n;

/**
 * A value and its time as bytes, so that the greater bytes win as in `mergeTraits`. They are the time, then the value's
 * text in UTF-16, big-endian, because JavaScript compares texts so.
 */
export function said({ v, t, g }: TimedValues[string]): Buffer {
  const text = Buffer.from(textOfValue(g === undefined ? { v } : { v, g }), 'utf16le').swap16();
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(t) + SIGN);
  return Buffer.concat([time, text]);
}

function saidFrom(bytes: Uint8Array): TimedValues[string] {
  const buffer = Buffer.from(bytes);
  const t = Number(buffer.readBigUInt64BE() - SIGN);
  return { ...valueOfText(buffer.subarray(TIME_BYTES).swap16().toString('utf16le')), t };
}
