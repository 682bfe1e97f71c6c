import type { Json } from '../../domain/json.ts';
import type { LeadIdentity, LeadKey } from '../../domain/lead.ts';
import { identityText } from '../../domain/lead.ts';
import type { TimedValues } from '../../domain/trait-merge.ts';
import { chunksOf, isIn, type Scope } from './phoenix-scope.ts';

/**
 * What is known of an identity is a prefix of `LEADS`, one row a fact, the kind of which its first letter says:
 *
 *     a            links this identity to its final lead (CANONICAL); IDENTITY is this one's text
 *     b<lead key>  an identity that is linked to this one; IDENTITY is that one's text
 *     e            the e-mail address (SAID)
 *     s            when it was seen (FIRST_SEEN, LAST_SEEN), and which identity it is (IDENTITY)
 *     t<name>      a trait (SAID); the name as JSON, which every name has exactly one of
 */
export const FACTS = { link: 'a', member: 'b', email: 'e', seen: 's', trait: 't' } as const;
/** Greater than every link and member, and less than everything else. */
const AFTER_LINKS = 'c';

type FactRow = {
  readonly LEAD: string;
  readonly FACT: string;
  readonly IDENTITY: string | null;
  readonly CANONICAL: string | null;
  readonly FIRST_SEEN: number | null;
  readonly LAST_SEEN: number | null;
  readonly SAID: Uint8Array | null;
};

/** An identity that belongs to a lead. */
export type Member = { readonly key: LeadKey; readonly text: string };

/** The facts of one identity. */
export type Facts = {
  /** The final lead it was linked to; null when it is one itself. */
  canonical: LeadKey | null;
  /** Its own text, where it was linked. */
  text: string;
  members: Member[];
  seen: { readonly identity: LeadIdentity; readonly first: number; readonly last: number } | null;
  email: TimedValues;
  traits: TimedValues;
};

const MAX_KEYS = 256;
/** Rows of one read. What has more is read lead by lead, in pages. */
const MAX_ROWS = 20_000;
const COLUMNS = 'LEAD, FACT, IDENTITY, CANONICAL, FIRST_SEEN, LAST_SEEN, SAID';

/**
 * What identities are known to be, by key; one that nothing is known of is missing.
 * @param part `links` reads nothing but links and members
 */
export async function readFacts(
  scope: Scope,
  keys: readonly LeadKey[],
  part: 'all' | 'links' = 'all',
): Promise<Map<LeadKey, Facts>> {
  const facts = new Map<LeadKey, Facts>();
  for (const chunk of chunksOf([...new Set(keys)], MAX_KEYS))
    for (const row of await factRows(scope, chunk, part)) {
      let known = facts.get(row.LEAD);
      if (!known) facts.set(row.LEAD, (known = emptyFacts()));
      addFact(known, row);
    }
  return facts;
}

const emptyFacts = (): Facts => ({
  canonical: null,
  text: '',
  members: [],
  seen: null,
  email: {},
  traits: {},
});

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
  const { LEAD, FACT, IDENTITY, CANONICAL, FIRST_SEEN, LAST_SEEN, SAID } = row;
  const rest = FACT.slice(1);
  switch (FACT.charAt(0)) {
    case FACTS.link:
      facts.canonical = CANONICAL === LEAD ? null : CANONICAL;
      facts.text = IDENTITY ?? '';
      break;
    case FACTS.member:
      facts.members.push({ key: rest, text: IDENTITY ?? '' });
      break;
    case FACTS.email:
      if (SAID) facts.email = { email: saidFrom(SAID) };
      break;
    case FACTS.seen:
      facts.seen = { identity: decodeIdentity(IDENTITY ?? ''), first: FIRST_SEEN ?? 0, last: LAST_SEEN ?? 0 };
      break;
    case FACTS.trait:
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
 * A value and when it was said, so that the greater bytes are what `mergeTraits` lets win: the time, then the JSON
 * text in UTF-16, big-endian, because that is how JavaScript compares texts.
 */
export function said(value: Json, at: number): Buffer {
  const text = Buffer.from(JSON.stringify(value), 'utf16le').swap16();
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(at) + SIGN);
  return Buffer.concat([time, text]);
}

function saidFrom(bytes: Uint8Array): { v: Json; t: number } {
  const buffer = Buffer.from(bytes);
  const t = Number(buffer.readBigUInt64BE() - SIGN);
  return { v: JSON.parse(buffer.subarray(TIME_BYTES).swap16().toString('utf16le')) as Json, t };
}
