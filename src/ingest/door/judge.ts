import { CONFLICT } from '../../datasources/failed-activities/port.ts';
import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import { leadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { type Item, type Outcome, ok, type Policy, type Sender, type Verdict } from '../draft/draft.ts';
import type { Accepted, Pipeline } from '../draft/pipeline.ts';
import type { WrittenVerdict } from '../write/writer-port.ts';
import { type AcceptedLead, acceptLead } from './accept-lead.ts';

/** Warnings that one item's verdict tells. */
const MAX_WARNINGS = 20;

/** An item that may be written. */
export type Good =
  | { readonly kind: 'activity'; readonly accepted: Accepted }
  | { readonly kind: 'lead'; readonly accepted: AcceptedLead };

/** The measure of an item, the same for all items of a batch. */
type Standard = {
  readonly policy: Policy;
  readonly sender: Sender;
  readonly types: ReadonlyMap<string, ActivityTypeDefinition>;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** Judges one item. */
export function judge(pipeline: Pipeline, tenant: Tenant, item: Item, standard: Standard): Outcome<Good> {
  const { policy, now } = standard;
  const { isPublic } = standard.sender;
  switch (item.kind) {
    case 'activity': {
      const { draft } = item;
      const type = standard.types.get(draft.type);
      const space = isPublic ? 'public' : 'secret';
      const outcome = pipeline.run({ idSpace: tenant.idSpace, draft, type, policy, space, now });
      return outcome.kind === 'ok' ? ok({ kind: 'activity', accepted: outcome.value }) : outcome;
    }
    case 'lead': {
      const outcome = acceptLead(item.draft, policy, now, isPublic);
      return outcome.kind === 'ok' ? ok({ kind: 'lead', accepted: outcome.value }) : outcome;
    }
    case 'rejected':
      return { kind: 'fail', error: item.error };
    default:
      return item satisfies never;
  }
}

/**
 * The verdict of an item that was judged, and written if it may be.
 * @param nextWritten the writer's outcomes of the activities, in order
 */
export function verdictOf(
  tenant: Tenant,
  outcome: Outcome<Good>,
  nextWritten: () => WrittenVerdict | undefined,
): Verdict {
  switch (outcome.kind) {
    case 'ok': {
      const good = outcome.value;
      const { warnings } = good.accepted;
      const told = warnings.length > 0 && { warnings: warnings.slice(0, MAX_WARNINGS) };
      if (good.kind === 'lead')
        return { status: 'accepted', id: leadKey(tenant.idSpace, good.accepted.update.identity), ...told };
      const written = nextWritten();
      // What only the store refuses is safe in the log, and kept among the failed activities: to its sender it is accepted.
      if (written?.status === 'conflict') return { status: 'rejected', error: CONFLICT };
      return written?.status === 'duplicate'
        ? { status: 'duplicate', id: written.id }
        : { status: 'accepted', id: good.accepted.activity.id, ...told };
    }
    case 'fail':
      return { status: 'rejected', error: outcome.error };
    case 'drop':
      return { status: 'dropped', reason: outcome.reason };
    case 'retry':
      throw outcome.error;
    default:
      return outcome satisfies never;
  }
}
