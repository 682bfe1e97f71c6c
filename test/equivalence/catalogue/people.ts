import { PEOPLE } from '../history/people.ts';
import { type Entry, entry, LEAD, type Names, NO_PII } from './entry.ts';

const PAGE = 'pageInfo { hasNextPage hasPreviousPage endCursor }';
const documentOf = (selection: string) =>
  `query ($query: String, $filter: LeadFilter, $sort: LeadSort, $first: Int, $after: String) {
    searchLeads(query: $query, filter: $filter, sort: $sort, first: $first, after: $after) { ${selection} } }`;
const FULL = documentOf(`edges { score highlights { field fragments } node { ${LEAD} } } ${PAGE}
  atLeast: total { value relation } exactly: total(exact: true) { value relation }`);
const IDS = documentOf(`edges { score node { id } } ${PAGE}`);

type Variables = Readonly<Record<string, unknown>>;
type Options = Parameters<typeof entry>[3];

/** People by words and conditions. */
export function peopleEntries({ at }: Names): Entry[] {
  const full = (name: string, variables: Variables, options: Options = {}) =>
    entry(`people: ${name}`, FULL, { first: 30, ...variables }, options);
  const paged = (name: string, variables: Variables, options: Options = {}) =>
    entry(
      `people, to the end: ${name}`,
      IDS,
      { first: 200, ...variables },
      { pages: ['searchLeads'], ...options },
    );
  return [
    full('by a name', { query: 'lópez', sort: 'LAST_SEEN' }),
    full('by a name, best first', { query: 'ana lopez' }),
    full('by words of two identities', { query: 'málaga garcía OR former initech', sort: 'LAST_SEEN' }),
    full('by a former address', { query: '"ana former example"', sort: 'LAST_SEEN' }),
    full('by an alias', { query: 'former OR phone', sort: 'FIRST_SEEN' }),
    full('in a script without spaces', { query: '太郎', sort: 'LAST_SEEN' }),
    full('without personal data', { query: 'lopez OR ana', sort: 'LAST_SEEN' }, { scopes: NO_PII }),
    full('one without the other', { query: 'enterprise -germany', sort: 'FIRST_SEEN' }),
    full('by external ids, former ones too', {
      filter: { externalId: { in: [PEOPLE.anaFormer, 'chained-old', PEOPLE.carla, 'nobody'] } },
    }),
    full('by address, in any letter case', {
      filter: { email: { in: ['ANA.LOPEZ@example.com', 'Quiet@Example.com'] } },
    }),
    full('devices alone', { filter: { isKnown: false }, sort: 'FIRST_SEEN' }),
    full('seen first and last within', {
      filter: { firstSeenAt: { gte: at(80), lt: at(40) }, lastSeenAt: { gt: at(10), lte: at(1) } },
      sort: 'FIRST_SEEN',
    }),
    full('by a trait that is text', { filter: { trait: { name: 'plan', in: ['team', 'enterprise'] } } }),
    full('by traits that are a number and false', {
      filter: {
        or: [
          { trait: { name: 'age', eq: 41 } },
          { trait: { name: 'vip', eq: false } },
          { trait: { name: 'vip', eq: true } },
        ],
      },
    }),
    full(
      'by a trait that was removed',
      { filter: { trait: { name: 'city', eq: 'Málaga' } } },
      { isEmpty: true },
    ),
    full('by the later of two values of one moment', { filter: { trait: { name: 'tie', in: ['a', 'b'] } } }),
    full('neither one nor the other', {
      query: 'pro OR free',
      filter: {
        not: { or: [{ trait: { name: 'country', eq: 'US' } }, { isKnown: false }] },
        externalId: { ne: 'user-1' },
      },
      sort: 'LAST_SEEN',
    }),
    full(
      'what the caller may not ask',
      { filter: { email: { eq: 'a@example.com' } } },
      { scopes: NO_PII, isEmpty: true },
    ),
    paged('everybody of a small tenant, last seen first', {}, { tenant: 'tiny' }),
    paged(
      'everybody of a small tenant, newest first, in pages of 17',
      { sort: 'FIRST_SEEN', first: 17 },
      { tenant: 'tiny' },
    ),
    paged('a word, best first, in pages of 20', { query: 'free', first: 20 }, { tenant: 'middling' }),
    paged('a word, last seen first', { query: 'enterprise', sort: 'LAST_SEEN' }, { tenant: 'middling' }),
    paged('by a trait', { filter: { trait: { name: 'plan', eq: 'enterprise' } }, sort: 'FIRST_SEEN' }),
    paged('devices alone', { filter: { isKnown: false } }, { tenant: 'middling' }),
  ];
}
