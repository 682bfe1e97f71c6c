import type { ActivityTypeDefinition } from '../../activity-types.ts';
import type { CampaignDefinition, LeadList } from '../model.ts';

/** The stable codes of faults. */
const FAULT_CODES = [
  /** Nothing ever starts the campaign. */
  'NO_START',
  /** Something must be there. */
  'EMPTY',
  /** Too many, too long or too deep. */
  'TOO_LARGE',
  /** A number or a time outside its bounds. */
  'OUT_OF_RANGE',
  'INVALID_VALUE',
  'UNKNOWN_TYPE',
  'UNKNOWN_ATTRIBUTE',
  'UNKNOWN_TIME_ZONE',
  'UNKNOWN_CAMPAIGN',
  'UNKNOWN_LIST',
  /** Each part is right, but they do not go together. */
  'NOT_ALLOWED',
  /** Campaigns or lists that lead back to themselves. */
  'CYCLE',
  'INVALID_TEMPLATE',
  'INVALID_URL',
  /** A webhook to a host that is not public. */
  'PRIVATE_ADDRESS',
  'INVALID_EMAIL_ADDRESS',
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

/** A fault of a definition, with its place. The message says how to correct it. */
export type Fault = { readonly code: FaultCode; readonly path: string; readonly message: string };

/** A condition on an attribute that the activity type does not declare. */
export type UndeclaredAttribute = { readonly type: string; readonly name: string; readonly path: string };

/** Everything that definitions refer to. */
export type Surroundings = {
  /** Of the campaign or list that is validated; null for a new campaign or list. */
  readonly id: string | null;
  readonly types: readonly ActivityTypeDefinition[];
  /** The tenant's campaigns, each with the definition that would run. */
  readonly campaigns: readonly NamedCampaign[];
  readonly lists: readonly LeadList[];
  /** Hosts, with their ports, that webhooks may reach although they are not public. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Where a part stands in what its author wrote, if that differs from the definition. */
  readonly pathOf?: (part: object) => string | undefined;
};
export type NamedCampaign = {
  readonly id: string;
  readonly name: string;
  readonly definition: CampaignDefinition;
};

/** Collects the faults of one definition. */
export class Faults {
  readonly found: Fault[] = [];
  readonly undeclared: UndeclaredAttribute[] = [];
  readonly around: Surroundings;
  /** Conditions that are left of those that a definition may have. */
  conditionsLeft: number;

  constructor(around: Surroundings, maxConditions: number) {
    this.around = around;
    this.conditionsLeft = maxConditions;
  }

  add(code: FaultCode, path: string, message: string): void {
    this.found.push({ code, path, message });
  }

  /** The place of a part. @param otherwise where it is in the definition */
  at(part: object, otherwise: string): string {
    return this.around.pathOf?.(part) ?? otherwise;
  }

  /** @returns whether a number is an integer between the bounds */
  integer(value: number, min: number, max: number, path: string): boolean {
    if (Number.isInteger(value) && value >= min && value <= max) return true;
    this.add('OUT_OF_RANGE', path, `This must be a whole number from ${min} to ${max}.`);
    return false;
  }

  /** @returns whether a text has 1 to `max` characters and no line breaks */
  line(value: string, max: number, path: string): boolean {
    if (value.trim() === '') this.add('EMPTY', path, 'This must not be empty.');
    else if (value.length > max) this.add('TOO_LARGE', path, `This must have at most ${max} characters.`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    else if (/[\u0000-\u001f\u007f]/.test(value))
      this.add('INVALID_VALUE', path, 'This must be one line, without control characters.');
    else return true;
    return false;
  }

  /** @returns whether a list has 1 to `max` parts */
  count(length: number, max: number, path: string): boolean {
    if (length === 0) this.add('EMPTY', path, 'This must have at least one part.');
    else if (length > max)
      this.add('TOO_LARGE', path, `This has ${length} parts; at most ${max} are allowed.`);
    else return true;
    return false;
  }
}
