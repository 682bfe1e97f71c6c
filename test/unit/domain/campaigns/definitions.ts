import { STANDARD_TYPES } from '../../../../src/domain/activity-types.ts';
import type {
  CampaignDefinition,
  FlowAction,
  LeadList,
  PersonFilter,
} from '../../../../src/domain/campaigns/model.ts';
import type { Surroundings } from '../../../../src/domain/campaigns/validation/fault.ts';

export const VALIDATED_AT = Date.UTC(2026, 5, 15, 12);

export const EMAIL = {
  fromName: 'Acme',
  fromAddress: 'news@acme.example',
  replyTo: null,
  subject: 'Hello {{ lead.firstName }}',
  text: 'Hello',
  html: '<p>Hello {{ lead.firstName }}</p>',
} as const;

/** A definition without a fault. */
export const aDefinition = (more: Partial<CampaignDefinition> = {}): CampaignDefinition => ({
  triggers: [{ type: 'Visit Webpage', filter: null, includeBots: false }],
  isRequestable: false,
  filter: null,
  qualification: { kind: 'ONCE' },
  flow: [{ choices: [], otherwise: { type: 'sendEmail', email: EMAIL } }],
  schedule: null,
  isOperational: false,
  priority: null,
  timeZone: 'Europe/Berlin',
  ...more,
});

export const doing = (...actions: readonly FlowAction[]): CampaignDefinition =>
  aDefinition({ flow: actions.map((otherwise) => ({ choices: [], otherwise })) });

export const aList = (id: string, filter: PersonFilter | null = null): LeadList => ({
  id,
  name: id,
  filter,
  createdAt: 0,
  updatedAt: 0,
  revision: 1,
});

export const around = (more: Partial<Surroundings> = {}): Surroundings => ({
  id: 'self',
  types: STANDARD_TYPES,
  campaigns: [],
  lists: [aList('static'), aList('smart', { op: 'isKnown', value: true })],
  allowedHosts: new Set(),
  now: VALIDATED_AT,
  ...more,
});
