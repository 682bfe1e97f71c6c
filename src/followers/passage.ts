import { Consumer } from '@platformatic/kafka';
import { clientOptions, inTime, type KafkaConfig } from '../datasources/activity-log/kafka/config.ts';
import type { LogPositions } from '../datasources/activity-log/port.ts';
import { topicEnds } from '../datasources/activity-metrics/druid/topic.ts';
import { type FollowerIdentity, groupOf } from './kafka-group/follower.ts';

/** Tells what a follower has handled, for all its processes. */
export type Passage = {
  /**
   * Whether it has handled every record before these positions.
   * @throws DomainError `BACKEND_UNAVAILABLE`, or the signal's reason
   */
  hasPassed(positions: LogPositions, signal: AbortSignal): Promise<boolean>;
  /**
   * Whether it has handled all that its topic had when this was asked for `id` first. The answer is true once for each
   * `id`, which is then forgotten. @throws as `hasPassed`
   */
  hasCaughtUp(id: string, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
};

const TIMEOUT_MS = 10_000;

/** Reads a follower's committed offsets; it joins no group. */
export function openPassage(kafka: KafkaConfig, follower: FollowerIdentity): Passage {
  const topic = follower.topic(kafka);
  const client = new Consumer({ ...clientOptions(kafka), groupId: groupOf(kafka, follower) });
  const endsThen = new Map<string, LogPositions>();

  const hasPassed: Passage['hasPassed'] = async (positions, signal) => {
    const partitions = [...positions.keys()];
    const answer = await inTime(
      client.listCommittedOffsets({ topics: [{ topic, partitions }] }),
      signal,
      TIMEOUT_MS,
    );
    const committed = answer.get(topic) ?? [];
    return [...positions].every(
      ([partition, end]) => end === 0 || Number(committed[partition] ?? -1n) >= end,
    );
  };

  return {
    hasPassed,
    async hasCaughtUp(id, signal) {
      let ends = endsThen.get(id);
      if (!ends) {
        const read = await inTime(topicEnds(kafka, topic), signal, TIMEOUT_MS);
        ends = new Map([...read].map(([partition, end]) => [Number(partition), end]));
        endsThen.set(id, ends);
      }
      if (!(await hasPassed(ends, signal))) return false;
      endsThen.delete(id);
      return true;
    },
    close: () => client.close(true),
  };
}
