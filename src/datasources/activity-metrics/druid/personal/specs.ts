import { HOUR_MS } from '../../../../domain/time/buckets.ts';
import { EVIDENCE } from '../../evidence.ts';
import type { Period } from '../observer.ts';
import { CONCURRENT_LOCKS, type DataSource, type Ingestion, schemaOf } from '../specs.ts';

/** The data sources with rows of single people. */
export type PersonalSource = Extract<DataSource, 'details' | 'emails'>;

/** A person in Druid: the tenant's id, and for each key the random key that replaces it. */
type Forgotten = {
  readonly tenantId: string;
  readonly nobodies: ReadonlyMap<string, string>;
  /** Activities that were received later are a new person's, epoch milliseconds. Rows of older versions tell no time. */
  readonly until: number;
};

export type Rewriting = {
  readonly prefix: string;
  readonly source: PersonalSource;
  readonly segmentGranularity: Ingestion['segmentGranularity'];
  /** Whole segments, in their order; all are replaced at once. */
  readonly chunks: readonly Period[];
  readonly forgotten: Forgotten;
};

const isoOf = ({ from, to }: Period): string =>
  `${new Date(from).toISOString()}/${new Date(to).toISOString()}`;

/** A task that writes these segments again without the person. It does not wait for tasks that append to them. */
export function rewriteSpec(rewriting: Rewriting): object {
  const { prefix, source, chunks, segmentGranularity } = rewriting;
  const { dimensions, granularity } = schemaOf(source);
  const whole = { from: chunks[0]?.from ?? 0, to: chunks.at(-1)?.to ?? 0 };
  return {
    type: 'index_parallel',
    context: CONCURRENT_LOCKS,
    spec: {
      dataSchema: {
        dataSource: prefix + source,
        timestampSpec: { column: '__time', format: 'millis' },
        dimensionsSpec: { dimensions },
        ...CHANGES[source](rewriting.forgotten),
        granularitySpec: {
          type: 'uniform',
          segmentGranularity,
          ...granularity,
          intervals: chunks.map(isoOf),
        },
      },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'druid', dataSource: prefix + source, interval: isoOf(whole) },
        appendToExisting: false,
        // Also a segment of which nothing is left.
        dropExisting: true,
      },
      tuningConfig: { type: 'index_parallel' },
    },
  };
}

/** A task that deletes the files of all segments that are not used. */
export const killSpec = (name: string, period: Period): object => ({
  type: 'kill',
  dataSource: name,
  interval: isoOf(period),
  context: CONCURRENT_LOCKS,
});

/** Details of the person go. Sends get the random keys, and their times become the start of the hour. */
const CHANGES: Readonly<Record<PersonalSource, (forgotten: Forgotten) => object>> = {
  details: ({ tenantId, nobodies, until }) => ({
    metricsSpec: [],
    transformSpec: {
      filter: {
        type: 'not',
        field: {
          type: 'and',
          fields: [
            { type: 'selector', dimension: 'tenant', value: tenantId },
            { type: 'in', dimension: 'lead', values: [...nobodies.keys()] },
            {
              type: 'or',
              fields: [
                { type: 'null', column: 'receivedAt' },
                { type: 'range', column: 'receivedAt', matchValueType: 'LONG', upper: until },
              ],
            },
          ],
        },
      },
    },
  }),
  emails: ({ tenantId, nobodies }) => {
    const isTheirs = (key: string) => `"tenant" == ${literal(tenantId)} && "lead" == ${literal(key)}`;
    const cases = [...nobodies].map(([key, nobody]) => `${isTheirs(key)}, ${literal(nobody)}`);
    const isAny = [...nobodies.keys()].map((key) => `(${isTheirs(key)})`).join(' || ');
    const cut = (name: string) =>
      expression(name, `if(${isAny}, "${name}" - ("${name}" % ${HOUR_MS}), "${name}")`);
    const again = (type: string, name: string) => ({ type, name, fieldName: name });
    return {
      metricsSpec: [
        again('longSum', 'messages'),
        again('longMin', 'sentAt'),
        again('longMin', 'signAt'),
        ...EVIDENCE.map((name) => again('longMax', name)),
      ],
      transformSpec: {
        transforms: [
          expression('lead', `case_searched(${cases.join(', ')}, "lead")`),
          cut('sentAt'),
          cut('signAt'),
        ],
      },
    };
  },
};

const expression = (name: string, text: string) => ({ type: 'expression', name, expression: text });
const literal = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
