import type { LeadIdentity } from '../../domain/lead.ts';
import { type Checked, type ItemError, ok, reject } from './draft.ts';
import { checkId } from './values.ts';

const MAX_AHEAD_MS = 24 * 3600 * 1000;
const EARLIEST = Date.UTC(2000, 0, 1);

/**
 * The identity that a draft is about: the person's own id before the device's.
 * @param draft without placeholders; `warnings` lists them
 */
export function identityOf(
  draft: { readonly externalId: string | null; readonly anonymousId: string | null },
  warnings: readonly ItemError[],
): Checked<LeadIdentity> {
  for (const field of ['externalId', 'anonymousId'] as const) {
    const value = draft[field];
    const error = value === null ? undefined : checkId(value, field);
    if (error) return { kind: 'fail', error };
  }
  if (draft.externalId !== null) return ok({ kind: 'known', externalId: draft.externalId });
  if (draft.anonymousId !== null) return ok({ kind: 'anonymous', anonymousId: draft.anonymousId });
  const placeholder = warnings.find(({ path }) => path === 'externalId' || path === 'anonymousId');
  if (placeholder)
    return reject('INVALID_VALUE', 'This id is a placeholder that stands for nobody.', placeholder.path);
  return reject('MISSING_VALUE', "Say who it was: 'externalId' or 'anonymousId' is needed.", 'externalId');
}

/** A moment that something can have happened at, epoch milliseconds. @param now when it arrived */
export function checkTime(time: number, now: number, path: string): Checked<number> {
  if (!Number.isInteger(time))
    return reject('INVALID_TIME', 'This is no time. Send ISO 8601 with a zone: 2026-01-31T12:00:00Z.', path);
  if (time > now + MAX_AHEAD_MS)
    return reject(
      'INVALID_TIME',
      'This is more than 24 hours ahead of now. Check the clock of the sender.',
      path,
    );
  return time < EARLIEST
    ? reject(
        'INVALID_TIME',
        'This is before 2000-01-01, where history begins. Check the clock of the sender.',
        path,
      )
    : ok(time);
}
