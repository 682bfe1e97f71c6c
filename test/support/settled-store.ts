import type { LogPosition } from '../../src/datasources/activity-log/port.ts';
import type {
  ActivityReads,
  ActivityRows,
  ActivityStore,
} from '../../src/datasources/activity-store/port.ts';
import { type Claims, isSamePosition, type LoggedActivity } from '../../src/datasources/claims/port.ts';
import type { Activity } from '../../src/domain/activity.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { correct, judge } from '../../src/followers/judge.ts';

/** The log of this test process, in memory: every append is a partition of its own. */
const partitions: (readonly LoggedActivity[])[] = [];

export function appendToTestLog(activities: readonly Activity[]): readonly LoggedActivity[] {
  const partition = partitions.length;
  const logged = activities.map((activity, offset) => ({ activity, position: { partition, offset } }));
  partitions.push(logged);
  return logged;
}

const readAt = async (at: LogPosition): Promise<Activity | undefined> =>
  partitions[at.partition]?.find(({ position }) => isSamePosition(position, at))?.activity;

/** What the log brings after a write: settling, and putting right what repeats wrote. */
export async function settleInto(
  store: ActivityRows,
  claims: Claims,
  tenant: Tenant,
  logged: readonly LoggedActivity[],
  signal: AbortSignal,
) {
  const judged = await judge(claims, tenant, logged, signal);
  const counted = judged.firsts.map(({ activity }) => activity);
  await store.complete(tenant, counted, signal);
  await correct({ store, readAt }, tenant, judged.repeats, signal);
  return judged;
}

/** Rows behind a log as a store whose writes are settled when they return, to be asked for the store's contract. */
export function settledStore<Rows extends ActivityReads & ActivityRows>(
  store: Rows,
  claims: Claims,
): ActivityStore & Rows {
  return {
    ...store,
    async write(tenant, activities, signal) {
      await store.put([{ tenant, activities }], signal);
      const logged = appendToTestLog(activities);
      const { repeats } = await settleInto(store, claims, tenant, logged, signal);
      const firsts = new Map(repeats.map(({ position, first }) => [position.offset, first.id]));
      return activities.map(({ id }, index) => {
        const first = firsts.get(index);
        return first === undefined ? { status: 'stored', id } : { status: 'duplicate', id: first };
      });
    },
  };
}
