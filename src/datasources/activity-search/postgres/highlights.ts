import type { ActivityTypeDefinition } from '../../../domain/activity-types.ts';
import { standardType } from '../../../domain/activity-types.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { TextQuery } from '../../../domain/text/text-query.ts';
import type { Queryable } from '../../db/db.ts';
import { visitActivity } from '../activity-texts.ts';
import { createHighlighter } from '../highlight.ts';
import type { Highlight } from '../port.ts';
import { idOf, type RowKey } from './keys.ts';

type TextRow = RowKey & {
  readonly type: string;
  readonly campaign_id: string | null;
  readonly campaign_name: string | null;
  readonly asset_id: string | null;
  readonly channel: string;
  readonly source: string;
  readonly attributes: JsonObject;
  readonly context: JsonObject;
};

/** Highlights of rows by activity id. */
export async function highlightActivities(
  q: Queryable,
  tenantId: string,
  rows: readonly RowKey[],
  query: TextQuery,
  pii: boolean,
): Promise<ReadonlyMap<string, readonly Highlight[]>> {
  const texts = await q.query<TextRow>(
    `SELECT lead_key, occurred_at, hash, type, campaign_id, campaign_name, asset_id, channel, source, attributes, context
     FROM activities JOIN unnest($2::text[], $3::int8[], $4::text[]) AS k(l, o, h)
       ON lead_key = k.l AND occurred_at = k.o AND hash = k.h
     WHERE tenant_id = $1`,
    [
      tenantId,
      rows.map((row) => row.lead_key),
      rows.map((row) => row.occurred_at),
      rows.map((row) => row.hash),
    ],
  );
  const typeOf = await typesOf(
    q,
    tenantId,
    texts.map(({ type }) => type),
  );
  const highlightsOf = createHighlighter(query, pii);
  return new Map(
    texts.map((row) => {
      const activity = {
        type: row.type,
        campaign: row.campaign_id === null ? null : { id: row.campaign_id, name: row.campaign_name },
        assetId: row.asset_id,
        channel: row.channel,
        source: row.source,
        attributes: row.attributes,
        context: row.context,
      };
      return [idOf(row), highlightsOf((visit) => visitActivity(activity, typeOf(row.type), visit))];
    }),
  );
}

/** Definitions by name, which mark personal attributes. */
async function typesOf(
  q: Queryable,
  tenantId: string,
  names: readonly string[],
): Promise<(name: string) => ActivityTypeDefinition | undefined> {
  const own = [...new Set(names)].filter((name) => !standardType(name));
  const rows =
    own.length === 0
      ? []
      : await q.query<{ name: string; definition: ActivityTypeDefinition }>(
          'SELECT name, definition FROM activity_types WHERE tenant_id = $1 AND name = ANY($2)',
          [tenantId, own],
        );
  const byName = new Map(rows.map(({ name, definition }) => [name, definition]));
  return (name) => standardType(name) ?? byName.get(name);
}
