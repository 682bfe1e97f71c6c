import type { Decision } from '../../domain/campaigns/decision.ts';
import { isJsonObject } from '../../domain/json.ts';
import { isTenantId } from '../../domain/tenant.ts';
import { RecordFormatError } from '../activity-log/record-codec.ts';

const VERSION = 1;

/** The fields of a decision, each with the type that it must have. */
const TYPES = {
  id: 'string',
  campaignId: 'string',
  version: 'number',
  leadKey: 'string',
  activityId: 'string',
  occurredAt: 'number',
  receivedAt: 'number',
  depth: 'number',
} as const satisfies Record<keyof Decision, string>;

/** The content of a message of the topic `decisions`. */
export type DecidedStart = { readonly tenantId: string; readonly decision: Decision };

/**
 * Reads a message of the topic `decisions`, which the job in `cluster/spark` writes. `schema/records` publishes its
 * format and the rules for a change.
 * @throws RecordFormatError for a value of another version, or for anything but a decision
 */
export function decodeDecision(value: Uint8Array | null): DecidedStart {
  const message = parse(value);
  if (!isJsonObject(message) || message['version'] !== VERSION)
    throw new RecordFormatError(`no decision of version ${VERSION}`);
  const { tenant, decision } = message;
  if (typeof tenant !== 'string' || !isTenantId(tenant) || !isJsonObject(decision))
    throw new RecordFormatError('no decision of a tenant');
  for (const [name, type] of Object.entries(TYPES))
    if (typeof decision[name] !== type) throw new RecordFormatError(`the decision's ${name} is no ${type}`);
  return { tenantId: tenant, decision: decision as unknown as Decision };
}

function parse(value: Uint8Array | null): unknown {
  try {
    return JSON.parse(Buffer.from(value ?? []).toString('utf8'));
  } catch {
    throw new RecordFormatError('its value is no JSON');
  }
}
