import type { Activity } from '../../src/domain/activity.ts';
import { activityId, messageHash } from '../../src/domain/ids.ts';
import { type LeadIdentity, leadKey } from '../../src/domain/lead.ts';
import { unkeyed } from './id-space.ts';

export const NOW = Date.UTC(2026, 5, 15, 12);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
let counter = 0;

export type ActivityOverrides = Partial<Omit<Activity, 'id' | 'leadKey' | 'identity'>> & {
  readonly externalId?: string;
  readonly anonymousId?: string;
};

/** A request for all of a timeline, but for whose it is and how many of it. */
export const WHOLE_TIMELINE = { after: null, types: null, from: null, to: null, details: true } as const;

/** A valid activity of a tenant; every message id is a new one unless given. */
export function anActivity(tenantId: string, overrides: ActivityOverrides = {}): Activity {
  const { externalId, anonymousId, ...rest } = overrides;
  const identity: LeadIdentity =
    anonymousId !== undefined && externalId === undefined
      ? { kind: 'anonymous', anonymousId }
      : { kind: 'known', externalId: externalId ?? 'lead-1' };
  const messageId = rest.messageId ?? `message-${counter++}`;
  const occurredAt = rest.occurredAt ?? NOW;
  const key = leadKey(unkeyed(tenantId), identity);
  return {
    id: activityId({ leadKey: key, occurredAt, hash: messageHash(unkeyed(tenantId), messageId) }),
    leadKey: key,
    identity,
    type: 'Visit Webpage',
    receivedAt: occurredAt,
    campaign: null,
    assetId: null,
    channel: 'web',
    source: 'graphql',
    attributes: {},
    context: {},
    country: null,
    device: null,
    isBot: false,
    agentKind: null,
    enrichmentVersion: 1,
    contentDigest: null,
    ...rest,
    messageId,
    occurredAt,
  };
}
