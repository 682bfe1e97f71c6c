import { abortReason } from '../../domain/errors.ts';
import { timedOut } from './errors.ts';

export type LimitOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
};

/** A signal that aborts with a `DomainError`; `end` lets go of the timer and of the caller's signal. */
export type Limit = { readonly signal: AbortSignal; end(): void };

/** A call's limit: the caller's signal, or the end of its time. */
export function limitOf(call: LimitOptions | undefined, defaultMs: number): Limit {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timedOut()), call?.timeoutMs ?? defaultMs);
  const { signal } = call ?? {};
  const onAbort = (): void => {
    if (signal) controller.abort(abortReason(signal));
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
