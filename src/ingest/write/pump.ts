export type PumpOptions<Batch> = {
  /** Batches under way at once. */
  readonly inFlight: number;
  /** How long a small batch waits for more records, in milliseconds; 0 for the rest of the event loop's turn. */
  readonly lingerMs: number;
  /** Records that wait. */
  waiting(): number;
  /** Takes the next batch; undefined while none may start. */
  take(): Batch | undefined;
  /** Writes a batch; never rejects. */
  write(batch: Batch): Promise<void>;
  /** Whether nothing waits or is left to do, except for batches under way. */
  isIdle(): boolean;
};

export type Pump = {
  /** Starts batches that can be written now. */
  schedule(): void;
  readonly inFlight: number;
  /** Resolves when nothing waits and nothing is under way. */
  drain(): Promise<void>;
};

/** A batch with so many records does not wait for more. */
const FULL_ENOUGH = 400;

/** Keeps batches under way: while some are written, the next gathers. */
export function createPump<Batch>(options: PumpOptions<Batch>): Pump {
  const { lingerMs, waiting } = options;
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  let isScheduled = false;
  let onIdle: (() => void)[] = [];

  const start = (batch: Batch): void => {
    inFlight += 1;
    void options.write(batch).finally(() => {
      inFlight -= 1;
      schedule();
    });
  };
  const pump = (): void => {
    timer = undefined;
    while (inFlight < options.inFlight && waiting() > 0) {
      const batch = options.take();
      if (batch === undefined) break;
      start(batch);
    }
    if (inFlight > 0 || !options.isIdle()) return;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  };
  /** After the events of this turn, so that requests that were read from several sockets share a batch. */
  const pumpSoon = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      pump();
    });
  };
  /** Starts a batch that is full enough at once, and a small batch after a moment. */
  const schedule = (): void => {
    if (lingerMs === 0) pumpSoon();
    else if (waiting() >= FULL_ENOUGH || waiting() === 0) {
      clearTimeout(timer);
      pump();
    } else timer ??= setTimeout(pump, lingerMs);
  };
  return {
    schedule,
    get inFlight() {
      return inFlight;
    },
    drain: () =>
      new Promise((resolve) => {
        onIdle.push(resolve);
        pumpSoon();
      }),
  };
}
