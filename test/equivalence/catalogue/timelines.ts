import { DEVICES, PEOPLE } from '../history/people.ts';
import { ACTIVITY, type Entry, entry, type Names, NO_PII } from './entry.ts';

const pagesOf = (
  selection: string,
) => `query ($externalId: String, $id: ID, $first: Int, $after: String, $types: [String!], $from: DateTime, $to: DateTime) {
  lead(externalId: $externalId, id: $id) { id
    activities(first: $first, after: $after, types: $types, from: $from, to: $to) { ${selection}
      pageInfo { hasNextPage hasPreviousPage endCursor } } } }`;
const WHOLE = pagesOf(`edges { node { ${ACTIVITY} } }`);
const SHORT = pagesOf('nodes { id occurredAt type { name } }');

/** What one person did: all of it in pages, of some types, between two moments. */
export function timelineEntries({ at, ago, leadId }: Names): Entry[] {
  const paged = (
    name: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    options: Parameters<typeof entry>[3] = {},
  ) => entry(`timeline: ${name}`, query, variables, { pages: ['lead', 'activities'], ...options });
  const hub = { externalId: PEOPLE.hub };
  const ana = { externalId: PEOPLE.ana };
  const period = { from: at(1.8), to: at(0.3) };
  return [
    paged('the longest, in pages of 1,000', SHORT, { ...hub, first: 1_000 }),
    paged('the longest, in pages of 50', WHOLE, { ...hub, first: 50 }),
    paged('the longest of a small tenant, in pages of 7', SHORT, { ...hub, first: 7 }, { tenant: 'tiny' }),
    paged('the longest of a middling tenant, in pages of 20', SHORT, hub, { tenant: 'middling' }),
    paged('two types of five', SHORT, { ...hub, first: 33, types: ['Open App', 'Click Link'] }),
    paged('one type, between two moments', SHORT, { ...hub, ...period, first: 40, types: ['View Screen'] }),
    paged('between two moments', SHORT, { ...hub, ...period, first: 100 }),
    paged('from a moment on, which itself belongs to it', SHORT, {
      externalId: PEOPLE.burst,
      from: at(33),
      to: new Date(ago(33) + 1).toISOString(),
      first: 60,
    }),
    paged(
      'until a moment, which itself does not',
      SHORT,
      { externalId: PEOPLE.burst, to: at(33) },
      { isEmpty: true },
    ),
    paged('a hundred and more of one millisecond, in pages of 9', SHORT, {
      externalId: PEOPLE.burst,
      first: 9,
    }),
    paged('of several identities, in pages of 2', WHOLE, { ...ana, first: 2 }),
    paged('of several identities, by the id of a device', WHOLE, {
      id: leadId('colossus', { anonymousId: DEVICES.anaPhone }),
      first: 3,
    }),
    paged('of several identities, one type and a period', WHOLE, {
      ...ana,
      types: ['Visit Webpage'],
      from: at(39),
      to: at(6),
      first: 3,
    }),
    paged('of several identities, without personal data', WHOLE, ana, { scopes: NO_PII }),
    paged('at the end of a chain of links', WHOLE, { externalId: PEOPLE.chained, first: 1 }),
    paged('of a device that nobody knows', WHOLE, {
      id: leadId('colossus', { anonymousId: DEVICES.lonely }),
    }),
    paged('of who first had the tablet', WHOLE, { externalId: 'bo' }),
    paged('of a type that nobody does', SHORT, { ...hub, types: ['No Such Type'] }, { isEmpty: true }),
    paged(
      'of who only sent what others had sent before',
      SHORT,
      { externalId: 'impostor-2' },
      { isEmpty: true },
    ),
    entry(
      'timeline: the first of each of forty people',
      `query ($ids: [ID!]!) { leads(ids: $ids) { id lastSeenAt activities(first: 30) { nodes { ${ACTIVITY} } pageInfo { hasNextPage } } } }`,
      {
        ids: Array.from({ length: 40 }, (_, index) =>
          leadId('colossus', { externalId: `user-${index + 1}` }),
        ),
      },
    ),
    entry(
      'timeline: of people, and the people of what they did',
      `query ($ids: [ID!]!) { leads(ids: $ids) { id activities(first: 3) { nodes { id lead { id activities(first: 2) { nodes { id type { name } } } } } } } }`,
      {
        ids: Array.from({ length: 10 }, (_, index) =>
          leadId('middling', { externalId: `user-${index + 1}` }),
        ),
      },
      { tenant: 'middling' },
    ),
  ];
}
