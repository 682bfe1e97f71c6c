/** The signal of one call. */
export type Limit = {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Releases the timer and the caller's signal. */
  end(): void;
};

/**
 * Combines the caller's signal and the end of the call's time. `AbortSignal.any` and `AbortSignal.timeout` cost more
 * than the rest of a short call, and such a timer stays until it fires.
 */
export function limitOf(
  signal: AbortSignal | undefined,
  time?: { readonly ms: number; timedOut(): Error },
): Limit {
  const controller = new AbortController();
  const timer = time && setTimeout(() => controller.abort(time.timedOut()), time.ms);
  const onAbort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
