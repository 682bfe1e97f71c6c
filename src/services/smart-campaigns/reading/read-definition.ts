import type {
  CampaignDefinition,
  FlowStep,
  PersonFilter,
  Qualification,
  Trigger,
} from '../../../domain/campaigns/model.ts';
import { timeZoneOf } from '../../../domain/time/time-zones.ts';
import type { DefinitionInput, StepInput, TriggerInput } from './input.ts';
import { readAction } from './read-action.ts';
import { readActivities, readPerson } from './read-person.ts';
import type { Reading } from './reading.ts';

/** Reads a definition. Parts that can't be read are left out; each is a fault of `reading`. */
export function readDefinition(reading: Reading, input: DefinitionInput): CampaignDefinition {
  const timeZone = input.timeZone ?? 'UTC';
  return {
    triggers: (input.triggers ?? []).map((trigger, index) => readTrigger(reading, trigger, index)),
    isRequestable: input.isRequestable ?? false,
    filter: (input.filter && readPerson(reading, input.filter, 'filter')) ?? null,
    qualification: readQualification(reading, input.qualification),
    flow: input.flow.map((step, index) => readStep(reading, step, `flow[${index}]`)),
    schedule: input.schedule
      ? { at: input.schedule.at.getTime(), everyDays: input.schedule.everyDays ?? null }
      : null,
    isOperational: input.isOperational ?? false,
    priority: input.priority ?? null,
    timeZone: timeZoneOf(timeZone) ?? timeZone,
  };
}

const readTrigger = (reading: Reading, input: TriggerInput, index: number): Trigger => ({
  type: input.type,
  filter: readActivities(reading, input.filter, `triggers[${index}].filter`),
  includeBots: input.includeBots ?? false,
});

function readQualification(reading: Reading, input: DefinitionInput['qualification']): Qualification {
  if (!input) return { kind: 'ONCE' };
  if (input.kind !== 'ONCE_PER') {
    if (input.every)
      reading.add('NOT_ALLOWED', 'qualification.every', "'every' belongs to 'ONCE_PER' alone.");
    return { kind: input.kind };
  }
  if (input.every) return { kind: 'ONCE_PER', every: { amount: input.every.amount, unit: input.every.unit } };
  reading.add('EMPTY', 'qualification.every', "Say how often: 'ONCE_PER' needs 'every'.");
  return { kind: 'ONCE' };
}

/** In place of a condition that can't be read, while the others are judged. */
const NOBODY: PersonFilter = { op: 'isKnown', value: true };

function readStep(reading: Reading, input: StepInput, path: string): FlowStep {
  return {
    choices: (input.choices ?? []).flatMap(({ when, action }, index) => {
      const at = `${path}.choices[${index}]`;
      const filter = readPerson(reading, when, `${at}.when`) ?? NOBODY;
      const read = readAction(reading, action, `${at}.action`);
      return read ? [{ when: filter, action: read }] : [];
    }),
    otherwise: (input.otherwise && readAction(reading, input.otherwise, `${path}.otherwise`)) ?? null,
  };
}
