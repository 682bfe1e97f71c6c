import { Consumer } from '@platformatic/kafka';
import { clientOptions, type KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import { retry } from '../../lib/retry.ts';

/** A membership of a consumer group at one time: what the coordinator knows this member by. */
export type Membership = {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
  readonly coordinatorId: number;
};

export type GroupMember = {
  /** The present membership; undefined while there is none. */
  membership(): Membership | undefined;
  /** The next offset to be handled by partition, as committed; partitions without one are missing. */
  committed(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** @throws Error also when the group has moved on meanwhile: then nothing was committed */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Leaves the group at once, so that the others need not wait for the session to end. */
  leave(): Promise<void>;
};

export type GroupMemberOptions = {
  readonly kafka: KafkaConfig;
  readonly group: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** These partitions are this member's, until `onRevoked`. */
  onAssigned(partitions: readonly number[]): void;
  /** All partitions go back to the group once this resolves; commits are still possible until then. */
  onRevoked(): Promise<void>;
  onError(error: unknown): void;
};

const HEARTBEAT_MS = 1_000;
const REJOIN_DELAY_MS = 500;
/** A request to join is answered when the others have joined, or the rebalance's time is over. */
const JOIN_ANSWER_MS = 10_000;

/**
 * Membership in a consumer group (the classic protocol, eager). The library rejoins as soon as a heartbeat reports a
 * rebalance. It asks for the member's metadata just before, and that callback finishes batches in flight. Its own
 * retries are off: a commit that is retried after a rejoin could name partitions of another member.
 */
export async function joinGroup(options: GroupMemberOptions): Promise<GroupMember> {
  const { kafka, group, topic } = options;
  const leaving = new AbortController();
  let isJoining = false;
  let isMember = false;

  const client = new Consumer({
    ...clientOptions(kafka),
    retries: 0,
    requestTimeout: options.rebalanceTimeoutMs + JOIN_ANSWER_MS,
    groupId: group,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: HEARTBEAT_MS,
    async protocolsMetadata() {
      await options.onRevoked();
      isMember = false;
      return Buffer.alloc(0);
    },
  });
  client.topics.track(topic);
  client.on('consumer:group:join', () => {
    if (leaving.signal.aborted) return;
    isMember = true;
    const own = client.assignments?.find((assignment) => assignment.topic === topic);
    options.onAssigned([...(own?.partitions ?? [])]);
  });

  const join = async (): Promise<void> => {
    if (isJoining) return;
    isJoining = true;
    await joinUntil(client, leaving.signal, options.onError);
    isJoining = false;
  };
  // Emitted when joining again has failed; the library does no more then.
  client.on('error', (error: unknown) => {
    if (leaving.signal.aborted || isJoining) return;
    options.onError(error);
    void join();
  });
  void join();

  return {
    membership: () => (isMember ? membershipOf(client, group) : undefined),

    committed: (partitions) => committedOf(client, topic, partitions),

    async commit(offsets) {
      if (offsets.size === 0) return;
      if (!isMember || client.memberId === null) throw new Error('not a member of the group now');
      await client.commit({
        offsets: [...offsets].map(([partition, offset]) => offsetOf(topic, partition, offset)),
      });
    },

    async leave() {
      leaving.abort();
      try {
        await client.leaveGroup(true);
      } catch (error) {
        options.onError(error);
      }
      await client.close(true).catch(() => {});
    },
  };
}

/** Retries to join until that succeeds or `leaving` aborts. */
async function joinUntil(
  client: Consumer,
  leaving: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  if (leaving.aborted) return;
  await retry(() => client.joinGroup({}), {
    delayMs: () => REJOIN_DELAY_MS,
    signal: leaving,
    onError(error) {
      if (!leaving.aborted) onError(error);
    },
    // It only ends with an error when the member leaves.
  }).catch(() => {});
}

const membershipOf = (client: Consumer, groupId: string): Membership | undefined => {
  const { memberId, generationId, coordinatorId } = client;
  return memberId === null || coordinatorId === null
    ? undefined
    : { groupId, memberId, generationId, coordinatorId };
};

async function committedOf(
  client: Consumer,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const answer = await client.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] });
  const found = new Map<number, number>();
  for (const partition of partitions) {
    const offset = answer.get(topic)?.[partition];
    if (offset !== undefined && offset >= 0n) found.set(partition, Number(offset));
  }
  return found;
}

const offsetOf = (topic: string, partition: number, offset: number) => ({
  topic,
  partition,
  offset: BigInt(offset),
  leaderEpoch: -1,
});
