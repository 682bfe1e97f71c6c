import type { CampaignDefinition, PersonFilter } from '../model.ts';
import {
  checkActivityFilter,
  checkPersonFilter,
  checkSpan,
  checkType,
  MAX_CONDITIONS,
} from './conditions.ts';
import { type Fault, Faults, type Surroundings, type UndeclaredAttribute } from './fault.ts';
import { checkCampaignGraph, checkListGraph } from './graph.ts';
import { checkFlow, checkMoment, checkTimeZone } from './steps.ts';

const MAX_TRIGGERS = 50;
const MAX_BYTES = 64 * 1024;
const MAX_EVERY_DAYS = 365;
const MAX_SPAN_DAYS = 3_650;

/** The faults of a definition. Undeclared attributes are faults too, unless activities have them. */
export type Validation = {
  readonly faults: readonly Fault[];
  readonly undeclared: readonly UndeclaredAttribute[];
};

/** Finds every fault of a campaign's definition. Pure. */
export function validateDefinition(definition: CampaignDefinition, around: Surroundings): Validation {
  const faults = new Faults(around, MAX_CONDITIONS);
  if (Buffer.byteLength(JSON.stringify(definition)) > MAX_BYTES)
    faults.add('TOO_LARGE', '', `The definition has more than ${MAX_BYTES} bytes as JSON.`);
  checkStart(faults, definition);
  if (definition.filter) checkPersonFilter(faults, definition.filter, 'filter');
  const { qualification, schedule } = definition;
  if (qualification.kind === 'ONCE_PER')
    checkSpan(faults, qualification.every, MAX_SPAN_DAYS, 'qualification.every');
  checkFlow(faults, definition.flow);
  if (schedule) {
    if (schedule.everyDays === null) checkMoment(faults, schedule.at, 'schedule.at');
    else faults.integer(schedule.everyDays, 1, MAX_EVERY_DAYS, 'schedule.everyDays');
  }
  checkTimeZone(faults, definition.timeZone, 'timeZone');
  checkCampaignGraph(faults, definition);
  return { faults: faults.found, undeclared: faults.undeclared };
}

function checkStart(faults: Faults, { triggers, isRequestable, schedule }: CampaignDefinition): void {
  if (triggers.length === 0 && !isRequestable && schedule === null)
    faults.add(
      'NO_START',
      'triggers',
      "Nothing starts this campaign: add a trigger, set 'schedule', or set 'isRequestable'.",
    );
  if (triggers.length > MAX_TRIGGERS)
    faults.add('TOO_LARGE', 'triggers', `A campaign has at most ${MAX_TRIGGERS} triggers.`);
  if (triggers.length > 0 && schedule !== null)
    faults.add(
      'NOT_ALLOWED',
      'schedule',
      'A campaign with triggers has no schedule: make two campaigns of it.',
    );
  triggers.forEach(({ type: name, filter }, index) => {
    const path = `triggers[${index}]`;
    const type = checkType(faults, name, `${path}.type`);
    if (filter) checkActivityFilter(faults, filter, type, `${path}.filter`);
  });
}

/** Finds every fault of a smart list's filter. Pure. */
export function validateListFilter(filter: PersonFilter, around: Surroundings): Validation {
  const faults = new Faults(around, MAX_CONDITIONS);
  if (Buffer.byteLength(JSON.stringify(filter)) > MAX_BYTES)
    faults.add('TOO_LARGE', 'filter', `The filter has more than ${MAX_BYTES} bytes as JSON.`);
  checkPersonFilter(faults, filter, 'filter');
  checkListGraph(faults, filter);
  return { faults: faults.found, undeclared: faults.undeclared };
}
