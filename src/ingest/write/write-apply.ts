import type { ActivityWrites } from '../../datasources/activity-store/port.ts';
import type { LogRecord } from '../../domain/activity.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { abortable, limitOf } from '../../lib/abort.ts';
import { DomainError } from '../../lib/errors.ts';
import { halvesOf, type Outcome, planSteps, type Step, writeStep } from './write-steps.ts';

/** The store, with whatever else is written in the same transaction. */
export type WriteUnit = { readonly store: ActivityWrites };

/** Runs `work` in one transaction, where the store has transactions: all that it writes is kept, or nothing. */
export type Transact<Unit extends WriteUnit> = <T>(
  work: (unit: Unit) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

/** Records that are written in one transaction, with their outcomes in order. */
export type Piece = {
  readonly records: readonly LogRecord[];
  readonly outcomes: readonly Outcome[];
  /** Whether nothing of the batch is left to be written. */
  readonly isLast: boolean;
};

export type Applying<Unit extends WriteUnit> = {
  readonly transact: Transact<Unit>;
  /** The last writes of a piece's transaction; none unless given. */
  readonly conclude?: (unit: Unit, piece: Piece, signal: AbortSignal) => Promise<void>;
  /** When the store takes longer for a batch, in milliseconds, the rest counts as failed. */
  readonly timeoutMs: number;
};

export type Applied = {
  /** By index of the record; records without an outcome were not written, or it is not known that they were. */
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** Why the store did not take the rest: it does not answer, or not now. Undefined: every record has an outcome. */
  readonly failure: Error | undefined;
};

/**
 * Writes records of one tenant into the store as if one after the other. It makes as few calls as possible, each in a
 * transaction of its own. Live writes and replays of the log both use this function, so that a replay gives the store
 * that was written live.
 *
 * A call that the store refuses for its content is split until each bad record is alone. The others are written, and the
 * bad records have the outcome `refused`.
 *
 * A call that the store neither answers nor gives up is left alone; what it still does is harmless, because every write
 * is idempotent.
 */
export async function applyRecords<Unit extends WriteUnit>(
  { transact, conclude, timeoutMs }: Applying<Unit>,
  tenant: Tenant,
  records: readonly LogRecord[],
): Promise<Applied> {
  const outcomes = new Map<number, Outcome>();
  const limit = limitOf(undefined, {
    ms: timeoutMs,
    timedOut: () => new DomainError('TIMEOUT', 'The store does not answer.'),
  });
  const { signal } = limit;
  const steps = planSteps(records);

  const inTransaction = async (
    step: Step,
    write: (unit: Unit) => Promise<readonly Outcome[]>,
  ): Promise<void> => {
    const work = transact(async (unit) => {
      const written = await write(unit);
      await conclude?.(
        unit,
        {
          records: step.items.map(({ index }) => records[index] as LogRecord),
          outcomes: written,
          isLast: steps.length === 0,
        },
        signal,
      );
      return written;
    }, signal);
    const written = await abortable(work, signal);
    for (const [place, { index }] of step.items.entries()) outcomes.set(index, written[place] as Outcome);
  };

  try {
    for (let step = steps.shift(); step; step = steps.shift()) {
      const current = step;
      try {
        await inTransaction(current, ({ store }) => writeStep(store, tenant, current, signal));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const halves = halvesOf(current);
        if (halves) steps.unshift(...halves);
        else await inTransaction(current, async () => [{ kind: 'refused', error }]);
      }
    }
    return { outcomes, failure: undefined };
  } catch (failure) {
    return { outcomes, failure: failure as Error };
  } finally {
    limit.end();
  }
}

/**
 * Whether an error is about the records themselves, so that trying again can't help. Everything else may pass, and the
 * records must not be set aside for it.
 */
function isRefusal(error: unknown): error is Error {
  if (error instanceof DomainError) return error.code === 'BAD_USER_INPUT';
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

/** Why the store refused a record, in our own words with the kind of the fault, never with the store's message. */
export const refusalText = (error: Error): string =>
  error instanceof DomainError ? error.message : 'The store can not keep this as it is.';
