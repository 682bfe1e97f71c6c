export type WorkLoopOptions = {
  /** One piece of work. @returns whether there was something to do. It never rejects. */
  step(): Promise<boolean>;
  /** When there may be something to do without a call of `wake`, by `performance.now`; `Infinity` for never. */
  dueAt(): number;
};

export type WorkLoop = {
  /** There is something to do. */
  wake(): void;
  /** Ends after the step that is under way. */
  close(): Promise<void>;
};

/** Does one step after the other for as long as there is something to do. */
export function createWorkLoop({ step, dueAt }: WorkLoopOptions): WorkLoop {
  let isClosed = false;
  let isRunning = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    let isAwake = true;
    while (isAwake && !isClosed) isAwake = await step();
    isRunning = false;
    clearTimeout(timer);
    const due = dueAt();
    if (!isClosed && due !== Number.POSITIVE_INFINITY)
      timer = setTimeout(wake, Math.max(0, due - performance.now())).unref();
  };
  const wake = (): void => {
    if (isRunning || isClosed) return;
    isRunning = true;
    running = run();
  };
  return {
    wake,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
