import type { LogRecord } from '../../../domain/activity.ts';
import type { Entry, Turn } from '../lane-turns.ts';
import { asUnavailable } from '../write-answers.ts';
import type { Outcome } from '../write-steps.ts';
import type { LogWrites } from './append-batch.ts';
import { isLeadWrite, type LeadWrites } from './lead-writes.ts';
import type { PutRows } from './put-rows.ts';

type BatchWritesOptions = {
  readonly logWrites: Pick<LogWrites, 'append' | 'appendLater'>;
  readonly putRows: PutRows;
  readonly leadWrites: Pick<LeadWrites, 'apply' | 'follow'>;
  /** Called when entries are answered after their batch is written. */
  onAnswered(): void;
};

/** Entries of a turn that wait for the same: for rows alone, or also for lead writes. */
type Waiting = 'rows' | 'apply' | 'follow';

const waitingFor = ({ records, isAwaited }: Entry): Waiting =>
  !records.some(isLeadWrite) ? 'rows' : isAwaited ? 'apply' : 'follow';

/**
 * Writes batches to log and store at once. The write of a batch resolves when the log and the rows are written; entries
 * with lead writes are answered when these are done.
 */
export function createBatchWrites(options: BatchWritesOptions): (turns: readonly Turn[]) => Promise<void> {
  const { logWrites, putRows, leadWrites, onAnswered } = options;

  const answerAll = (
    { tenant, entries }: Turn,
    failure: Error | undefined,
    isWritten: (record: LogRecord) => boolean,
    outcomes: ReadonlyMap<LogRecord, Outcome>,
  ): void => {
    for (const { records, refuse, answer } of entries) {
      if (failure) {
        // Refused, but to be read in the store: the log must have it, too.
        logWrites.appendLater(tenant, records.filter(isWritten));
        refuse(failure);
      } else answer(records.map((record) => outcomes.get(record) ?? { kind: 'done' }));
    }
  };

  const writeTurn = async ({ tenant, entries }: Turn, storing: Promise<boolean>): Promise<void> => {
    const byWait = Map.groupBy(entries, waitingFor);
    const late = (['apply', 'follow'] as const).flatMap((how) => {
      const own = byWait.get(how);
      if (!own) return [];
      const records = own.flatMap((entry) => entry.records.filter(isLeadWrite));
      return [{ own, doing: leadWrites[how](tenant, records) }];
    });
    const [failure, hasRows] = await Promise.all([logWrites.append({ tenant, entries }), storing]);
    const isWrittenBy = (outcomes: ReadonlyMap<LogRecord, Outcome>) => (record: LogRecord) =>
      isLeadWrite(record) ? outcomes.has(record) : hasRows;
    const none = new Map<LogRecord, Outcome>();
    answerAll({ tenant, entries: byWait.get('rows') ?? [] }, failure, isWrittenBy(none), none);
    for (const { own, doing } of late)
      void doing
        .then((outcomes) => answerAll({ tenant, entries: own }, failure, isWrittenBy(outcomes), outcomes))
        .catch((error: unknown) => {
          for (const entry of own) entry.refuse(asUnavailable(error));
        })
        .finally(onAnswered);
  };

  return async (turns) => {
    const storing = putRows(turns);
    await Promise.all(turns.map((turn) => writeTurn(turn, storing)));
  };
}
