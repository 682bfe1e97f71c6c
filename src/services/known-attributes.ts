import { LRUCache } from 'lru-cache';
import type { Viewer } from '../auth/viewer.ts';
import type { ActivitySearch } from '../datasources/activity-search/port.ts';
import type { Tenant } from '../domain/tenant.ts';
import { nearest } from '../domain/text/near-names.ts';
import type { ActivityTypes } from '../ingest/door/activity-types.ts';
import { badInput, DomainError } from '../lib/errors.ts';

/** An attribute that a question names, and where. */
export type AskedAttribute = { readonly name: string; readonly path: string };

/**
 * Refuses a question about an attribute that the tenant doesn't have: that no activity type declares and no activity
 * has. Schemaless senders may have others than those declared, which are looked for in the data.
 * @throws DomainError `BAD_USER_INPUT` with declared names that are near
 */
export type RequireAttributes = (
  viewer: Viewer,
  asked: readonly AskedAttribute[],
  signal: AbortSignal,
) => Promise<void>;

const MAX_SHOWN = 5;
/** For so long a name that no activity had is not looked for again, in milliseconds. */
const UNSEEN_MS = 2_000;
const MAX_NAMES = 50_000;

/** Remembers the names that were seen for good, and for a while those that were not. */
export function createRequireAttributes(types: ActivityTypes, search: ActivitySearch): RequireAttributes {
  const names = new LRUCache<string, boolean>({ max: MAX_NAMES });

  const isSeen = async (tenant: Tenant, name: string, signal: AbortSignal): Promise<boolean> => {
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
  };

  return async ({ tenant }, asked, signal) => {
    if (asked.length === 0) return;
    const declared = new Set(
      (await types.list(tenant, signal)).flatMap(({ attributes }) => attributes.map(({ name }) => name)),
    );
    await Promise.all(
      asked.map(async ({ name, path }) => {
        if (declared.has(name) || (await isSeen(tenant, name, signal))) return;
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
  };
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
