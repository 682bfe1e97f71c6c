import { pollUntil } from '../../../lib/retry.ts';
import { type DruidClient, druidUnavailable } from './client.ts';

const POLL_MS = 250;

/**
 * Runs a task of Druid to its end.
 * @throws DomainError `BACKEND_UNAVAILABLE` also when it fails, or the signal's reason: then it goes on
 */
export async function runTask(druid: DruidClient, json: object, signal: AbortSignal): Promise<void> {
  const { task } = await druid.call<{ task: string }>(
    { at: 'coordinator', path: '/druid/indexer/v1/task', json },
    signal,
  );
  const path = `/druid/indexer/v1/task/${encodeURIComponent(task)}/status`;
  const isDone = async (): Promise<boolean> => {
    type Answer = { status: { statusCode: string; errorMsg: string | null } };
    const { status } = await druid.call<Answer>({ at: 'coordinator', path }, signal);
    if (status.statusCode === 'FAILED') throw druidUnavailable(new Error(`${task}: ${status.errorMsg}`));
    return status.statusCode === 'SUCCESS';
  };
  await pollUntil(isDone, POLL_MS, signal);
}
