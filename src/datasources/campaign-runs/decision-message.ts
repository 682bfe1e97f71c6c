import type { Decision } from '../../domain/campaigns/decision.ts';
import { isJsonObject } from '../../domain/json.ts';
import { isTenantId } from '../../domain/tenant.ts';

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

/**
 * Reads a message of the topic `decisions`, which the job in `cluster/spark` writes. `schema/records` publishes its
 * format and the rules for a change.
 * @throws Error for a value of another version, or for anything but a decision
 */
export function decodeDecision(value: Uint8Array): {
  readonly tenantId: string;
  readonly decision: Decision;
} {
  const message: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
  if (!isJsonObject(message) || message['version'] !== VERSION)
    throw new Error(`This is no decision of version ${VERSION}.`);
  const { tenant, decision } = message;
  if (typeof tenant !== 'string' || !isTenantId(tenant) || !isJsonObject(decision))
    throw new Error('This is no decision of a tenant.');
  for (const [name, type] of Object.entries(TYPES))
    if (typeof decision[name] !== type) throw new Error(`The decision's ${name} is no ${type}.`);
  return { tenantId: tenant, decision: decision as unknown as Decision };
}
