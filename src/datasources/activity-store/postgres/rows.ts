import type { Activity, Source } from '../../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../../domain/activity-types.ts';
import type { AgentKind } from '../../../domain/agent-kind.ts';
import { activityId } from '../../../domain/ids.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { identityText, type LeadIdentity } from '../../../domain/lead.ts';
import { activityVector } from '../../activity-search/postgres/vector.ts';
import type { SqlValue } from '../../db/db.ts';

/** A row of `activities` as both drivers give it. */
export type ActivityRow = {
  readonly lead_key: string;
  readonly occurred_at: number;
  readonly hash: string;
  readonly message_id: string;
  readonly identity_kind: 'known' | 'anonymous';
  readonly identity: string;
  readonly type: string;
  readonly received_at: number;
  readonly campaign_id: string | null;
  readonly campaign_name: string | null;
  readonly asset_id: string | null;
  readonly channel: string;
  readonly source: string;
  readonly country: string | null;
  readonly device: string | null;
  readonly is_bot: boolean;
  readonly agent_kind: AgentKind | null;
  readonly enrichment_version: number;
  readonly content_digest: string | null;
  /** JSON; where it was read. */
  readonly attributes?: string;
  /** JSON; where it was read. */
  readonly context?: string;
};

/** Columns of an activity without its details, in the order of `ActivityRow`. */
const SUMMARY_COLUMNS = [
  'lead_key',
  'occurred_at',
  'hash',
  'message_id',
  'identity_kind',
  'identity',
  'type',
  'received_at',
  'campaign_id',
  'campaign_name',
  'asset_id',
  'channel',
  'source',
  'country',
  'device',
  'is_bot',
  'agent_kind',
  'enrichment_version',
  'content_digest',
] as const;
const DETAIL_COLUMNS = ['attributes', 'context'] as const;

/** Columns to read, as `ActivityRow` has them. @param prefix of each, with its dot */
export const activityColumns = (details: boolean, prefix = ''): string =>
  [
    ...SUMMARY_COLUMNS.map((column) => prefix + column),
    // As text: most of what is read is never looked into, and what is, is parsed when it is.
    ...(details ? DETAIL_COLUMNS.map((column) => `${prefix}${column}::text AS ${column}`) : []),
  ].join(', ');

const identityFrom = (kind: 'known' | 'anonymous', text: string): LeadIdentity =>
  kind === 'known' ? { kind, externalId: text } : { kind, anonymousId: text };

/** Undefined where it was not read: callers that ask for a summary expect that. */
const detailFrom = (json: string | undefined): JsonObject =>
  (json === undefined ? undefined : JSON.parse(json)) as JsonObject;

/** The activity of a row. Its details are parsed when somebody looks at them, each once: parsed, they can take 13 times as much memory. */
export function activityFrom(row: ActivityRow): Activity {
  let attributes: JsonObject | undefined;
  let context: JsonObject | undefined;
  return {
    id: activityId({ leadKey: row.lead_key, occurredAt: row.occurred_at, hash: row.hash }),
    messageId: row.message_id,
    leadKey: row.lead_key,
    identity: identityFrom(row.identity_kind, row.identity),
    type: row.type,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    campaign: row.campaign_id === null ? null : { id: row.campaign_id, name: row.campaign_name },
    assetId: row.asset_id,
    channel: row.channel,
    source: row.source as Source,
    get attributes() {
      return (attributes ??= detailFrom(row.attributes));
    },
    get context() {
      return (context ??= detailFrom(row.context));
    },
    country: row.country,
    device: row.device,
    isBot: row.is_bot,
    agentKind: row.agent_kind,
    enrichmentVersion: row.enrichment_version,
    contentDigest: row.content_digest,
  };
}

type Hashed = { readonly hash: string; readonly activity: Activity };

/** Inserts a batch by arrays, one a column: one statement and one plan for batches of every size. */
export const INSERT_ACTIVITIES = `
INSERT INTO activities (tenant_id, ${[...SUMMARY_COLUMNS, ...DETAIL_COLUMNS].join(', ')}, search)
SELECT $1, lead_key, occurred_at, hash, message_id, identity_kind, identity, type, received_at, campaign_id,
       campaign_name, asset_id, channel, source, country, device, is_bot, agent_kind, enrichment_version,
       content_digest, attributes::jsonb, context::jsonb, search::tsvector
FROM unnest($2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int8[], $10::text[],
            $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bool[], $18::text[],
            $19::int4[], $20::text[], $21::text[], $22::text[], $23::text[])
  AS t(lead_key, occurred_at, hash, message_id, identity_kind, identity, type, received_at, campaign_id, campaign_name,
       asset_id, channel, source, country, device, is_bot, agent_kind, enrichment_version, content_digest,
       attributes, context, search)
ON CONFLICT DO NOTHING
RETURNING hash`;

/** The values of `INSERT_ACTIVITIES`. */
export function insertValues(
  tenantId: string,
  batch: readonly Hashed[],
  typeOf: (name: string) => ActivityTypeDefinition | undefined,
): SqlValue[] {
  const column = <T extends string | number | boolean | null>(read: (activity: Activity) => T): T[] =>
    batch.map(({ activity }) => read(activity));
  return [
    tenantId,
    column((a) => a.leadKey),
    column((a) => a.occurredAt),
    batch.map(({ hash }) => hash),
    column((a) => a.messageId),
    column((a) => a.identity.kind),
    column((a) => identityText(a.identity)),
    column((a) => a.type),
    column((a) => a.receivedAt),
    column((a) => a.campaign?.id ?? null),
    column((a) => a.campaign?.name ?? null),
    column((a) => a.assetId),
    column((a) => a.channel),
    column((a) => a.source),
    column((a) => a.country),
    column((a) => a.device),
    column((a) => a.isBot),
    column((a) => a.agentKind),
    column((a) => a.enrichmentVersion),
    column((a) => a.contentDigest),
    column((a) => JSON.stringify(a.attributes)),
    column((a) => JSON.stringify(a.context)),
    column((a) => activityVector(a, typeOf(a.type))),
  ];
}
