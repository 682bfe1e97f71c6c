import fc from 'fast-check';
import type { LogRecord, Source } from '../../src/domain/activity.ts';
import type { AttributeDataType } from '../../src/domain/activity-types.ts';
import { AGENT_KINDS } from '../../src/domain/agent-kind.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { LeadIdentity } from '../../src/domain/lead.ts';
import { anActivity } from './activities.ts';

/** The tenant of all records. */
export const RECORD_TENANT = 'acme-1';
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
// As JSON.parse gives it: JSON.stringify writes -0 as 0, so no store could give it back.
const json = fc
  .dictionary(text, fc.jsonValue({ noUnicodeString: false }), { maxKeys: 6 })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const identity: fc.Arbitrary<LeadIdentity> = fc.oneof(
  text.map((externalId) => ({ kind: 'known' as const, externalId })),
  text.map((anonymousId) => ({ kind: 'anonymous' as const, anonymousId })),
);

const activity: fc.Arbitrary<LogRecord> = fc
  .record({
    who: identity,
    messageId: text,
    type: text,
    occurredAt: time,
    receivedAt: time,
    campaign: orNull(fc.record({ id: text, name: orNull(text) })),
    assetId: orNull(text),
    channel: text,
    source: fc.constantFrom<Source>('graphql', 'segment', 'marketo', 'import', 'demo'),
    attributes: json,
    context: json,
    country: orNull(text),
    device: orNull(text),
    isBot: fc.boolean(),
    agentKind: fc.constantFrom(...AGENT_KINDS, null),
    enrichmentVersion: fc.nat(),
    contentDigest: orNull(text),
  })
  .map(({ who, ...rest }) => ({
    kind: 'activity',
    activity: anActivity(RECORD_TENANT, {
      ...rest,
      ...(who.kind === 'known' ? { externalId: who.externalId } : { anonymousId: who.anonymousId }),
    }),
  }));
const lead: fc.Arbitrary<LogRecord> = fc
  .record({
    identity,
    email: orNull(text),
    traits: json,
    links: fc.array(identity, { maxLength: 4 }),
    at: time,
    flag: fc.constantFrom(
      {},
      { isFromActivity: true as const },
      { isEmailRemoved: true as const, email: null },
    ),
  })
  .map(({ flag, ...update }) => ({ kind: 'lead', update: { ...update, ...flag } }));
const campaign: fc.Arbitrary<LogRecord> = fc
  .record({ id: text, name: text, createdAt: time })
  .map((value) => ({ kind: 'campaign', campaign: value }));
const type: fc.Arbitrary<LogRecord> = fc
  .record({
    name: text,
    category: fc.constantFrom('WEB', 'EMAIL', 'MOBILE', 'CRM', 'CUSTOM'),
    description: text,
    conversion: fc.boolean(),
    attributes: fc.array(
      fc.record({
        name: text,
        dataType: fc.constantFrom<AttributeDataType>(
          'STRING',
          'INTEGER',
          'NUMBER',
          'BOOLEAN',
          'DATETIME',
          'URL',
        ),
        description: text,
        required: fc.boolean(),
        pii: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
  })
  .map((value) => ({ kind: 'type', type: value }));
/** A record of any kind, as a plain object: fast-check makes some without a prototype. */
export const anyRecord: fc.Arbitrary<LogRecord> = fc
  .oneof(activity, lead, campaign, type)
  .map((value) => structuredClone(value));
