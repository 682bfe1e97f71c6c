import { refused, unavailable } from '../protocol/errors.ts';
import type { Frame, ResultRow } from '../protocol/responses.ts';
import type { AvaticaValue } from '../protocol/values.ts';
import { type Begun, begin, FIRST_FRAME, FRAME, fetchFrame } from './operations.ts';
import type { CallOptions, Runner } from './runner.ts';
import type { Attempt, Session, Use } from './session.ts';

export type StreamOptions = CallOptions & {
  /** Rows of a frame after the first, which has 100 at most; 5,000 unless given. */
  readonly fetchSize?: number | undefined;
};

/** The frames of a statement's rows. The next frame is fetched when the caller has consumed a frame. */
export async function* streamFrames(
  runner: Runner,
  text: string,
  values: readonly AvaticaValue[],
  call: StreamOptions | undefined,
): AsyncGenerator<readonly ResultRow[]> {
  const within = async <T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const { signal, end } = runner.limit(call);
    try {
      return await step(signal);
    } finally {
      end();
    }
  };
  const fetchSize = call?.fetchSize ?? FRAME;
  const session = await within((signal) => runner.borrow(signal));
  let open = false;
  let failure: unknown;
  try {
    const first = await within((signal) =>
      runner.run(session, text, (use) => start(use, values, Math.min(FIRST_FRAME, fetchSize)), signal),
    );
    const { use, columns } = first;
    let { frame } = first;
    let offset = 0;
    while (frame) {
      open = !frame.done;
      offset += frame.rows.length;
      if (frame.rows.length > 0) yield frame.rows;
      if (frame.done) break;
      frame = await within((signal) =>
        next(session, use, (step) => fetchFrame(step, columns, offset, fetchSize), signal),
      );
    }
  } catch (error) {
    failure = error ?? new Error('no reason');
    throw error;
  } finally {
    // Left in the middle: the rest of the rows is of no use to anybody.
    if (open && failure === undefined)
      await within((signal) => session.closeStatement(text, signal)).catch((error: unknown) => {
        failure = error ?? new Error('no reason');
      });
    runner.giveBack(session, failure);
  }
}

/** Begins, and keeps what the next frames are asked for with. */
async function start(
  use: Use,
  values: readonly AvaticaValue[],
  frameSize: number,
): Promise<Attempt<Begun & { readonly use: Use }>> {
  const begun = await begin(use, values, frameSize);
  return begun.is === 'done' ? { is: 'done', value: { ...begun.value, use } } : begun;
}

/** The next frame of a statement that runs. @throws AvaticaError when its result set is lost */
async function next(
  session: Session,
  use: Use,
  operate: (use: Use) => Promise<Attempt<Frame>>,
  signal: AbortSignal,
): Promise<Frame> {
  const attempt = await session.goOn(use, operate, signal);
  if (attempt.is === 'done') return attempt.value;
  if (attempt.is === 'refused') throw refused(attempt.error);
  throw unavailable(new Error(`a result set was lost after its first rows: ${attempt.is}`));
}
