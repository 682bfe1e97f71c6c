import type { Scope } from '../../../src/domain/scopes.ts';
import { ALL_SCOPES, type GraphqlData } from '../application.ts';
import { plantCampaigns } from './plant-campaigns.ts';

/**
 * What is planted in a tenant can be told in any answer: each planted value is a word of its own, `zopen1x7` in what
 * everybody of the tenant may read and `zpii1x7` in what only `leads:pii` opens. The first digit is the tenant's.
 * `zcid1x7` is in ids of campaigns that are addresses: masked as text, but global ids and cursors encode them.
 */
export const PLANTED = /z(?<kind>pii|open|cid)(?<tenant>[12])x\d+/g;
export type TenantId = 'one' | 'two';
export const DIGIT: Readonly<Record<TenantId, string>> = { one: '1', two: '2' };

const words = (kind: 'pii' | 'open' | 'cid', tenant: TenantId) => {
  let count = 0;
  return () => `z${kind}${DIGIT[tenant]}x${count++}`;
};

/** Makers of words of one tenant that nobody has used. */
export type Words = { personal(): string; open(): string; mail(sign?: string): string };

/** What is swept: the product on any profile. */
export type SweepTarget = {
  readonly address: string;
  token(tenantId: string, scopes: readonly Scope[]): Promise<string>;
  /** A key that writes and reads nothing. */
  writeKey(tenantId: string): Promise<string>;
};

/** Asks over GraphQL. @throws Error for an answer with errors */
async function mutate(
  target: SweepTarget,
  token: string,
  query: string,
  variables: object,
): Promise<GraphqlData> {
  const response = await fetch(`${target.address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as GraphqlData;
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
}

/** Sends to a tenant, in every dialect and place, words that nobody else has sent. */
export async function plant(target: SweepTarget, tenant: TenantId): Promise<void> {
  const [personal, open] = [words('pii', tenant), words('open', tenant)];
  const cid = words('cid', tenant);
  const token = await target.token(tenant, ALL_SCOPES);
  await mutate(
    target,
    token,
    'mutation ($i: DefineActivityTypeInput!) { defineActivityType(input: $i) { activityType { id } } }',
    {
      i: {
        name: `Own ${open()}`,
        description: `Of ${open()}`,
        attributes: [{ name: `${open()}`, dataType: 'STRING', description: `For ${open()}` }],
      },
    },
  );
  await mutate(
    target,
    token,
    'mutation ($i: DefineActivityTypeInput!) { defineActivityType(input: $i) { activityType { id } } }',
    {
      i: {
        name: 'Attend Talk',
        description: 'Both tenants have one.',
        attributes: [
          { name: 'room', dataType: 'STRING' },
          { name: 'badge', dataType: 'STRING', pii: true },
        ],
      },
    },
  );
  const at = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const mail = (sign = '@') => `${personal()}${sign}pii.example`;
  const common = (n: number) => ({ messageId: `m-${n}`, externalId: open(), occurredAt: at(n) });
  await mutate(
    target,
    token,
    'mutation ($i: RecordActivitiesInput!) { recordActivities(input: $i) { accepted } }',
    {
      i: {
        activities: [
          {
            ...common(1),
            externalId: mail(),
            type: 'Attend Talk',
            campaign: { id: open(), name: `Call ${mail()}` },
            assetId: `seat-${mail()}`,
            channel: open(),
            attributes: { room: open(), badge: personal() },
            context: {
              ip: personal(),
              page: {
                url: `https://${open()}.example/?to=${mail('%40')}`,
                referrer: `https://${open()}.example/?first_name=${personal()}&to=%2F%3Fphone%3D${personal()}`,
                search: `user[phone]=${personal()}&utm_source=${open()}`,
              },
              spare: personal(),
            },
          },
          {
            ...common(2),
            messageId: `id-${mail()}`,
            type: 'Fill Out Form',
            attributes: { formName: `${open()} ${mail('&#64;')}`, email: mail(), formId: open() },
          },
          {
            ...common(3),
            type: 'Change Data Value',
            attributes: {
              attributeName: open(),
              oldValue: personal(),
              newValue: personal(),
              reason: mail('\\u0040'),
            },
          },
          {
            ...common(4),
            type: 'Send Email',
            campaign: { id: open(), name: open() },
            attributes: { subject: mail('=40') },
          },
          {
            ...common(5),
            type: 'Complete Order',
            attributes: { orderId: open(), revenue: 9.5, currency: 'EUR' },
          },
          {
            ...common(9),
            type: 'Complete Order',
            attributes: { orderId: open(), revenue: 3, currency: 'USD' },
          },
          {
            ...common(10),
            type: 'Attend Talk',
            campaign: { id: `${cid()}@pii.example`, name: `${personal()}@pii.example` },
          },
          {
            ...common(6),
            externalId: undefined,
            anonymousId: open(),
            type: 'Visit Webpage',
            attributes: {
              title: open(),
              url: `https://${open()}.example/?phone=${personal()}&utm_source=${open()}`,
            },
          },
          // Refused: kept among the failed activities.
          { ...common(7), type: `No ${open()}`, attributes: { note: personal() } },
          {
            ...common(8),
            type: 'Attend Talk',
            attributes: { room: 5, badge: personal(), [mail()]: personal() },
          },
        ],
      },
    },
  );
  await mutate(
    target,
    token,
    'mutation ($i: IdentifyLeadsInput!) { identifyLeads(input: $i) { results { accepted } } }',
    {
      i: {
        leads: [
          {
            externalId: open(),
            email: mail(),
            traits: { name: personal(), phone: personal(), plan: personal(), [mail()]: personal() },
            aliases: [mail(), open()],
          },
        ],
      },
    },
  );
  await sendAsSegment(target, tenant, { personal, open, mail });
  await plantCampaigns((query, variables) => mutate(target, token, query, variables), {
    personal,
    open,
    mail,
  });
}

/** Segment's names for persons and devices, and names that nobody declares, at any depth. */
async function sendAsSegment(
  target: SweepTarget,
  tenant: TenantId,
  { personal, open, mail }: Words,
): Promise<void> {
  const key = await target.writeKey(tenant);
  const under = (...names: string[]) => Object.fromEntries(names.map((name) => [name, personal()]));
  const persons = [
    'firstName',
    'last_name',
    'name',
    'title',
    'phone',
    'birthday',
    'avatar',
    'gender',
    'userName',
  ];
  const properties = {
    ...under(...persons, 'age', 'description', 'note', 'company', 'unheardOf'),
    email: mail(),
    address: { ...under('street', 'city', 'postalCode'), floor: { number: personal() } },
    list: [{ deep: personal() }, personal()],
    products: [{ name: open(), engraving: personal() }],
    url: `https://${open()}.example/${mail()}`,
    utm_source: open(),
  };
  const context = {
    ...under('userId', 'ip', 'groupId', 'unheardOf'),
    traits: under('name', 'plan'),
    device: { ...under('id', 'token', 'name', 'advertisingId'), type: 'ios', model: open() },
    user: under('name', 'id'),
    location: { ...under('city', 'region'), country: 'NO' },
    app: { name: open(), owner: personal() },
    page: { url: `https://${open()}.example/`, title: open(), author: personal() },
    custom: [under('a', 'url')],
  };
  const batch = [
    { type: 'track', event: open(), userId: open(), messageId: 'track-1', properties, context },
    {
      type: 'page',
      userId: open(),
      messageId: 'page-1',
      properties: { ...properties, name: open(), title: open() },
      context,
    },
    {
      type: 'identify',
      userId: open(),
      messageId: 'identify-1',
      traits: { email: mail(), ...under(...persons) },
      context,
    },
    { type: 'track', event: 5, messageId: 'bad-1', properties: { note: personal() } },
  ];
  const answer = await fetch(`${target.address}/v1/batch`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    },
    body: JSON.stringify({ batch }),
  });
  if (answer.status !== 200) throw new Error(`Segment's batch: ${answer.status} ${await answer.text()}`);
}
