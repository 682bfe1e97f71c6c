import { nearest } from '../../text/near-names.ts';
import { timeZoneOf } from '../../time/time-zones.ts';
import type { FlowAction, FlowStep } from '../model.ts';
import { type Wait, WEEKDAYS } from '../wait.ts';
import { checkPersonFilter, checkSpan } from './conditions.ts';
import type { Faults } from './fault.ts';
import { checkAddress, checkEmail, checkTemplate, checkWebhook } from './texts.ts';

const MAX_STEPS = 100;
const MAX_CHOICES = 25;
const MAX_TO = 50;
const MAX_NAME = 200;
const MAX_SCORE = 1_000_000;
const MAX_VALUE_BYTES = 8_192;
const MAX_DESCRIPTION = 2_000;
const MAX_MINUTE = 24 * 60 - 1;
const DAY_MS = 86_400_000;
/** Two years. */
const MAX_WAIT_DAYS = 730;

/** An action with its place. */
export type PlacedAction = { readonly action: FlowAction; readonly path: string };

/** All actions of a flow, with their places. */
export function actionsOf(flow: readonly FlowStep[], faults?: Faults): PlacedAction[] {
  return flow.flatMap(({ choices, otherwise }, step) => [
    ...choices.map(({ action }, choice) => placed(action, `flow[${step}].choices[${choice}].action`, faults)),
    ...(otherwise ? [placed(otherwise, `flow[${step}].otherwise`, faults)] : []),
  ]);
}

const placed = (action: FlowAction, path: string, faults?: Faults): PlacedAction => ({
  action,
  path: faults?.at(action, `${path}.${action.type}`) ?? `${path}.${action.type}`,
});

/** The steps of a campaign, each by itself. */
export function checkFlow(faults: Faults, flow: readonly FlowStep[]): void {
  if (!faults.count(flow.length, MAX_STEPS, 'flow')) return;
  flow.forEach(({ choices, otherwise }, index) => {
    const path = `flow[${index}]`;
    if (choices.length === 0 && otherwise === null)
      faults.add('EMPTY', path, 'This step does nothing; give it an action.');
    if (choices.length > MAX_CHOICES)
      faults.add('TOO_LARGE', `${path}.choices`, `A step has at most ${MAX_CHOICES} choices.`);
    choices.forEach(({ when }, choice) => {
      checkPersonFilter(faults, when, `${path}.choices[${choice}].when`);
    });
  });
  for (const { action, path } of actionsOf(flow, faults)) checkAction(faults, action, path);
}

function checkAction(faults: Faults, action: FlowAction, path: string): void {
  switch (action.type) {
    case 'sendEmail':
      checkEmail(faults, action.email, path);
      return;
    case 'sendAlert':
      if (faults.count(action.to.length, MAX_TO, `${path}.to`))
        action.to.forEach((address, index) => {
          checkAddress(faults, address, `${path}.to[${index}]`);
        });
      checkEmail(faults, action.email, `${path}.email`);
      return;
    case 'changeScore':
      faults.line(action.score, MAX_NAME, `${path}.score`);
      if (faults.integer(action.by, -MAX_SCORE, MAX_SCORE, `${path}.by`) && action.by === 0)
        faults.add('OUT_OF_RANGE', `${path}.by`, 'A change by 0 does nothing.');
      return;
    case 'changeDataValue':
      faults.line(action.trait, MAX_NAME, `${path}.trait`);
      if (Buffer.byteLength(JSON.stringify(action.value)) > MAX_VALUE_BYTES)
        faults.add('TOO_LARGE', `${path}.value`, `This must have at most ${MAX_VALUE_BYTES} bytes as JSON.`);
      return;
    case 'addToList':
    case 'removeFromList':
      checkStaticList(faults, action.listId, `${path}.listId`);
      return;
    case 'wait':
      checkWait(faults, action.wait, path);
      return;
    case 'interestingMoment':
      faults.line(action.momentType, MAX_NAME, `${path}.type`);
      if (action.description.length > MAX_DESCRIPTION)
        faults.add(
          'TOO_LARGE',
          `${path}.description`,
          `This must have at most ${MAX_DESCRIPTION} characters.`,
        );
      else if (action.description.trim() === '')
        faults.add('EMPTY', `${path}.description`, 'This must not be empty.');
      else checkTemplate(faults, action.description, false, `${path}.description`);
      return;
    case 'callWebhook':
      checkWebhook(faults, action.url, `${path}.url`);
      return;
    case 'requestCampaign':
    case 'executeCampaign':
    case 'removeFromFlow':
      // Those of the graph of campaigns.
      return;
    default:
      action satisfies never;
  }
}

function checkStaticList(faults: Faults, listId: string, path: string): void {
  const list = faults.around.lists.find(({ id }) => id === listId);
  if (!list) faults.add('UNKNOWN_LIST', path, "There is no such list. Take an id from 'leadLists'.");
  else if (list.filter !== null)
    faults.add(
      'NOT_ALLOWED',
      path,
      'The members of a smart list follow from its filter. Name a static list.',
    );
}

function checkWait(faults: Faults, wait: Wait, path: string): void {
  switch (wait.kind) {
    case 'duration':
      checkSpan(faults, wait.duration, MAX_WAIT_DAYS, `${path}.duration`);
      return;
    case 'until':
      checkMoment(faults, wait.at, `${path}.until`);
      return;
    case 'trait':
      faults.line(wait.trait, MAX_NAME, `${path}.trait.name`);
      faults.integer(wait.plusDays, -MAX_WAIT_DAYS, MAX_WAIT_DAYS, `${path}.trait.plusDays`);
      if (wait.minute !== null) faults.integer(wait.minute, 0, MAX_MINUTE, `${path}.trait.at`);
      return;
    case 'weekday':
      faults.count(wait.days.length, WEEKDAYS.length, `${path}.weekday.days`);
      faults.integer(wait.minute, 0, MAX_MINUTE, `${path}.weekday.at`);
      return;
    default:
      wait satisfies never;
  }
}

/** A moment that is still to come, within two years. */
export function checkMoment(faults: Faults, at: number, path: string): void {
  const ahead = at - faults.around.now;
  if (!(ahead >= 0 && ahead <= MAX_WAIT_DAYS * DAY_MS))
    faults.add('OUT_OF_RANGE', path, `This must be a time from now to ${MAX_WAIT_DAYS} days from now.`);
}

export function checkTimeZone(faults: Faults, name: string, path: string): void {
  if (timeZoneOf(name) !== undefined) return;
  const [near] = nearest(name, Intl.supportedValuesOf('timeZone'), 1);
  const hint = near === undefined ? "such as 'Europe/Berlin'" : `such as '${near}'`;
  faults.add('UNKNOWN_TIME_ZONE', path, `There is no such zone. Give a name of the IANA database, ${hint}.`);
}
