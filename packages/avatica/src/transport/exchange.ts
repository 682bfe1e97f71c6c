import { type Dispatcher, errors } from 'undici';

/** The outcome of a request over HTTP. */
export type Exchange =
  /** The server answered, with any status. */
  | { readonly is: 'answered'; readonly status: number; readonly body: Buffer }
  /** Nothing of it was sent. */
  | { readonly is: 'unsent'; readonly cause: Error }
  /** Sent, at least in part, without a complete answer. Its effect is unknown. */
  | { readonly is: 'lost'; readonly cause: Error };

/**
 * Sends one request and takes the whole answer; undici's own `request` gives a stream, which costs as much again.
 * @param signal aborts: the connection is closed, and the promise rejects with the signal's reason
 */
export function exchange(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  request: Dispatcher.DispatchOptions,
  { maxAnswerBytes, signal }: { readonly maxAnswerBytes: number; readonly signal: AbortSignal },
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let started: Dispatcher.DispatchController | undefined;
    let status = 0;
    let size = 0;
    const chunks: Buffer[] = [];
    const onAbort = (): void => {
      reject(signal.reason);
      started?.abort(new errors.RequestAbortedError());
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (outcome: Exchange): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    dispatcher.dispatch(request, {
      onRequestStart(controller) {
        // From here on bytes may be on their way.
        started = controller;
        if (signal.aborted) controller.abort(new errors.RequestAbortedError());
      },
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData(controller, chunk) {
        size += chunk.length;
        if (size > maxAnswerBytes) controller.abort(new Error('the answer is too large'));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        const [first] = chunks;
        const body = chunks.length === 1 && first ? first : Buffer.concat(chunks, size);
        settle({ is: 'answered', status, body });
      },
      onResponseError(_controller, cause) {
        settle({ is: started ? 'lost' : 'unsent', cause });
      },
    });
  });
}
