import type { Viewer } from '../../auth/viewer.ts';
import { MAX_LISTS } from '../../datasources/lists/port.ts';
import type { LeadList, PersonFilter } from '../../domain/campaigns/model.ts';
import { listsIn } from '../../domain/campaigns/validation/conditions.ts';
import type { Fault } from '../../domain/campaigns/validation/fault.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { LeadKey } from '../../domain/lead.ts';
import { boundedList, type Optional, pageSize } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { Page } from '../page.ts';
import { namesList, namingFaults, newId, notFound, staleRevision } from './changes.ts';
import { type createJudge, runningDefinition } from './judge-input.ts';
import type { CampaignPorts } from './ports.ts';
import type { PersonInput } from './reading/input.ts';
import { type ShownList, showList } from './shown.ts';

export type ListOutcome = { readonly list: ShownList | null; readonly faults: readonly Fault[] };
type ShownMember = { readonly leadKey: LeadKey; readonly addedAt: number };
/** The outcome for a lead. `UNCHANGED`: it was a member before, or was none. */
export type MemberOutcome = {
  readonly leadKey: LeadKey;
  readonly status: 'ADDED' | 'REMOVED' | 'UNCHANGED' | 'NOT_FOUND';
};
type PageQuestion = { readonly first?: Optional<number>; readonly after?: Optional<string> };

/** Lists of people. Ids are local. */
export type LeadListService = {
  byIds(viewer: Viewer, ids: readonly string[], signal: AbortSignal): Promise<readonly (ShownList | null)[]>;
  /** All, by id. */
  list(viewer: Viewer, question: PageQuestion, signal: AbortSignal): Promise<Page<ShownList>>;
  create(
    viewer: Viewer,
    input: { readonly name: string; readonly filter?: Optional<PersonInput> },
    signal: AbortSignal,
  ): Promise<ListOutcome>;
  /** Changes the name, and the filter of a smart list. */
  update(
    viewer: Viewer,
    input: {
      readonly id: string;
      readonly revision: number;
      readonly name?: Optional<string>;
      readonly filter?: Optional<PersonInput>;
    },
    signal: AbortSignal,
  ): Promise<ListOutcome>;
  /** Deletes a list that no campaign and no smart list names. */
  remove(viewer: Viewer, id: string, signal: AbortSignal): Promise<void>;
  /** Members of a static list, by key. */
  members(
    viewer: Viewer,
    id: string,
    question: PageQuestion,
    signal: AbortSignal,
  ): Promise<Page<ShownMember>>;
  /** Members of a static list, counted to 10,000. */
  size(
    viewer: Viewer,
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly value: number; readonly isExact: boolean }>;
  /** At most 300 leads. */
  addMembers(
    viewer: Viewer,
    id: string,
    leads: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<readonly MemberOutcome[]>;
  removeMembers(
    viewer: Viewer,
    id: string,
    leads: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<readonly MemberOutcome[]>;
  /** Those of the leads that are members of a static list. */
  membersAmong(
    viewer: Viewer,
    id: string,
    leads: readonly LeadKey[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<LeadKey>>;
};

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 20;
const MAX_LEADS = 300;
const COUNT_BOUND = 10_000;

export function createLeadLists(
  ports: CampaignPorts,
  judge: ReturnType<typeof createJudge>,
): LeadListService {
  const { lists, campaigns, store, now } = ports;

  const read = async ({ tenant }: Viewer, id: string, signal: AbortSignal): Promise<LeadList> => {
    const [list] = await lists.get(tenant, [id], signal);
    if (!list) throw notFound('list', 'id');
    return list;
  };
  const readStatic = async (viewer: Viewer, id: string, signal: AbortSignal): Promise<void> => {
    const { filter } = await read(viewer, id, signal);
    if (filter !== null)
      throw badInput('The members of a smart list follow from its filter. Name a static list.', 'id');
  };
  const judged = async (
    viewer: Viewer,
    id: string | null,
    { name, filter }: { readonly name?: Optional<string>; readonly filter?: Optional<PersonInput> },
    signal: AbortSignal,
  ): Promise<{ faults: readonly Fault[]; filter: PersonFilter | null }> => {
    const found = filter ? await judge.listFilter(viewer, id, filter, signal) : undefined;
    return {
      faults: [...namingFaults(name ?? undefined), ...(found?.faults ?? [])],
      filter: found?.value ?? null,
    };
  };
  /** The persons of leads, in their order. */
  const personKeys = async ({ tenant }: Viewer, leads: readonly LeadKey[], signal: AbortSignal) =>
    (await store.persons(tenant, boundedList(leads, MAX_LEADS, 'leadIds'), signal)).map(
      (person) => person && { key: person.lead.key, keys: person.identities.map(({ key }) => key) },
    );

  return {
    async byIds(viewer, ids, signal) {
      const found = await lists.get(viewer.tenant, ids, signal);
      return found.map((list) => list && showList(viewer, list));
    },

    async list(viewer, question, signal) {
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const scope: CursorScope = { tenantId: viewer.tenant.id, query: ['leadLists'] };
      const after = question.after ? String(decodeCursor(scope, question.after)[0]) : '';
      const all = (await lists.all(viewer.tenant, signal)).filter(({ id }) => id > after);
      return {
        items: all.slice(0, first).map((list) => showList(viewer, list)),
        hasNextPage: all.length > first,
        cursorOf: ({ id }) => encodeCursor(scope, [id]),
      };
    },

    async create(viewer, input, signal) {
      const { faults, filter } = await judged(viewer, null, input, signal);
      if (faults.length > 0) return { list: null, faults };
      const { length } = await lists.all(viewer.tenant, signal);
      if (length >= MAX_LISTS) throw badInput(`There are ${length} lists, and no more are allowed.`);
      const at = now();
      const list = { id: newId(), name: input.name, filter, createdAt: at, updatedAt: at, revision: 1 };
      await lists.put(viewer.tenant, list, signal);
      return { list: showList(viewer, list), faults };
    },

    async update(viewer, input, signal) {
      const before = await read(viewer, input.id, signal);
      if (before.revision !== input.revision) throw staleRevision();
      if (input.filter && before.filter === null)
        throw badInput('This list is static: it has members and no filter.', 'filter');
      const { faults, filter } = await judged(viewer, input.id, input, signal);
      if (faults.length > 0) return { list: null, faults };
      const list = {
        ...before,
        name: input.name ?? before.name,
        filter: filter ?? before.filter,
        updatedAt: now(),
        revision: before.revision + 1,
      };
      if (!(await lists.put(viewer.tenant, list, signal))) throw staleRevision();
      return { list: showList(viewer, list), faults };
    },

    async remove(viewer, id, signal) {
      await read(viewer, id, signal);
      const [allCampaigns, allLists] = await Promise.all([
        campaigns.all(viewer.tenant, signal),
        lists.all(viewer.tenant, signal),
      ]);
      if (
        allCampaigns.some((campaign) => namesList(runningDefinition(campaign, now()), id)) ||
        allLists.some(({ filter }) => filter !== null && listsIn(filter).includes(id))
      )
        throw badInput('A campaign or a smart list names this list. Change that first.', 'id');
      await lists.remove(viewer.tenant, id, signal);
    },

    async members(viewer, id, question, signal) {
      await readStatic(viewer, id, signal);
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const scope: CursorScope = { tenantId: viewer.tenant.id, query: ['LeadList.members', id] };
      const after = question.after ? String(decodeCursor(scope, question.after)[0]) : null;
      const found = await lists.members(viewer.tenant, id, first + 1, after, signal);
      return {
        items: found.slice(0, first),
        hasNextPage: found.length > first,
        cursorOf: ({ leadKey }) => encodeCursor(scope, [leadKey]),
      };
    },

    async size(viewer, id, signal) {
      let value = 0;
      for (let after: LeadKey | null = null; value < COUNT_BOUND; ) {
        const page: readonly ShownMember[] = await lists.members(viewer.tenant, id, MAX_PAGE, after, signal);
        value += page.length;
        after = page.at(-1)?.leadKey ?? null;
        if (page.length < MAX_PAGE) return { value, isExact: true };
      }
      return { value, isExact: false };
    },

    async addMembers(viewer, id, leads, signal) {
      await readStatic(viewer, id, signal);
      const persons = await personKeys(viewer, leads, signal);
      const keys = persons.flatMap((person) => person?.key ?? []);
      const members = [...new Set(keys)].map((leadKey) => ({ leadKey, addedAt: now() }));
      const added = new Set(await lists.addMembers(viewer.tenant, id, members, signal));
      return leads.map((leadKey, index) => {
        const key = persons[index]?.key;
        if (key === undefined) return { leadKey, status: 'NOT_FOUND' };
        return { leadKey, status: added.delete(key) ? 'ADDED' : 'UNCHANGED' };
      });
    },

    async removeMembers(viewer, id, leads, signal) {
      await readStatic(viewer, id, signal);
      const persons = await personKeys(viewer, leads, signal);
      // A person may be a member by an identity that was linked later.
      const keys = persons.flatMap((person) => (person ? [person.key, ...person.keys] : []));
      const removed = new Set(await lists.removeMembers(viewer.tenant, id, [...new Set(keys)], signal));
      return leads.map((leadKey, index) => {
        const person = persons[index];
        if (!person) return { leadKey, status: 'NOT_FOUND' };
        const wasMember = [person.key, ...person.keys].filter((key) => removed.delete(key)).length > 0;
        return { leadKey, status: wasMember ? 'REMOVED' : 'UNCHANGED' };
      });
    },

    async membersAmong(viewer, id, leads, signal) {
      await readStatic(viewer, id, signal);
      const persons = await personKeys(viewer, leads, signal);
      const members = new Set<LeadKey>();
      await Promise.all(
        leads.map(async (lead, index) => {
          const person = persons[index];
          if (!person) return;
          const of = await lists.listsOf(viewer.tenant, [person.key, ...person.keys], [id], signal);
          if (of.has(id)) members.add(lead);
        }),
      );
      return members;
    },
  };
}
