import type { JsonObject } from '../../domain/json.ts';
import { identityText, type LeadIdentity, type LeadUpdate } from '../../domain/lead.ts';
import { groupOf, isOfGroup } from '../../domain/trait-merge.ts';

/** The last value in one call of a person's facts at one time. */
type Last = {
  group: string | undefined;
  email: Pick<LeadUpdate, 'email' | 'isEmailRemoved'> | undefined;
  readonly traits: Map<string, LeadUpdate['traits'][string]>;
};

/**
 * Updates of one call, so that the last of several values for one person and time holds. In the stores the later time
 * wins, and values of the same time have no order. So every such update gets the last value. Identities that the call
 * links are one person.
 */
export function lastSaid(updates: readonly LeadUpdate[]): readonly LeadUpdate[] {
  if (updates.filter(saysSomething).length < 2) return updates;
  const personOf = personsIn(updates);
  const keyOf = (update: LeadUpdate): string => `${update.at} ${personOf(update.identity)}`;
  const last = new Map<string, Last>();
  const lastOf = (update: LeadUpdate): Last => {
    const key = keyOf(update);
    let found = last.get(key);
    if (!found) last.set(key, (found = { group: undefined, email: undefined, traits: new Map() }));
    return found;
  };
  for (const update of updates) {
    const group = groupOf(update.traits);
    if (group !== undefined) lastOf(update).group = group;
  }
  for (const update of updates) {
    const found = lastOf(update);
    if (saysEmail(update)) found.email = update;
    for (const [name, value] of traitsOf(update, found.group)) found.traits.set(name, value);
  }
  return updates.map((update) => (saysSomething(update) ? withLast(update, lastOf(update)) : update));
}

const saysEmail = ({ email, isEmailRemoved }: LeadUpdate): boolean =>
  email !== null || isEmailRemoved === true;

const saysSomething = (update: LeadUpdate): boolean =>
  saysEmail(update) || Object.keys(update.traits).length > 0;

/** The traits of an update, without those of a group that the call has left behind. */
function traitsOf({ traits }: LeadUpdate, lastGroup: string | undefined): [string, JsonObject[string]][] {
  const group = groupOf(traits);
  const isLeft = group !== undefined && group !== lastGroup;
  return Object.entries(traits).filter(([name]) => !(isLeft && isOfGroup(name)));
}

function withLast(update: LeadUpdate, last: Last): LeadUpdate {
  const { email: _email, isEmailRemoved: _removed, ...rest } = update;
  const email = saysEmail(update) && last.email ? last.email : update;
  return {
    ...rest,
    email: email.email,
    ...(email.isEmailRemoved && { isEmailRemoved: true }),
    traits: Object.fromEntries(
      traitsOf(update, last.group).map(([name, value]) => [
        name,
        last.traits.has(name) ? (last.traits.get(name) ?? null) : value,
      ]),
    ),
  };
}

const nameOf = (identity: LeadIdentity): string => `${identity.kind} ${identityText(identity)}`;

/** @returns one name for all identities that are linked with one another */
function personsIn(updates: readonly LeadUpdate[]): (identity: LeadIdentity) => string {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    return root;
  };
  for (const { identity, links } of updates)
    for (const link of links) {
      const [from, to] = [rootOf(nameOf(link)), rootOf(nameOf(identity))];
      if (from !== to) parents.set(from, to);
    }
  return (identity) => rootOf(nameOf(identity));
}
