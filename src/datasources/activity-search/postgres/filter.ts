import { EMAIL_SIGN } from '../../../domain/email/text.ts';
import type { ActivityFilter, AttributeFilter } from '../../../domain/filter.ts';
import { PARAMETER_SPELLING, PERSONAL_PARAMETER } from '../../../domain/personal/text.ts';
import type { Queryable } from '../../db/db.ts';
import { STORED_NAME } from '../keyword-fields.ts';
import { withAllIdentities } from '../lead-identities.ts';
import { combineSql, type Params, rangeSql } from './params.ts';

/** Where a text has no sign of an e-mail address and no personal parameter: what `mayHoldPersonal` tells. */
export const harmlessSql = (text: string): string =>
  `(${text} !~ '${EMAIL_SIGN}' AND regexp_replace(lower(${text}), '${PARAMETER_SPELLING}', '', 'g') !~ '${PERSONAL_PARAMETER}')`;

/** Compiles a condition over rows of `activities`. Values and attribute names are bound, never written. */
export function activityFilterSql(filter: ActivityFilter, pii: boolean, params: Params): string {
  return combineSql(filter, (leaf) => {
    switch (leaf.op) {
      case 'in':
        return `${STORED_NAME[leaf.field]} = ANY(${params.bind(leaf.values)}::text[])`;
      case 'isBot':
        return `is_bot = ${params.bind(leaf.value)}`;
      case 'time':
        return rangeSql(
          leaf.field === 'occurredAt' ? 'occurred_at' : 'received_at',
          leaf.range,
          'int8',
          params,
        );
      case 'attribute':
        return attributeSql(leaf, pii, params);
      default:
        return leaf satisfies never;
    }
  });
}

function attributeSql(leaf: AttributeFilter, pii: boolean, params: Params): string {
  const name = `${params.bind(leaf.name)}::text`;
  const value = `(attributes -> ${name})`;
  const type = `jsonb_typeof${value}`;
  switch (leaf.test) {
    case 'in':
      return `${value} = ANY(${params.bindJson(leaf.values)})`;
    case 'exists':
      return `(coalesce(${type}, 'null') <> 'null') = ${params.bind(leaf.value)}`;
    case 'range':
      // The order of AND is the planner's; only CASE keeps the cast from seeing other types.
      return `CASE WHEN ${type} = 'number' THEN ${rangeSql(`${value}::float8`, leaf.range, 'float8', params)} ELSE false END`;
    case 'prefix': {
      const text = `(attributes ->> ${name})`;
      const test = `${type} = 'string' AND starts_with(${text}, ${params.bind(leaf.value)})`;
      // Letter by letter, a prefix would give away the address.
      return `(${pii ? test : `${test} AND ${harmlessSql(text)}`})`;
    }
    default:
      return leaf satisfies never;
  }
}

/**
 * The same condition with every identity of a lead: the given key, the leads it is linked to, and the leads linked to
 * those.
 */
export function expandLeads(filter: ActivityFilter, tenantId: string, q: Queryable): Promise<ActivityFilter> {
  return withAllIdentities(filter, async (keys) => {
    const links = await q.query<{ lead_key: string; canonical_key: string }>(
      `SELECT lead_key, canonical_key FROM lead_links WHERE tenant_id = $1 AND (lead_key = ANY($2) OR canonical_key = ANY(
         SELECT unnest($2::text[]) UNION SELECT canonical_key FROM lead_links WHERE tenant_id = $1 AND lead_key = ANY($2)))`,
      [tenantId, keys],
    );
    return [...Map.groupBy(links, (link) => link.canonical_key)].map(([canonical, members]) => [
      canonical,
      ...members.map((link) => link.lead_key),
    ]);
  });
}
