import {
  type Follower,
  type FollowOptions,
  groupOf,
  type HandlingFollower,
  type RunningFollower,
} from './follower.ts';
import { runForwarding } from './forwarding.ts';
import { runPartitions } from './partition-runner.ts';

/** How long a batch may take to end. It must be shorter than the session, because no heartbeat is sent meanwhile. */
const DRAIN_MS = 8_000;

/** Joins a follower's consumer group and runs the follower until it is closed; see `runPartitions`. */
export const runFollower = (follower: Follower, options: FollowOptions): Promise<RunningFollower> =>
  'forward' in follower ? runForwarding(follower, options) : runHandling(follower, options);

async function runHandling(follower: HandlingFollower, options: FollowOptions): Promise<RunningFollower> {
  const { kafka, sessionTimeoutMs, onError } = options;
  const { close, lag } = await runPartitions({
    kafka,
    group: groupOf(kafka, follower),
    topic: follower.topic(kafka),
    maxBatch: follower.maxBatch,
    drainMs: DRAIN_MS,
    sessionTimeoutMs,
    commits: true,
    handle: async ({ records }, signal) => {
      if (records.length > 0) await follower.handle(records, signal);
    },
    ...(follower.onMalformed && { onMalformed: follower.onMalformed }),
    onError,
  });
  return { close, lag };
}
