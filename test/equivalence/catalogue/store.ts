import { RATING_TYPE } from '../history/events.ts';
import { EDGE_CAMPAIGN, ODD_CAMPAIGN } from '../history/mail.ts';
import { DEVICES, PEOPLE } from '../history/people.ts';
import { ACTIVITY, type Entry, entry, LEAD, type Names, NO_PII } from './entry.ts';

const BY_EXTERNAL_ID = `query ($externalId: String) { lead(externalId: $externalId) { ${LEAD} } }`;
const BY_IDS = `query ($ids: [ID!]!) { leads(ids: $ids) { ${LEAD} } }`;
const TENANTS = ['colossus', 'middling', 'tiny'] as const;

/** Leads, activities, types and nodes by their names and ids. */
export const storeEntries = (names: Names): Entry[] => [
  ...leads(names),
  ...activities(names),
  ...types(),
  ...nodes(names),
];

function leads({ leadId }: Names): Entry[] {
  const lead = (tenant: (typeof TENANTS)[number], externalId: string) => leadId(tenant, { externalId });
  const crowd = Array.from({ length: 95 }, (_, index) => lead('colossus', `user-${index + 1}`));
  return [
    ...TENANTS.map((tenant) =>
      entry(
        `lead: several names in one, of ${tenant}`,
        BY_EXTERNAL_ID,
        { externalId: PEOPLE.ana },
        { tenant },
      ),
    ),
    entry('lead: by a former external id', BY_EXTERNAL_ID, { externalId: PEOPLE.anaFormer }),
    entry('lead: by the ids of all its identities', BY_IDS, {
      ids: [
        lead('colossus', PEOPLE.ana),
        lead('colossus', PEOPLE.anaFormer),
        ...[DEVICES.anaPhone, DEVICES.anaLaptop, DEVICES.shared].map((anonymousId) =>
          leadId('colossus', { anonymousId }),
        ),
      ],
    }),
    entry('lead: without personal data', BY_EXTERNAL_ID, { externalId: PEOPLE.ana }, { scopes: NO_PII }),
    entry('lead: known by an address', BY_EXTERNAL_ID, { externalId: PEOPLE.carla }),
    entry(
      'lead: known by an address, without personal data',
      `query ($id: ID) { lead(id: $id) { ${LEAD} } }`,
      { id: lead('colossus', PEOPLE.carla) },
      { scopes: NO_PII },
    ),
    entry('lead: at the end of a chain of links', BY_IDS, {
      ids: [
        lead('colossus', PEOPLE.chained),
        lead('colossus', 'chained-old'),
        ...['chain-0', 'chain-1', 'chain-2'].map((anonymousId) => leadId('colossus', { anonymousId })),
      ],
    }),
    entry('lead: a device that two people had', BY_IDS, {
      ids: [leadId('colossus', { anonymousId: DEVICES.shared }), lead('colossus', 'bo')],
    }),
    entry('leads: names with traps, and one that only ever said who it is', BY_IDS, {
      ids: [PEOPLE.japanese, PEOPLE.quoted, PEOPLE.quiet].map((name) => lead('colossus', name)),
    }),
    entry('leads: a hundred, some of them nobody, or another tenant’s', BY_IDS, {
      ids: [...crowd, lead('tiny', PEOPLE.ana), lead('colossus', 'nobody'), lead('colossus', 'impostor-2')],
    }),
    entry('leads: a hundred without personal data', BY_IDS, { ids: crowd }, { scopes: NO_PII }),
    entry('lead: nobody', BY_EXTERNAL_ID, { externalId: 'nobody' }, { isEmpty: true }),
    entry('viewer', '{ viewer { tenant { id name } scopes } ingestionLimits { activitiesPerCall } }'),
  ];
}

function activities({ activityId, ago, seedOf }: Names): Entry[] {
  const seed = seedOf('colossus');
  const ids = [
    activityId('colossus', { anonymousId: DEVICES.anaPhone }, `${seed}-ana-phone-1`, ago(40)),
    activityId('colossus', { externalId: PEOPLE.japanese }, `${seed} 山田 "1"`, ago(4)),
    activityId('colossus', { externalId: PEOPLE.quoted }, `${seed}-quoted'--"`, ago(2)),
    activityId('colossus', { externalId: 'odd-0' }, `${seed}-odd-0-sent`, ago(410)),
  ];
  const burst = Array.from({ length: 96 }, (_, index) =>
    activityId('colossus', { externalId: PEOPLE.burst }, `${seed}-burst-${index}`, ago(33)),
  );
  const query = `query ($ids: [ID!]!) { activities(ids: $ids) { ${ACTIVITY} } }`;
  return [
    entry('activity: by id', `query ($id: ID!) { activity(id: $id) { ${ACTIVITY} } }`, { id: ids[0] }),
    entry('activities: a hundred by id', query, { ids: [...burst, ...ids] }),
    entry('activities: without personal data', query, { ids }, { scopes: NO_PII }),
    entry(
      'activities: none under the id of another time, lead or tenant',
      query,
      {
        ids: [
          activityId('colossus', { anonymousId: DEVICES.anaPhone }, `${seed}-ana-phone-1`, ago(40) + 1),
          activityId('colossus', { externalId: PEOPLE.ana }, `${seed}-ana-phone-1`, ago(40)),
          activityId('tiny', { externalId: PEOPLE.burst }, `${seedOf('tiny')}-burst-0`, ago(33)),
        ],
      },
      { isEmpty: true },
    ),
  ];
}

const TYPE =
  'id name number category description conversion standard attributes { name dataType description required pii }';

const types = (): Entry[] => [
  ...TENANTS.map((tenant) =>
    entry(`activityTypes: of ${tenant}`, `{ activityTypes { ${TYPE} } }`, {}, { tenant }),
  ),
  entry(
    'activityType: standard, own and none',
    `{ a: activityType(name: "Open Email") { ${TYPE} }
    b: activityType(name: "${RATING_TYPE.name}") { ${TYPE} } c: activityType(name: "No Such Type") { ${TYPE} } }`,
  ),
];

function nodes({ leadId, activityId, campaignId, typeId, ago, seedOf }: Names): Entry[] {
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id
    ... on Lead { ${LEAD} } ... on Activity { ${ACTIVITY} } ... on Campaign { ownId: externalId title: name createdAt }
    ... on ActivityType { typeName: name number } } }`;
  const ids = [
    leadId('colossus', { externalId: PEOPLE.ana }),
    leadId('colossus', { anonymousId: DEVICES.anaPhone }),
    campaignId(EDGE_CAMPAIGN.id),
    campaignId(ODD_CAMPAIGN.id),
    campaignId('not-this-campaign'),
    typeId(RATING_TYPE.name),
    typeId('Visit Webpage'),
    typeId('No Such Type'),
    activityId('colossus', { anonymousId: DEVICES.anaPhone }, `${seedOf('colossus')}-ana-phone-1`, ago(40)),
    leadId('middling', { externalId: PEOPLE.ana }),
  ];
  return [
    entry('nodes: of every type, and none', query, { ids }),
    entry('nodes: without personal data', query, { ids }, { scopes: NO_PII }),
    entry(
      'node: an id of nothing',
      'query ($id: ID!) { node(id: $id) { id } }',
      { id: 'Zm9v' },
      { isEmpty: true },
    ),
  ];
}
