import type { Viewer } from '../../auth/viewer.ts';
import type { ActivityMetrics } from '../../datasources/activity-metrics/port.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import { boundedList, pageSize } from '../../lib/bounds.ts';
import type { RequireAttributes } from '../known-attributes.ts';
import { type Compared, compare, type FigureValue, figureOf, shiftOf } from './compared.ts';
import { type EmailQuestion, type EmailReport, readEmails } from './emails.ts';
import { type Exchange, noExchange } from './exchange.ts';
import { checkHavingAndOrder, comparatorOf, holds } from './having.ts';
import { type CampaignFigures, type PerformanceQuestion, readCampaigns } from './performance.ts';
import { createPeriods } from './period.ts';
import { permitted } from './permitted.ts';
import type { MetricsQuestion } from './plan.ts';
import { attributesIn, type FiguresQuestion, MAX_FILTERS, questionOf } from './question.ts';
import { type RevenueWarning, warningsOf } from './revenue.ts';
import { createReadRows } from './rows.ts';

/** One row of figures, with keys as the viewer may see them. */
type FiguresRow = {
  /** Start of the bucket, epoch milliseconds; null without a grain. */
  readonly time: number | null;
  /** In the order of the question's dimensions. */
  readonly dimensions: readonly {
    readonly name: string;
    readonly value: string | null;
    /** Of the dimension `campaign`. */
    readonly campaignId: string | null;
  }[];
  /** In the order of the question's measures. */
  readonly values: readonly FigureValue[];
};
export type FiguresAnswer = {
  /** The period that was meant, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  readonly asOf: number;
  readonly rows: readonly FiguresRow[];
  /** Before `limit`. */
  readonly totalRows: number;
  readonly uniquesExact: boolean;
  /** Of unique figures, three standard errors; 0 where they are exact. */
  readonly uniquesRelativeError: number;
  readonly warnings: readonly RevenueWarning[];
};

/**
 * Figures as a viewer may ask and see them.
 * @throws DomainError `BAD_USER_INPUT` or `FORBIDDEN` at the field of the question that is wrong or personal
 */
export type Figures = {
  metrics(viewer: Viewer, question: FiguresQuestion, signal: AbortSignal): Promise<FiguresAnswer>;
  /** Of campaigns, in the order of their ids; one question to the store for all. */
  campaigns(
    viewer: Viewer,
    ids: readonly string[],
    question: PerformanceQuestion,
    signal: AbortSignal,
  ): Promise<readonly CampaignFigures[]>;
  emails(viewer: Viewer, question: EmailQuestion, signal: AbortSignal): Promise<EmailReport>;
};

const MAX_ROWS = 10_000;
const DEFAULT_ROWS = 1_000;

export type FiguresOptions = {
  readonly metrics: ActivityMetrics;
  readonly types: Pick<ActivityTypes, 'list'>;
  readonly requireAttributes: RequireAttributes;
  /** Converts revenue. Without it revenue stays in the currency of each conversion. */
  readonly exchange?: Exchange;
  /** Clock, epoch milliseconds. */
  readonly now?: () => number;
};

export function createFigures(options: FiguresOptions): Figures {
  const { types, requireAttributes, exchange = noExchange, now = Date.now } = options;
  const read = createReadRows(options.metrics, exchange);
  const periods = createPeriods(now);

  return {
    async metrics(viewer, asked, signal) {
      const question = await permitted(viewer, questionOf(asked, periods), types, signal);
      const limit = pageSize(asked.limit, MAX_ROWS, DEFAULT_ROWS, 'limit');
      const having = boundedList(asked.having ?? [], MAX_FILTERS, 'having');
      const order = boundedList(asked.order ?? [], MAX_FILTERS, 'order');
      checkHavingAndOrder(question, having, order);
      await requireAttributes(viewer, attributesIn(asked), signal);

      const shift = asked.compare ? shiftOf(asked.compare, question) : undefined;
      const [answer, earlier] = await Promise.all([
        read(viewer.tenant, question, signal),
        shift && read(viewer.tenant, shift.question, signal),
      ]);
      const rows = compare(answer, earlier, shift).filter(({ row }) =>
        having.every((condition) => holds(row, condition)),
      );
      if (order.length > 0) {
        const byOrder = comparatorOf(order);
        rows.sort((a, b) => byOrder(a.row, b.row));
      }
      return {
        from: question.from,
        to: question.to,
        timeZone: question.calendar.timeZone,
        asOf: question.asOf,
        rows: rows.slice(0, limit).map((compared) => rowOf(compared, question, earlier !== undefined)),
        totalRows: rows.length,
        uniquesExact: answer.uniquesRelativeError === 0,
        uniquesRelativeError: answer.uniquesRelativeError,
        warnings: warningsOf([...answer.rows, ...(earlier?.rows ?? [])].map(({ revenue }) => revenue)),
      };
    },
    campaigns: ({ tenant }, ids, asked, signal) => readCampaigns(read, periods, tenant, ids, asked, signal),
    emails: ({ tenant }, asked, signal) => readEmails(read, periods, tenant, asked, signal),
  };
}

function rowOf({ row, before }: Compared, question: MetricsQuestion, isCompared: boolean): FiguresRow {
  return {
    time: row.time,
    dimensions: question.dimensions.map((dimension, index) => {
      const value = row.keys[index] ?? null;
      return {
        name: typeof dimension === 'string' ? dimension : dimension.attribute,
        value,
        campaignId: dimension === 'campaign' ? value : null,
      };
    }),
    values: question.measures.map((measure) => figureOf(measure, row, isCompared ? before : null)),
  };
}
