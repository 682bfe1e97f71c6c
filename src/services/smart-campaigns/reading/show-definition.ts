import { type Privacy, privacyOf } from '../../../auth/privacy.ts';
import type { Viewer } from '../../../auth/viewer.ts';
import { CAMPAIGN } from '../../../domain/activity.ts';
import {
  type CampaignDefinition,
  type EmailContent,
  type FlowAction,
  LEAD_LIST,
  type PersonFilter,
  SMART_CAMPAIGN,
} from '../../../domain/campaigns/model.ts';
import type { Wait } from '../../../domain/campaigns/wait.ts';
import { MASK } from '../../../domain/email/text.ts';
import type { ActivityFilter } from '../../../domain/filter.ts';
import { toGlobalId } from '../../../domain/ids.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { LEAD } from '../../../domain/lead.ts';
import { isoTime } from '../../../domain/time/iso-time.ts';

/**
 * A definition in the form in which it is written, as a viewer may see it. Without `leads:pii`, values of conditions on
 * traits and addresses are masked.
 */
export function showDefinition(viewer: Viewer, definition: CampaignDefinition): JsonObject {
  const privacy = privacyOf(viewer);
  const { triggers, filter, flow, schedule, ...rest } = definition;
  return shownTexts(privacy, {
    ...rest,
    triggers: triggers.map(({ filter: condition, ...trigger }) => ({
      ...trigger,
      ...(condition && { filter: activitiesOf(condition) }),
    })),
    filter: filter && personOf(privacy, filter),
    flow: flow.map(({ choices, otherwise }) => ({
      choices: choices.map(({ when, action }) => ({
        when: personOf(privacy, when),
        action: actionOf(privacy, action),
      })),
      otherwise: otherwise && actionOf(privacy, otherwise),
    })),
    schedule: schedule && { at: isoTime(schedule.at), everyDays: schedule.everyDays },
  });
}

/** The filter of a list in the form in which it is written. */
export function showFilter(viewer: Viewer, filter: PersonFilter): JsonObject {
  const privacy = privacyOf(viewer);
  return shownTexts(privacy, personOf(privacy, filter));
}

/** Without addresses in any text, where the viewer may not see them. */
function shownTexts<T extends Json>(privacy: Privacy, value: T): T {
  if (privacy.pii) return value;
  const shown = (part: Json): Json => {
    if (typeof part === 'string') return privacy.text(part);
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(shown);
    return Object.fromEntries(
      Object.entries(part).map(([name, inner]) => [privacy.text(name), shown(inner as Json)]),
    );
  };
  return shown(value) as T;
}

function personOf(privacy: Privacy, filter: PersonFilter): JsonObject {
  const values = <T extends Json>(given: readonly T[]): Json => (privacy.pii ? [...given] : [MASK]);
  switch (filter.op) {
    case 'and':
    case 'or':
      return { [filter.op]: filter.filters.map((part) => personOf(privacy, part)) };
    case 'not':
      return { not: personOf(privacy, filter.filter) };
    case 'identity':
      return { [filter.field]: { in: values(filter.values) } };
    case 'isKnown':
      return { isKnown: filter.value };
    case 'inList':
      return { inList: toGlobalId(LEAD_LIST, filter.listId) };
    case 'did':
      return {
        did: {
          type: filter.type,
          ...(filter.filter && { filter: activitiesOf(filter.filter) }),
          atLeast: filter.atLeast,
          ...(filter.atMost !== null && { atMost: filter.atMost }),
          ...(filter.within && { within: { ...filter.within } }),
        },
      };
    case 'trait': {
      const { name } = filter;
      if (filter.test === 'in') return { trait: { name, in: values(filter.values) } };
      if (filter.test === 'exists') return { trait: { name, exists: filter.value } };
      if (!privacy.pii) return { trait: { name, in: [MASK] } };
      if (filter.test === 'range') return { trait: { name, ...filter.range } };
      return { trait: { name, [filter.test === 'prefix' ? 'startsWith' : 'contains']: filter.value } };
    }
    default:
      return filter satisfies never;
  }
}

function activitiesOf(filter: ActivityFilter): JsonObject {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { [filter.op]: filter.filters.map(activitiesOf) };
    case 'not':
      return { not: activitiesOf(filter.filter) };
    case 'isBot':
      return { isBot: filter.value };
    case 'time':
      return {
        [filter.field]: Object.fromEntries(
          Object.entries(filter.range).map(([bound, time]) => [bound, isoTime(time)]),
        ),
      };
    case 'in':
      if (filter.field === 'campaignId')
        return { campaignId: { in: filter.values.map((id) => toGlobalId(CAMPAIGN, id)) } };
      if (filter.field === 'leadKey')
        return { leadId: { in: filter.values.map((key) => toGlobalId(LEAD, key)) } };
      return { [filter.field]: { in: [...filter.values] } };
    case 'attribute': {
      const { name } = filter;
      if (filter.test === 'in') return { attribute: { name, in: [...filter.values] } };
      if (filter.test === 'range') return { attribute: { name, ...filter.range } };
      return { attribute: { name, [filter.test === 'prefix' ? 'startsWith' : 'exists']: filter.value } };
    }
    default:
      return filter satisfies never;
  }
}

function actionOf(privacy: Privacy, action: FlowAction): JsonObject {
  const { type } = action;
  switch (type) {
    case 'sendEmail':
      return { [type]: emailOf(action.email) };
    case 'sendAlert':
      return { [type]: { to: [...action.to], email: emailOf(action.email) } };
    case 'changeScore':
      return { [type]: { score: action.score, by: action.by } };
    case 'changeDataValue':
      return { [type]: { trait: action.trait, value: privacy.pii ? action.value : MASK } };
    case 'addToList':
    case 'removeFromList':
      return { [type]: { listId: toGlobalId(LEAD_LIST, action.listId) } };
    case 'wait':
      return { [type]: waitOf(action.wait) };
    case 'interestingMoment':
      return { [type]: { type: action.momentType, description: action.description } };
    case 'requestCampaign':
    case 'executeCampaign':
      return { [type]: { campaignId: toGlobalId(SMART_CAMPAIGN, action.campaignId) } };
    case 'removeFromFlow':
      return {
        [type]: {
          campaignId: action.campaignId === null ? null : toGlobalId(SMART_CAMPAIGN, action.campaignId),
        },
      };
    case 'callWebhook':
      return { [type]: { url: action.url } };
    default:
      return type satisfies never;
  }
}

const emailOf = (email: EmailContent): JsonObject => ({ ...email });

const timeOf = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

function waitOf(wait: Wait): JsonObject {
  switch (wait.kind) {
    case 'duration':
      return { duration: { ...wait.duration } };
    case 'until':
      return { until: isoTime(wait.at) };
    case 'trait':
      return {
        trait: {
          name: wait.trait,
          plusDays: wait.plusDays,
          ...(wait.minute !== null && { at: timeOf(wait.minute) }),
        },
      };
    case 'weekday':
      return { weekday: { days: [...wait.days], at: timeOf(wait.minute) } };
    default:
      return wait satisfies never;
  }
}
