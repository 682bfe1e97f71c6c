import { needsPii } from '../../../auth/privacy.ts';
import {
  type EmailContent,
  type FlowAction,
  LEAD_LIST,
  SMART_CAMPAIGN,
} from '../../../domain/campaigns/model.ts';
import type { Wait } from '../../../domain/campaigns/wait.ts';
import type { Json } from '../../../domain/json.ts';
import { exactlyOne } from '../../search/conditions.ts';
import type { ActionInput, EmailInput, WaitInput } from './input.ts';
import type { Reading } from './reading.ts';

const ACTIONS = [
  'sendEmail',
  'sendAlert',
  'changeScore',
  'changeDataValue',
  'addToList',
  'removeFromList',
  'wait',
  'interestingMoment',
  'requestCampaign',
  'executeCampaign',
  'removeFromFlow',
  'callWebhook',
] as const satisfies readonly FlowAction['type'][];

/** Reads an action. Undefined for an action that can't be read, which is a fault. */
export function readAction(reading: Reading, input: ActionInput, path: string): FlowAction | undefined {
  return reading.attempt<FlowAction | undefined>(path, undefined, () => {
    const type = exactlyOne(input, ACTIONS, path);
    return reading.place(actionOf(reading, type, input, `${path}.${type}`), `${path}.${type}`);
  });
}

/** @param type the only field of the input that is set */
function actionOf(
  reading: Reading,
  type: (typeof ACTIONS)[number],
  input: ActionInput,
  path: string,
): FlowAction {
  const given = input as { readonly [K in keyof ActionInput]-?: NonNullable<ActionInput[K]> };
  const campaignAt = (id: string) => reading.id(SMART_CAMPAIGN, id, `${path}.campaignId`);
  switch (type) {
    case 'sendEmail':
      return { type, email: emailOf(given.sendEmail) };
    case 'sendAlert':
      carriesPerson(reading, 'An alert', path);
      return { type, to: [...given.sendAlert.to], email: emailOf(given.sendAlert.email) };
    case 'changeScore':
      return { type, score: given.changeScore.score, by: given.changeScore.by };
    case 'changeDataValue':
      return {
        type,
        trait: given.changeDataValue.trait,
        value: (given.changeDataValue.value ?? null) as Json,
      };
    case 'addToList':
    case 'removeFromList':
      return { type, listId: reading.id(LEAD_LIST, given[type].listId, `${path}.listId`) };
    case 'wait':
      return { type, wait: waitOf(reading, given.wait, path) };
    case 'interestingMoment':
      // Its text is shown to everybody who reads activities.
      if (given.interestingMoment.description.includes('{'))
        carriesPerson(reading, 'A description with Liquid', `${path}.description`);
      return {
        type,
        momentType: given.interestingMoment.type,
        description: given.interestingMoment.description,
      };
    case 'requestCampaign':
    case 'executeCampaign':
      return { type, campaignId: campaignAt(given[type].campaignId) };
    case 'removeFromFlow': {
      const { campaignId } = given.removeFromFlow;
      return { type, campaignId: campaignId ? campaignAt(campaignId) : null };
    }
    case 'callWebhook':
      carriesPerson(reading, 'A webhook', path);
      return { type, url: given.callWebhook.url };
    default:
      return type satisfies never;
  }
}

/** Its author gets to see the person, whatever the scopes. */
function carriesPerson({ asker: { privacy } }: Reading, what: string, path: string): void {
  if (!privacy.pii) throw needsPii(`${what} tells about the person, so it`, path);
}

const emailOf = (input: EmailInput): EmailContent => ({
  fromName: input.fromName ?? null,
  fromAddress: input.fromAddress,
  replyTo: input.replyTo ?? null,
  subject: input.subject,
  text: input.text,
  html: input.html ?? null,
});

function waitOf(reading: Reading, input: WaitInput, path: string): Wait {
  const kind = exactlyOne(input, ['duration', 'until', 'trait', 'weekday'] as const, path);
  const given = input as { readonly [K in keyof WaitInput]-?: NonNullable<WaitInput[K]> };
  switch (kind) {
    case 'duration':
      return { kind, duration: { amount: given.duration.amount, unit: given.duration.unit } };
    case 'until':
      return { kind, at: given.until.getTime() };
    case 'trait': {
      const { name, plusDays, at } = given.trait;
      const minute = at ? minuteOf(reading, at, `${path}.trait.at`) : null;
      return { kind, trait: name, plusDays: plusDays ?? 0, minute };
    }
    case 'weekday':
      return {
        kind,
        days: [...new Set(given.weekday.days)],
        minute: minuteOf(reading, given.weekday.at, `${path}.weekday.at`),
      };
    default:
      return kind satisfies never;
  }
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

function minuteOf(reading: Reading, text: string, path: string): number {
  const [, hours, minutes] = TIME.exec(text) ?? [];
  if (hours !== undefined) return Number(hours) * 60 + Number(minutes);
  reading.add('INVALID_VALUE', path, "This must be a time of day from '00:00' to '23:59'.");
  return 0;
}
