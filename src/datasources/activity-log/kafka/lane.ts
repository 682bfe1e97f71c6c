/** A message on its way to a partition. */
export type Outgoing = { readonly partition: number; readonly key: Buffer; readonly value: Buffer };

/** Messages that belong together, with their waiting caller. */
type Piece = {
  readonly messages: readonly Outgoing[];
  readonly bytes: number;
  state: 'waiting' | 'under way' | 'over';
  resolve(offsets: readonly number[]): void;
  reject(error: unknown): void;
};

export type Lane = {
  /** Resolves with the offset of each message in its partition, in input order, once all are acknowledged. */
  add(messages: readonly Outgoing[], bytes: number): Sending;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
};

export type Sending = {
  readonly offsets: Promise<readonly number[]>;
  /** Takes the messages back if they still wait; those under way go their way. */
  cancel(): void;
};

/**
 * A lane of sends to Kafka. One send is in flight at a time, and messages that come meanwhile share the next (group
 * commit). So no message overtakes a message that may be retried. That keeps the order of a partition and the sequence
 * numbers of an idempotent producer.
 */
export function createLane(options: {
  readonly maxBatchBytes: number;
  /** Sends messages and gives the offset of the first of them in each partition. */
  send(messages: readonly Outgoing[]): Promise<ReadonlyMap<number, number>>;
  /** The bytes of a piece are not held any more. */
  onReleased(bytes: number): void;
}): Lane {
  const queue: Piece[] = [];
  let isScheduled = false;
  let isSending = false;
  let onIdle: (() => void)[] = [];

  const pump = async (): Promise<void> => {
    isScheduled = false;
    isSending = true;
    for (let batch = take(queue, options.maxBatchBytes); batch.length > 0; ) {
      try {
        resolveAll(batch, await options.send(batch.flatMap(({ messages }) => messages)));
      } catch (error) {
        for (const piece of batch) piece.reject(error);
      }
      for (const piece of batch) {
        piece.state = 'over';
        options.onReleased(piece.bytes);
      }
      batch = take(queue, options.maxBatchBytes);
    }
    isSending = false;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  };

  const schedule = (): void => {
    if (isScheduled || isSending) return;
    isScheduled = true;
    // After the events of this turn: what several callers add at once goes together.
    setImmediate(pump);
  };

  return {
    add(messages, bytes) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
      const piece: Piece = { messages, bytes, state: 'waiting', resolve, reject };
      queue.push(piece);
      schedule();
      return {
        offsets: promise,
        cancel() {
          if (piece.state !== 'waiting') return;
          piece.state = 'over';
          options.onReleased(bytes);
        },
      };
    },
    idle: () =>
      isScheduled || isSending
        ? new Promise<void>((resolve) => {
            onIdle.push(resolve);
          })
        : Promise.resolve(),
  };
}

/** Takes the pieces of the next send: as many as fit, or a single longer piece. */
function take(queue: Piece[], maxBytes: number): Piece[] {
  const batch: Piece[] = [];
  let bytes = 0;
  for (let next = queue[0]; next && (bytes === 0 || bytes + next.bytes <= maxBytes); next = queue[0]) {
    queue.shift();
    if (next.state !== 'waiting') continue;
    next.state = 'under way';
    bytes += next.bytes;
    batch.push(next);
  }
  return batch;
}

/**
 * Gives each message of a batch its offset.
 * @param firsts the offset of the first of them in each partition
 */
function resolveAll(batch: readonly Piece[], firsts: ReadonlyMap<number, number>): void {
  const next = new Map(firsts);
  for (const piece of batch)
    piece.resolve(
      piece.messages.map(({ partition }) => {
        const offset = next.get(partition);
        if (offset === undefined) throw new Error(`Kafka gave no offset for partition ${partition}.`);
        next.set(partition, offset + 1);
        return offset;
      }),
    );
}
