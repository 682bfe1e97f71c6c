import type { Activity } from '../../../domain/activity.ts';
import type { ActivityTypeDefinition } from '../../../domain/activity-types.ts';
import { hashOfId } from '../../../domain/ids.ts';
import type { Json } from '../../../domain/json.ts';
import { identityText, type Person } from '../../../domain/lead.ts';
import { tokenize } from '../../../domain/text/text-query.ts';
import { type TextVisitor, visitActivity, visitLead, type Weight } from '../activity-texts.ts';
import { lengthNorm } from '../ranking.ts';
import { tokenLimit } from '../token-limit.ts';
import { TEXT_FIELDS } from './query.ts';
import { valueFields } from './values.ts';

export type SolrDocument = Readonly<Record<string, Json | undefined>> & { readonly id: string };

/** A text with its field and its weight, in the order of `visitActivity` and `visitLead`. */
type StoredText = readonly [field: string, weight: Weight, text: string];

/** The fields that hold a document's texts: tokens to search, texts to highlight. */
function textFields(visitDocument: (visit: TextVisitor) => void): Record<string, Json> {
  const fields: Record<string, string[]> = {};
  const texts: StoredText[] = [];
  const fits = tokenLimit();
  const open = new Set<string>();
  const all = new Set<string>();
  visitDocument((field, text, weight) => {
    const tokens: string[] = [];
    for (const token of tokenize(text)) {
      if (!fits(token)) break;
      tokens.push(token);
    }
    if (tokens.length === 0) return;
    for (const token of tokens) {
      all.add(token);
      if (weight !== 'D') open.add(token);
    }
    const name = TEXT_FIELDS[weight];
    fields[name] ??= [];
    fields[name].push(tokens.join(' '));
    texts.push([field, weight, text]);
  });
  return {
    ...fields,
    texts: JSON.stringify(texts),
    norm_open: lengthNorm(open.size),
    norm_all: lengthNorm(all.size),
  };
}

/** Visits the texts of a document as they were when it was indexed, for the highlighter. */
export function visitStored(texts: string, visit: TextVisitor): void {
  for (const [field, weight, text] of JSON.parse(texts) as StoredText[]) visit(field, text, weight);
}

/**
 * The document of an activity. Its id is that of its messageId in the tenant, so that the same message again is
 * the same document.
 * @param route begins the ids of the tenant's documents
 * @param type tells which attributes are personal; left out, the standard type of that name
 */
export function activityDocument(
  tenantId: string,
  route: string,
  activity: Activity,
  type: ActivityTypeDefinition | undefined,
): SolrDocument {
  const hash = hashOfId(activity.id);
  return {
    id: route + hash,
    tenant: tenantId,
    hash,
    lead_key: activity.leadKey,
    message_id: activity.messageId,
    occurred_at: activity.occurredAt,
    received_at: activity.receivedAt,
    type: activity.type,
    campaign_id: activity.campaign?.id,
    asset_id: activity.assetId ?? undefined,
    channel: activity.channel,
    source: activity.source,
    country: activity.country ?? undefined,
    device: activity.device ?? undefined,
    is_bot: activity.isBot,
    ...valueFields(tenantId, activity.attributes),
    ...textFields((visit) => visitActivity(activity, type, visit)),
  };
}

/** The document of a person, by the key of the lead that all its identities are linked to. */
export function leadDocument(tenantId: string, route: string, { lead, identities }: Person): SolrDocument {
  return {
    id: route + lead.key,
    tenant: tenantId,
    key: lead.key,
    identity_keys: [...new Set([lead.key, ...identities.map(({ key }) => key)])],
    external_ids: identities.flatMap(({ identity }) =>
      identity.kind === 'known' ? identity.externalId : [],
    ),
    email: lead.email?.toLowerCase(),
    is_known: lead.externalId !== null,
    first_seen_at: lead.firstSeenAt,
    last_seen_at: lead.lastSeenAt,
    ...valueFields(tenantId, lead.traits),
    ...textFields((visit) => {
      for (const { key, identity, email, traits } of identities) {
        const isOwn = key === lead.key && identity.kind === 'known';
        visitLead({ identity: identityText(identity), email, traits }, (field, text, weight) =>
          visit(field === 'externalId' && !isOwn ? 'aliases' : field, text, weight),
        );
      }
    }),
  };
}
