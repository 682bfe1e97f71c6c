import { randomUUID } from 'node:crypto';
import { ownValue } from '../../domain/campaigns/activity-condition.ts';
import type { FlowAction } from '../../domain/campaigns/model.ts';
import { type ActionResult, done, failed, type StepContext, skipped } from './parts.ts';

/** Notes of one step: each attempt that ended before its write leaves one. */
const MAX_NOTES = 50;

type Action<T extends FlowAction['type']> = Extract<FlowAction, { type: T }>;

/**
 * Adds to a score. The values before and after are noted first, with the time that they are written at. A repeated step
 * finds the note. The score was changed if the activity is in the timeline. Otherwise, the step starts again.
 */
export async function changeScore(
  context: StepContext,
  { score, by }: Action<'changeScore'>,
): Promise<ActionResult> {
  const { parts, tenant, run, path, signal } = context;
  for (let attempt = 0; attempt < MAX_NOTES; attempt++) {
    const { lead } = await context.person();
    const value = ownValue(lead.traits, score);
    const old = Number.isSafeInteger(value) ? (value as number) : 0;
    if (!Number.isSafeInteger(old + by))
      return failed(`The score '${score}' would leave the range of exact integers.`);
    const own = { old, new: old + by, at: context.now(), by: randomUUID() };
    const place = attempt === 0 ? path : `${path}~${attempt}`;
    const note = await parts.runs.intend(tenant, run.id, place, own, signal);
    const [at, oldValue, newValue] = [Number(note.at), Number(note.old), Number(note.new)];
    if (note.by === own.by)
      await parts.door.write(context, {
        at,
        traits: { [score]: newValue },
        activity: {
          type: 'Change Score',
          attributes: { scoreName: score, changeValue: newValue - oldValue, oldValue, newValue },
        },
      });
    else if (!(await parts.door.has(context, at))) continue;
    return done({ score, old: oldValue, new: newValue });
  }
  return failed(`The score '${score}' could not be changed.`);
}

/** Sets or removes a trait. Nothing is done where the trait has the value already. */
export async function changeDataValue(
  context: StepContext,
  { trait, value }: Action<'changeDataValue'>,
): Promise<ActionResult> {
  const { lead } = await context.person();
  const { parts, tenant, run, path, signal } = context;
  const old = ownValue(lead.traits, trait) ?? null;
  // A repeated step writes at the time of the first: what was said of the person since then stays.
  const note = await parts.runs.intend(tenant, run.id, path, { old, at: context.now() }, signal);
  if (JSON.stringify(note.old) === JSON.stringify(value))
    return skipped(`The trait '${trait}' has this value already.`);
  await parts.door.write(context, {
    at: Number(note.at),
    traits: { [trait]: value },
    activity: {
      type: 'Change Data Value',
      attributes: { attributeName: trait, oldValue: textOf(note.old), newValue: textOf(value) },
    },
  });
  return done({ trait });
}

const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);

/** Adds the person to a static list, or removes the person from it. Only a change leaves an activity. */
export async function changeList(
  context: StepContext,
  { type, listId }: Action<'addToList' | 'removeFromList'>,
): Promise<ActionResult> {
  const { parts, tenant, run, path, signal } = context;
  const [list] = await parts.lists.get(tenant, [listId], signal);
  if (!list) return failed('The list was deleted.');
  if (list.filter !== null)
    return failed('The members of a smart list follow its filter. Choose a static list.');
  const { lead, identities } = await context.person();
  const keys = [...new Set([lead.key, ...identities.map(({ key }) => key)])];
  const wasMember = (await parts.lists.listsOf(tenant, keys, [listId], signal)).has(listId);
  const note = await parts.runs.intend(tenant, run.id, path, { wasMember }, signal);
  const isAdding = type === 'addToList';
  if (note.wasMember === isAdding)
    return skipped(isAdding ? 'The person is in the list already.' : 'The person is not in the list.');
  const at = context.now();
  if (isAdding) await parts.lists.addMembers(tenant, listId, [{ leadKey: lead.key, addedAt: at }], signal);
  else await parts.lists.removeMembers(tenant, listId, keys, signal);
  await parts.door.write(context, {
    at,
    activity: { type: isAdding ? 'Add to List' : 'Remove from List', attributes: { listId } },
  });
  return done({ listId });
}

export async function interestingMoment(
  context: StepContext,
  { momentType, description }: Action<'interestingMoment'>,
): Promise<ActionResult> {
  await context.parts.door.write(context, {
    at: context.now(),
    activity: {
      type: 'Interesting Moment',
      attributes: { momentType, description: await context.fill(description), moment: context.campaign.name },
    },
  });
  return done();
}
