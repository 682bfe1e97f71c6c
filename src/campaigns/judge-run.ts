import type { LeadLists } from '../datasources/lists/port.ts';
import type { LeadList, PersonFilter } from '../domain/campaigns/model.ts';
import {
  type ConditionResult,
  expandLists,
  judgePerson,
  MAX_LIST_DEPTH,
  needsOf,
  type PersonFacts,
} from '../domain/campaigns/person-condition.ts';
import type { Person } from '../domain/lead.ts';
import type { Tenant } from '../domain/tenant.ts';
import { type FactPorts, gatherFacts, type Moment } from './person-facts.ts';

/** The ports that a person is judged by. */
export type JudgePorts = {
  readonly store: FactPorts['store'];
  readonly lists: Pick<LeadLists, 'get' | 'listsOf'>;
};

/** The judgement of a filter. In `filter`, the filters of smart lists are in place of their names. */
export type Judgement = {
  readonly filter: PersonFilter;
  readonly facts: PersonFacts;
  readonly result: ConditionResult;
};

/**
 * Judges a person by a filter as of a moment.
 * @param known lists that were read before, by id; those that are missing are read and added
 */
export async function judgeFilter(
  ports: JudgePorts,
  tenant: Tenant,
  question: { readonly person: Person; readonly filter: PersonFilter; readonly at: Moment },
  signal: AbortSignal,
  known: Map<string, LeadList | null> = new Map(),
): Promise<Judgement> {
  const { person, at } = question;
  await readLists(ports.lists, tenant, question.filter, known, signal);
  const filter = expandLists(question.filter, (id) => known.get(id) ?? undefined);
  const facts = await gatherFacts(ports, tenant, person, needsOf(filter), at, signal);
  return { filter, facts, result: judgePerson(filter, facts) };
}

/** Reads the lists that a filter names, and those that smart lists among them name. */
async function readLists(
  lists: Pick<LeadLists, 'get'>,
  tenant: Tenant,
  filter: PersonFilter,
  known: Map<string, LeadList | null>,
  signal: AbortSignal,
): Promise<void> {
  let filters: readonly PersonFilter[] = [filter];
  for (let depth = 0; depth <= MAX_LIST_DEPTH && filters.length > 0; depth++) {
    const named = [...new Set(filters.flatMap((one) => [...needsOf(one).lists]))];
    const missing = named.filter((id) => !known.has(id));
    const found = missing.length > 0 ? await lists.get(tenant, missing, signal) : [];
    missing.forEach((id, index) => {
      known.set(id, found[index] ?? null);
    });
    filters = named.flatMap((id) => known.get(id)?.filter ?? []);
  }
}
