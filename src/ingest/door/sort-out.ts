import { type Failure, failureOf } from '../../datasources/failed-activities/port.ts';
import type { Activity } from '../../domain/activity.ts';
import { identityText, type LeadUpdate } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { ItemError, Outcome } from '../draft/draft.ts';
import type { Batch } from './batch.ts';
import type { Good } from './judge.ts';

/** The accepted and the rejected items of a batch, as they are written. */
type Sorted = {
  readonly activities: readonly Activity[];
  /** Of people, in the order they came, with the links of devices behind them. */
  readonly updates: readonly LeadUpdate[];
  readonly failed: readonly Failure[];
  /** Names of the links that are written with the updates. */
  readonly linkNames: readonly string[];
};

/**
 * Sorts the judged items of a batch.
 * @param isLinked whether a link was written lately, by its name
 * @throws DomainError of an item that is to be sent again, and with it the batch
 */
export function sortOut(
  tenant: Tenant,
  batch: Batch,
  outcomes: readonly Outcome<Good>[],
  failedAt: number,
  isLinked: (name: string) => boolean,
): Sorted {
  const activities: Activity[] = [];
  const updates: LeadUpdate[] = [];
  const links = new Map<string, LeadUpdate>();
  const failed: Failure[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'retry') throw outcome.error;
    if (outcome.kind === 'fail') failed.push(failedItem(tenant, batch, index, outcome.error, failedAt));
    if (outcome.kind !== 'ok') continue;
    if (outcome.value.kind === 'lead') {
      updates.push(outcome.value.accepted.update);
      continue;
    }
    const { activity, links: own } = outcome.value.accepted;
    activities.push(activity);
    for (const link of own) {
      const name = nameOf(activity, link);
      if (!isLinked(name)) links.set(name, link);
    }
  }
  updates.push(...links.values());
  return { activities, updates, failed, linkNames: [...links.keys()] };
}

/** The same for each link of one device to one person. A lead's key has the tenant in it. */
const nameOf = ({ leadKey }: Activity, { links }: LeadUpdate): string =>
  `${leadKey} ${links.map((other) => `${other.kind} ${identityText(other)}`).join('\0')}`;

function failedItem(
  tenant: Tenant,
  batch: Batch,
  index: number,
  { code, message, path }: ItemError,
  failedAt: number,
): Failure {
  const body = batch.originalOf(index);
  const { source } = batch.policy;
  const isLead = batch.items[index]?.kind === 'lead';
  const kind = isLead ? 'lead' : batch.sender.isPublic ? 'publicActivity' : 'activity';
  return failureOf(tenant.idSpace, { code, message, path, failedAt, source, kind, body });
}
