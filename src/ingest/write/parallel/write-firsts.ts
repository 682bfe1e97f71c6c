import { repeatOf, type WriteVerdict } from '../../../datasources/activity-store/port.ts';
import type { FailedActivities } from '../../../datasources/failed-activities/port.ts';
import type { Activity } from '../../../domain/activity.ts';
import { hashOfId } from '../../../domain/ids.ts';
import { assertTenant } from '../../../domain/tenant.ts';
import { keepConflicts } from '../failed-records.ts';
import type { WriteQueue } from '../write-queue.ts';
import type { Writer } from '../writer-port.ts';
import type { KnownRepeats } from './known-repeats.ts';

type WriteFirstsOptions = {
  readonly repeats: KnownRepeats;
  readonly failures: Pick<FailedActivities, 'put'>;
  readonly submit: WriteQueue['submit'];
  onError(error: unknown): void;
};

/** A writer's `writeActivities`: writes the activities that are not known to be repeats, and keeps conflicts. */
export const writingFirsts =
  ({ repeats, failures, submit, onError }: WriteFirstsOptions): Writer['writeActivities'] =>
  async (tenant, activities, signal, { isVerdictShown = true } = {}) => {
    assertTenant(tenant);
    const known = await repeats.of(tenant, activities, isVerdictShown, signal);
    const firsts = new Map<string, Activity>();
    for (const activity of activities) {
      const hash = hashOfId(activity.id);
      if (!known.has(hash) && !firsts.has(hash)) firsts.set(hash, activity);
    }
    await submit(
      tenant,
      [...firsts.values()].map((activity) => ({ kind: 'activity', activity })),
      signal,
      // Also when the sender is disconnected: it will send the same again.
      { onWritten: () => repeats.accept(firsts.values()) },
    );
    const verdicts = activities.map((activity): WriteVerdict => {
      const hash = hashOfId(activity.id);
      const first = firsts.get(hash);
      if (first === activity) return { status: 'stored', id: activity.id };
      return repeatOf(known.get(hash) ?? first ?? activity, activity);
    });
    const conflicts = activities.filter((_, index) => verdicts[index]?.status === 'conflict');
    // The others are written. The sender gets the verdict even if the conflict can't be kept, which is logged.
    await keepConflicts(failures, tenant, conflicts, signal).catch(onError);
    return verdicts;
  };
