import type { LeadLists } from '../datasources/lists/port.ts';
import type { SmartCampaigns } from '../datasources/smart-campaigns/port.ts';
import type {
  CampaignDefinition,
  EmailContent,
  FlowAction,
  FlowStep,
  Trigger,
} from '../domain/campaigns/model.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { Collector } from '../ingest/door/collector.ts';
import type { Item } from '../ingest/draft/draft.ts';

export type DemoCampaignPorts = { readonly campaigns: SmartCampaigns; readonly lists: LeadLists };

const step = (action: FlowAction): FlowStep => ({ choices: [], otherwise: action });
const email = (subject: string, text: string): EmailContent => ({
  fromName: 'Demo Shop',
  fromAddress: 'hello@shop.example',
  replyTo: null,
  subject,
  text,
  html: null,
});
const trigger = (type: string, path?: string): Trigger => ({
  type,
  includeBots: false,
  filter: path === undefined ? null : { op: 'attribute', name: 'path', test: 'in', values: [path] },
});
const LIST = { id: 'demo-contacts', name: 'Asked for contact' };

const usual = {
  isRequestable: false,
  filter: null,
  qualification: { kind: 'EVERY_TIME' },
  schedule: null,
  isOperational: false,
  priority: null,
  timeZone: 'Europe/Berlin',
} as const;

/** Campaigns that show a count, a wait and a choice. */
const CAMPAIGNS: readonly {
  id: string;
  name: string;
  description: string;
  definition: CampaignDefinition;
}[] = [
  {
    id: 'demo-pricing',
    name: 'Looks at the prices again',
    description:
      'The second look at the prices within a week gives points and an e-mail, once in seven days.',
    definition: {
      ...usual,
      triggers: [trigger('Visit Webpage', '/pricing')],
      filter: {
        op: 'and',
        filters: [
          { op: 'isKnown', value: true },
          {
            op: 'did',
            type: 'Visit Webpage',
            filter: { op: 'attribute', name: 'path', test: 'in', values: ['/pricing'] },
            atLeast: 2,
            atMost: null,
            within: { amount: 7, unit: 'DAYS' },
          },
        ],
      },
      qualification: { kind: 'ONCE_PER', every: { amount: 7, unit: 'DAYS' } },
      flow: [
        step({ type: 'changeScore', score: 'score', by: 10 }),
        step({
          type: 'interestingMoment',
          momentType: 'Web',
          description: 'Looked at {{ activity.path }} again',
        }),
        step({
          type: 'sendEmail',
          email: email(
            'A question about prices, {{ lead.name }}?',
            'Hello {{ lead.name }}, may we help you choose?',
          ),
        }),
      ],
    },
  },
  {
    id: 'demo-contact',
    name: 'Asks for contact',
    description: 'A form brings the person to a list and an e-mail, and a second e-mail a day later.',
    definition: {
      ...usual,
      triggers: [trigger('Fill Out Form')],
      qualification: { kind: 'ONCE' },
      flow: [
        step({ type: 'addToList', listId: LIST.id }),
        step({ type: 'sendEmail', email: email('Thank you, {{ lead.name }}', 'We will call you tomorrow.') }),
        step({ type: 'wait', wait: { kind: 'duration', duration: { amount: 1, unit: 'DAYS' } } }),
        step({
          type: 'sendEmail',
          email: email('Did we reach you, {{ lead.name }}?', 'If not, just answer this.'),
        }),
      ],
    },
  },
  {
    id: 'demo-order',
    name: 'Thanks for the order',
    description: 'Sales hears of orders from enterprise customers; everybody else gets an e-mail.',
    definition: {
      ...usual,
      triggers: [trigger('Complete Order')],
      flow: [
        {
          choices: [
            {
              when: { op: 'trait', name: 'plan', test: 'in', values: ['enterprise'] },
              action: {
                type: 'sendAlert',
                to: ['sales@shop.example'],
                email: email(
                  '{{ lead.name }} ordered',
                  'Order {{ activity.orderId }} of {{ lead.company }}.',
                ),
              },
            },
          ],
          otherwise: {
            type: 'sendEmail',
            email: email('Thank you for order {{ activity.orderId }}', 'It is on its way, {{ lead.name }}.'),
          },
        },
        step({ type: 'changeDataValue', trait: 'customer', value: true }),
      ],
    },
  },
];

/**
 * Makes the demo's campaigns of a tenant, in force from `now` on (epoch milliseconds): histories from before start none.
 * Campaigns that are there stay as they are.
 */
export async function seedCampaigns(
  { campaigns, lists }: DemoCampaignPorts,
  tenant: Tenant,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const dates = { createdAt: now, updatedAt: now, revision: 1 };
  await lists.put(tenant, { ...LIST, filter: null, ...dates }, signal);
  for (const { definition, ...named } of CAMPAIGNS)
    await campaigns.put(
      tenant,
      {
        ...named,
        draft: definition,
        versions: [{ version: 1, definition, validFrom: now, validTo: null }],
        ...dates,
      },
      signal,
    );
}

const SENDER = { isPublic: false, subject: 'demo' } as const;

/** Activities of some people now, so that campaigns have runs. */
function examples(at: number): Item[] {
  const activity = (number: number, type: string, attributes: JsonObject): Item => ({
    kind: 'activity',
    draft: {
      messageId: `demo-campaigns-${type}-${number}-${JSON.stringify(attributes)}`,
      externalId: `user-${number}`,
      anonymousId: null,
      type,
      occurredAt: at,
      campaign: null,
      assetId: null,
      channel: null,
      attributes,
      context: {},
    },
  });
  const people = [1, 2, 3, 4, 5, 6];
  return [
    ...people.flatMap((number) =>
      ['Pricing', 'Pricing and Plans'].map((title) =>
        activity(number, 'Visit Webpage', { path: '/pricing', title }),
      ),
    ),
    ...people.map((number) =>
      activity(number + 6, 'Fill Out Form', { formId: 'contact', formName: 'Contact Sales' }),
    ),
    ...people.map((number) =>
      activity(number + 12, 'Complete Order', {
        orderId: `demo-${number}`,
        revenue: 20 * number,
        currency: 'EUR',
      }),
    ),
  ];
}

/** Sends activities that start the demo's campaigns. Sending them again changes nothing. */
export async function sendExamples(
  collector: Pick<Collector, 'collect'>,
  tenant: Tenant,
  at: number,
  signal: AbortSignal,
): Promise<void> {
  const items = examples(at);
  const originalOf = (index: number) => items[index] as unknown as Json;
  // Of a demo's history no campaign starts: these activities happen now, as a sender's do.
  const policy = { source: 'graphql', mode: 'strict' } as const;
  for (const verdict of await collector.collect(
    tenant,
    { policy, sender: SENDER, items, bytes: 0, originalOf },
    signal,
  ))
    if (verdict.status === 'rejected')
      throw new Error(`the demo made a bad activity: ${verdict.error.message}`);
}
