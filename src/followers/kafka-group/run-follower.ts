import { decodeMessage } from '../../datasources/activity-log/kafka/message.ts';
import { decodeDecision } from '../../datasources/campaign-runs/decision-message.ts';
import {
  type DecisionFollower,
  type Follower,
  type FollowOptions,
  groupOf,
  type HandlingFollower,
  type RunningFollower,
} from './follower.ts';
import { runForwarding } from './forwarding.ts';
import { type Consumed, type RunnerOptions, runPartitions } from './partition-runner.ts';

/** How long a batch may take to end. It must be shorter than the session, because no heartbeat is sent meanwhile. */
const DRAIN_MS = 8_000;

/** Joins a follower's consumer group and runs the follower until it is closed; see `runPartitions`. */
export function runFollower(follower: Follower, options: FollowOptions): Promise<RunningFollower> {
  if ('forward' in follower) return runForwarding(follower, options);
  if ('handleDecisions' in follower)
    return runHandling(follower, options, decodeDecision, follower.handleDecisions);
  return runHandling(follower, options, decodeMessage, follower.handle);
}

async function runHandling<Content>(
  follower: HandlingFollower | DecisionFollower,
  { kafka, sessionTimeoutMs, onError }: FollowOptions,
  decode: RunnerOptions<Content>['decode'],
  handle: (records: readonly Consumed<Content>[], signal: AbortSignal) => Promise<void>,
): Promise<RunningFollower> {
  const { close, lag } = await runPartitions<Content>({
    kafka,
    group: groupOf(kafka, follower),
    topic: follower.topic(kafka),
    decode,
    maxBatch: follower.maxBatch,
    drainMs: DRAIN_MS,
    sessionTimeoutMs,
    commits: true,
    handle: async ({ records }, signal) => {
      if (records.length > 0) await handle(records, signal);
    },
    ...(follower.onMalformed && { onMalformed: follower.onMalformed }),
    onError,
  });
  return { close, lag };
}
