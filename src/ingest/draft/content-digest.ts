import { hash } from 'node:crypto';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Arrival } from './pipeline.ts';

const DIGEST_BYTES = 6;

/**
 * 48 bits, base64url, of a hash over the sender's activity in its checked form. Types of values are settled, and the
 * order of names has no effect. It depends on neither time nor origin of the request, so a retry has the same digest.
 */
export function contentDigest(
  { draft, policy }: Pick<Arrival, 'draft' | 'policy'>,
  checked: { readonly channel: string | null; readonly attributes: JsonObject; readonly context: JsonObject },
): string {
  // Marketo's senders name a lead by its number; which identity that stands for may change when leads are linked.
  const who = policy.source === 'marketo' ? [] : [draft.externalId, draft.anonymousId];
  const said: Json = [
    draft.type,
    draft.saidAt === undefined ? draft.occurredAt : draft.saidAt,
    draft.campaign && [draft.campaign.id, draft.campaign.name],
    draft.assetId,
    checked.channel,
    checked.attributes,
    checked.context,
    ...who,
  ];
  return hash('sha256', canonical(said), 'buffer').subarray(0, DIGEST_BYTES).toString('base64url');
}

/** As JSON, the names of each object in one order. */
function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const object = value as JsonObject;
  const names = Object.keys(object).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(object[name] ?? null)}`).join()}}`;
}
