import { randomBytes } from 'node:crypto';
import type { CampaignDefinition } from '../../domain/campaigns/model.ts';
import { listsIn } from '../../domain/campaigns/validation/conditions.ts';
import type { Fault } from '../../domain/campaigns/validation/fault.ts';
import { actionsOf } from '../../domain/campaigns/validation/steps.ts';
import { badInput, DomainError } from '../../lib/errors.ts';

const MAX_NAME = 200;
const MAX_DESCRIPTION = 2_000;
/** A change that others keep overtaking is given up. */
const MAX_ATTEMPTS = 10;

/** The id of a new campaign or list. */
export const newId = (): string => randomBytes(9).toString('base64url');

/** The faults of a name and a description. */
export function namingFaults(name: string | undefined, description = ''): Fault[] {
  const faults: Fault[] = [];
  if (name !== undefined && name.trim() === '')
    faults.push({ code: 'EMPTY', path: 'name', message: 'This must not be empty.' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  else if (name !== undefined && (name.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(name)))
    faults.push({
      code: 'TOO_LARGE',
      path: 'name',
      message: `This must be one line of at most ${MAX_NAME} characters.`,
    });
  if (description.length > MAX_DESCRIPTION)
    faults.push({
      code: 'TOO_LARGE',
      path: 'description',
      message: `This must have at most ${MAX_DESCRIPTION} characters.`,
    });
  return faults;
}

export const notFound = (what: string, field: string): DomainError =>
  new DomainError('NOT_FOUND', `There is no such ${what}.`, { field });

export const staleRevision = (): DomainError =>
  badInput('Somebody changed this since you read it. Read it again, and change that.', 'revision');

/** Something with revisions, and how it is read and written. */
export type Store<T> = {
  read(): Promise<T>;
  /** @returns false where another change was first */
  write(next: T): Promise<boolean>;
};

/**
 * Changes the latest revision, again while other changes are first.
 * @param change gives the same object where there is nothing to change
 * @throws DomainError `BACKEND_UNAVAILABLE` when other changes are always first
 */
export async function changeLatest<T>(
  { read, write }: Store<T>,
  change: (latest: T) => T | Promise<T>,
): Promise<T> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const latest = await read();
    const next = await change(latest);
    if (next === latest || (await write(next))) return next;
  }
  throw new DomainError('BACKEND_UNAVAILABLE', 'This is being changed by others all the time. Try again.');
}

/** Whether a definition names a list. */
export const namesList = (definition: CampaignDefinition, listId: string): boolean =>
  actionsOf(definition.flow).some(({ action }) => 'listId' in action && action.listId === listId) ||
  [definition.filter, ...definition.flow.flatMap(({ choices }) => choices.map(({ when }) => when))].some(
    (filter) => filter !== null && listsIn(filter).includes(listId),
  );

/** Whether a definition names a campaign. */
export const namesCampaign = (definition: CampaignDefinition, campaignId: string): boolean =>
  actionsOf(definition.flow).some(({ action }) => 'campaignId' in action && action.campaignId === campaignId);
