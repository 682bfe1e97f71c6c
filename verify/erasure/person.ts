import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { STANDARD_TYPES } from '../../src/domain/activity-types.ts';
import type { GraphqlData } from '../../test/support/application.ts';
import type { Product } from './product.ts';

const CLI = join(import.meta.dirname, '../../src/cli/import.ts');
const HOUR = 3_600_000;
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR).toISOString();

/** The names of one person: each contains `mark`. */
export type Names = {
  readonly mark: string;
  readonly known: string;
  readonly device: string;
  readonly email: string;
};
export const namesOf = (mark: string): Names => ({
  mark,
  known: `known-${mark}`,
  device: `device-${mark}`,
  email: `${mark}@example.com`,
});

/** Values for every attribute that a standard type declares, each with the mark where its type takes a text. */
const attributesOf = (type: (typeof STANDARD_TYPES)[number], mark: string): Record<string, unknown> =>
  Object.fromEntries(
    type.attributes.map(({ name, dataType }): [string, unknown] => {
      switch (dataType) {
        case 'STRING':
          return [name, name === 'currency' ? 'EUR' : `${name} ${mark}`];
        case 'URL':
          return [name, `https://example.com/${name}/${mark}?q=${mark}`];
        case 'BOOLEAN':
          return [name, true];
        case 'DATETIME':
          return [name, '2026-06-01T12:00:00Z'];
        default:
          return [name, 7];
      }
    }),
  );

const contextOf = (mark: string) => ({
  page: {
    url: `https://example.com/${mark}`,
    title: `Page ${mark}`,
    referrer: `https://other.example/${mark}`,
  },
  userAgent: `Browser ${mark}`,
  ip: '203.0.113.7',
  traits: { nickname: mark },
});

/** What the mail server, the shop and the web site know of a person goes in through every dialect, good items and bad. */
export async function writePerson(product: Product, tenant: string, names: Names): Promise<void> {
  await throughGraphql(product, tenant, names);
  await throughSegment(product, tenant, names);
  await throughMarketo(product, tenant, names);
  await throughFiles(product, tenant, names);
}

async function throughGraphql(
  product: Product,
  tenant: string,
  { mark, known, device, email }: Names,
): Promise<void> {
  const identified = await product.ask(
    tenant,
    'mutation ($input: IdentifyLeadsInput!) { identifyLeads(input: $input) { results { accepted } } }',
    {
      input: {
        leads: [
          {
            externalId: known,
            anonymousId: device,
            email,
            aliases: [`former-${mark}`],
            traits: { name: `Name ${mark}`, plan: 'pro', company: `Company ${mark}` },
          },
          { externalId: known, traits: { [`trait-${mark}`]: 'x' } },
          { externalId: `bad-${mark}`.repeat(100), email },
        ],
      },
    },
  );
  assert.deepEqual(
    identified.identifyLeads.results.map((r: GraphqlData) => r.accepted),
    [true, true, false],
  );
  const activities = STANDARD_TYPES.map((type, index) => ({
    messageId: `graphql-${mark}-${type.number}`,
    ...(index % 3 === 0 ? { anonymousId: device } : { externalId: known }),
    type: type.name,
    occurredAt: ago(index + 1),
    campaign: { id: 'spring', name: 'Spring' },
    assetId: 'letter',
    attributes: attributesOf(type, mark),
    context: contextOf(mark),
  }));
  const bad = [
    {
      messageId: `bad-type-${mark}`,
      externalId: known,
      type: `Type ${mark}`,
      occurredAt: ago(1),
      attributes: { a: mark },
    },
    { messageId: `bad-time-${mark}`, anonymousId: device, type: 'Visit Webpage', occurredAt: mark },
    // The same message with another body.
    { ...activities[0], attributes: { title: `other ${mark}` } },
  ];
  const { recordActivities } = await product.ask(
    tenant,
    'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { results { status error { message } } } }',
    { input: { activities: [...activities, ...bad] } },
  );
  assert.deepEqual(
    recordActivities.results.map((r: GraphqlData) => r.status),
    [...activities.map(() => 'ACCEPTED'), ...bad.map(() => 'REJECTED')],
    JSON.stringify(recordActivities.results),
  );
}

async function throughSegment(
  product: Product,
  tenant: string,
  { mark, known, device, email }: Names,
): Promise<void> {
  const message = (n: number) => `segment-${mark}-${n}`;
  const batch = [
    {
      type: 'identify',
      messageId: message(1),
      userId: known,
      anonymousId: device,
      traits: { email, firstName: mark },
    },
    {
      type: 'track',
      messageId: message(2),
      userId: known,
      event: 'Searched',
      properties: { query: mark, nested: { deep: [mark] } },
    },
    {
      type: 'page',
      messageId: message(3),
      anonymousId: device,
      name: `Page ${mark}`,
      properties: { url: `https://example.com/${mark}` },
    },
    { type: 'screen', messageId: message(4), userId: known, name: `Screen ${mark}` },
    { type: 'group', messageId: message(5), userId: known, groupId: 'g', traits: { plan: mark } },
    { type: 'alias', messageId: message(6), userId: known, previousId: `previous-${mark}` },
    {
      type: 'track',
      messageId: message(7),
      userId: `previous-${mark}`,
      event: 'Earlier',
      properties: { a: mark },
    },
    { type: 'track', messageId: message(8), userId: known, event: '', properties: { a: mark } },
    {
      type: 'track',
      messageId: message(9),
      userId: known,
      event: 'x'.repeat(2_000),
      properties: { a: mark },
    },
    { type: 'nothing', messageId: message(10), userId: known, traits: { email } },
    { type: 'identify', messageId: message(11), traits: { email } },
  ];
  await product.post(tenant, '/v1/batch', { batch, context: contextOf(mark) });
}

async function throughMarketo(product: Product, tenant: string, { mark, known }: Names): Promise<void> {
  const lead = await product.marketoLead(tenant, known);
  const attend = await product.attendType(tenant);
  const activity = (n: number, more: object = {}) => ({
    leadId: lead,
    activityDate: ago(n),
    activityTypeId: attend,
    primaryAttributeValue: `Conference ${mark}`,
    attributes: [{ apiName: 'badge', value: `badge ${mark}` }],
    ...more,
  });
  const bad = activity(6, { activityDate: mark });
  const answer = await product.post(tenant, '/rest/v1/activities/external.json', {
    input: [activity(5), bad],
  });
  assert.equal(answer.success, true, JSON.stringify(answer));
}

async function throughFiles(product: Product, tenant: string, { mark, known, device }: Names): Promise<void> {
  const mapping = {
    type: { column: 'type' },
    externalId: { column: 'user' },
    anonymousId: { column: 'device' },
    occurredAt: { column: 'time' },
    attributes: { title: { column: 'title' } },
  };
  const rows = [
    'type,user,device,time,title',
    `Visit Webpage,${known},,${ago(9)},File ${mark}`,
    `Visit Webpage,,${device},${ago(10)},File ${mark}`,
    `No Such Type,${known},,${ago(9)},Refused ${mark}`,
  ];
  const [mappingFile, file] = [join(product.scratch, `${mark}.json`), join(product.scratch, `${mark}.csv`)];
  await writeFile(mappingFile, JSON.stringify(mapping));
  await writeFile(file, `${rows.join('\n')}\n`);
  const child = spawn(process.execPath, [CLI, '--mapping', mappingFile, '--url', product.address(), file], {
    env: {
      ...process.env,
      JOURNEYGRAPH_TOKEN: await product.token(tenant),
      DATA_DIR: join(product.scratch, 'none'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [, out, errors] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  assert.match(out + errors, /2\b/, out + errors);
}
