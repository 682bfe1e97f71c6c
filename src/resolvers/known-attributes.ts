import { LRUCache } from 'lru-cache';
import { requireViewer } from '../auth/viewer.ts';
import type { ActivitySearch } from '../datasources/activity-search/port.ts';
import type { Tenant } from '../domain/tenant.ts';
import { nearest } from '../domain/text/near-names.ts';
import { badInput, DomainError } from '../lib/errors.ts';
import type { RequestContext } from './context.ts';

/** An attribute that a question names, and where. */
export type AskedAttribute = { readonly name: string; readonly path: string };

const MAX_SHOWN = 5;
/** For so long a name that no activity had is not looked for again, in milliseconds. */
const UNSEEN_MS = 2_000;
const MAX_NAMES = 50_000;

/**
 * Refuses a question about an attribute that the tenant doesn't have: that no activity type declares and no activity
 * has. Schemaless senders may have others than those declared, which are looked for in the data.
 * @throws DomainError `BAD_USER_INPUT` with declared names that are near
 */
export async function requireAttributes(
  asked: readonly AskedAttribute[],
  context: RequestContext,
): Promise<void> {
  if (asked.length === 0) return;
  const { tenant } = requireViewer(context);
  const types = await context.services.types.list(tenant, context.signal);
  const declared = new Set(types.flatMap(({ attributes }) => attributes.map(({ name }) => name)));
  await Promise.all(
    asked.map(async ({ name, path }) => {
      if (declared.has(name) || (await isSeen(tenant, name, context))) return;
      const near = nearest(name, declared, MAX_SHOWN).map((other) => `'${other}'`);
      const hint =
        near.length > 0
          ? `Near names are ${near.join(', ')}.`
          : "'activityTypes' lists the attributes that are declared.";
      throw badInput(
        `No activity type declares the attribute '${name.slice(0, 64)}', and no activity has it. ${hint}`,
        path,
      );
    }),
  );
}

/** What is known of names by each search: true for good, false for a while. */
const known = new WeakMap<ActivitySearch, LRUCache<string, boolean>>();

async function isSeen(
  tenant: Tenant,
  name: string,
  { services: { search }, signal }: RequestContext,
): Promise<boolean> {
  let names = known.get(search);
  if (!names) known.set(search, (names = new LRUCache({ max: MAX_NAMES })));
  const key = `${tenant.id}\0${name}`;
  const before = names.get(key);
  if (before !== undefined) return before;
  try {
    const { hits } = await search.searchActivities(tenant, { ...ANY, filter: { ...HAS, name } }, signal);
    const found = hits.length > 0;
    names.set(key, found, found ? {} : { ttl: UNSEEN_MS });
    return found;
  } catch (error) {
    // Figures don't need the search: while it is away the question is answered as it stands.
    if (error instanceof DomainError && error.code === 'BACKEND_UNAVAILABLE') return true;
    throw error;
  }
}

const HAS = { op: 'attribute', test: 'exists', value: true } as const;
const ANY = {
  query: null,
  sort: 'NEWEST',
  first: 1,
  after: null,
  highlight: false,
  total: null,
  pii: true,
  facets: [],
} as const;
