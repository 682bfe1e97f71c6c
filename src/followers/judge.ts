import type { LogPosition } from '../datasources/activity-log/port.ts';
import type { ActivityRows } from '../datasources/activity-store/port.ts';
import {
  type Claims,
  digestOf,
  type First,
  isSamePosition,
  type LoggedActivity,
} from '../datasources/claims/port.ts';
import type { Activity } from '../domain/activity.ts';
import { hashOfId } from '../domain/ids.ts';
import type { Tenant } from '../domain/tenant.ts';
import { DomainError } from '../lib/errors.ts';

/** An activity that is not the first of its message, with the first. */
export type Repeat = LoggedActivity & { readonly first: First };

export type Judged = { readonly firsts: readonly LoggedActivity[]; readonly repeats: readonly Repeat[] };

/**
 * Separates the first of each message from its repeats. A message belongs to the log position that claimed it first.
 * That position is `first` at every call and for every caller; no other position ever is.
 * @param logged activities of one tenant, in the order of the log
 */
export async function judge(
  claims: Claims,
  tenant: Tenant,
  logged: readonly LoggedActivity[],
  signal: AbortSignal,
): Promise<Judged> {
  const hashes = logged.map(({ activity }) => hashOfId(activity.id));
  const candidates = new Map<string, LoggedActivity>();
  logged.forEach((entry, index) => {
    const hash = hashes[index] ?? '';
    if (!candidates.has(hash)) candidates.set(hash, entry);
  });
  const owners = await claims.claim(tenant, [...candidates.values()], signal);
  const firstOf = new Map([...candidates.keys()].map((hash, index) => [hash, owners[index]]));
  const firsts: LoggedActivity[] = [];
  const repeats: Repeat[] = [];
  logged.forEach((entry, index) => {
    const first = firstOf.get(hashes[index] ?? '');
    if (!first) throw new DomainError('BACKEND_UNAVAILABLE', 'The store does not tell whose a message is.');
    if (isSamePosition(first.position, entry.position)) firsts.push(entry);
    else repeats.push({ ...entry, first });
  });
  return { firsts, repeats };
}

export type CorrectOptions = {
  readonly store: Pick<ActivityRows, 'put' | 'remove'>;
  /** The activity at a position of the log; undefined when the log does not keep it any more. */
  readAt(position: LogPosition, signal: AbortSignal): Promise<Activity | undefined>;
};

/**
 * Corrects rows that repeats wrote into the store: removes a repeat's own row, and restores the first row under its id.
 * The correction is final only when no write of the repeat can be in flight.
 */
export async function correct(
  { store, readAt }: CorrectOptions,
  tenant: Tenant,
  repeats: readonly Omit<Repeat, 'position'>[],
  signal: AbortSignal,
): Promise<void> {
  const strays = new Set<string>();
  const restored = new Map<string, Activity>();
  for (const { activity, first } of repeats) {
    if (activity.id !== first.id) strays.add(activity.id);
    else if (digestOf(activity) === first.digest)
      restored.set(first.id, { ...activity, receivedAt: first.receivedAt });
    else {
      const original = await readAt(first.position, signal);
      if (original) restored.set(first.id, original);
    }
  }
  await Promise.all([
    strays.size > 0 && store.remove(tenant, [...strays], signal),
    restored.size > 0 && store.put([{ tenant, activities: [...restored.values()] }], signal),
  ]);
}
