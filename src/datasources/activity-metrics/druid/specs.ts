import { EVIDENCE } from '../evidence.ts';

/**
 * The data sources. `hours`: figures by hour and dimension, with sketches of persons. `details`: every activity, for
 * questions that hours can't answer. `emails`: the evidence of each e-mail send.
 */
export const DATA_SOURCES = ['hours', 'details', 'emails'] as const;
export type DataSource = (typeof DATA_SOURCES)[number];
/** Data sources of earlier versions, which nothing reads any more. `sends` knew no assets. */
export const FORMER_SOURCES = ['sends'] as const;

/**
 * log2 of the buckets of a sketch: 2^14 give a relative standard error of 1.04/√2^14 = 0.81 %. Queries must name it as
 * well: by default Druid merges into sketches of 2^12.
 */
export const SKETCH_LG_K = 14;
/**
 * Three standard errors: of a thousand estimates three are farther off. (`HLL_4` sketches that were merged have no
 * smaller error than 1.04/√k; see "HLL Sketch", Apache DataSketches.)
 */
export const SKETCH_RELATIVE_ERROR = (3 * 1.04) / Math.sqrt(2 ** SKETCH_LG_K);

/** No valid tenant: rows of it are seen by no query. */
const NOBODY = '~schema';

export type Ingestion = {
  readonly topic: string;
  /** Of Kafka's consumer, as Druid is to have them: `bootstrap.servers`, `security.protocol`, …. */
  readonly consumerProperties: Readonly<Record<string, string>>;
  /** Readers of each data source at a time. */
  readonly taskCount: number;
  /** ISO-8601; how long a task reads before it publishes. If it dies before, its rows are read again. */
  readonly taskDuration: string;
  /** Heap for rows of one task that are not written to disk yet, in bytes. */
  readonly maxBytesInMemory: number;
  /** Of `hours` and `details`: how much time a segment covers. Every segment that a task writes to costs heap. */
  readonly segmentGranularity: 'HOUR' | 'DAY' | 'MONTH';
};

const string = (name: string) => ({ type: 'string', name });
const long = (name: string) => ({ type: 'long', name });
const DIMENSIONS = [
  'tenant',
  'type',
  'campaign',
  'channel',
  'asset',
  'source',
  'country',
  'device',
  'isBot',
  'conversion',
  'currency',
].map(string);

type Column = { readonly type: string; readonly name: string; readonly [option: string]: string | number };
type Schema = {
  readonly dimensions: readonly Column[];
  readonly metrics: readonly Column[];
  readonly granularity: {
    readonly segmentGranularity?: 'MONTH';
    readonly queryGranularity: string;
    readonly rollup: boolean;
  };
  /** The filter for messages of the topic. */
  readonly filter: object;
  readonly transforms: readonly object[];
};
const IS_ACTIVITY = { type: 'not', field: { type: 'null', column: 'tenant' } };

const expression = (name: string, text: string) => ({ type: 'expression', name, expression: text });

const FORMER_FACTS = ['sendOrder', 'openedByHuman', 'clickedByHuman', 'unsubscribedByHuman'] as const;

/** Reads facts as an earlier version wrote them: a time with a hash below it, and one choice of who opened. */
function transformsOfFormerFacts(): object[] {
  const HASHES_PER_MS = 2 ** 21;
  return [
    expression('sentAt', `nvl("sentAt", div(cast("sendOrder", 'LONG'), ${HASHES_PER_MS}))`),
    ...['opened', 'clicked', 'unsubscribed'].flatMap((action) =>
      ['WithoutScanners', 'ByPeople'].map((suffix) =>
        expression(`${action}${suffix}`, `nvl("${action}${suffix}", "${action}ByHuman")`),
      ),
    ),
  ];
}

const SCHEMAS: Readonly<Record<DataSource, Schema>> = {
  hours: {
    dimensions: DIMENSIONS,
    metrics: [
      { type: 'count', name: 'activities' },
      { type: 'longSum', name: 'revenueThousands', fieldName: 'revenueThousands' },
      { type: 'longSum', name: 'revenueMicros', fieldName: 'revenueMicros' },
      { type: 'HLLSketchBuild', name: 'leads', fieldName: 'lead', lgK: SKETCH_LG_K, tgtHllType: 'HLL_4' },
    ],
    granularity: { queryGranularity: 'HOUR', rollup: true },
    filter: IS_ACTIVITY,
    transforms: [],
  },
  details: {
    dimensions: [
      ...DIMENSIONS,
      string('lead'),
      string('attributes'),
      long('revenueThousands'),
      long('revenueMicros'),
      // Tells what was there before an erasure.
      long('receivedAt'),
    ],
    metrics: [],
    granularity: { queryGranularity: 'NONE', rollup: false },
    filter: IS_ACTIVITY,
    transforms: [],
  },
  emails: {
    // All that is known of a send is in one or two rows a month.
    dimensions: ['tenant', 'campaign', 'asset', 'lead'].map(string),
    metrics: [
      { type: 'count', name: 'messages' },
      { type: 'longMin', name: 'sentAt', fieldName: 'sentAt' },
      { type: 'longMin', name: 'signAt', fieldName: 'signAt' },
      ...EVIDENCE.map((name) => ({ type: 'longMax', name, fieldName: name })),
    ],
    granularity: { segmentGranularity: 'MONTH', queryGranularity: 'MONTH', rollup: true },
    filter: { type: 'equals', column: 'ofSend', matchValueType: 'STRING', matchValue: 'true' },
    transforms: [
      expression('asset', 'nvl("mailAsset", "asset")'),
      expression('signAt', '"time"'),
      ...transformsOfFormerFacts(),
    ],
  },
};

/**
 * A task that replaces segments of a data source by rows that were counted again. It does not wait for tasks that append
 * to them.
 * @param period whole segments
 * @param directory of files with a row of facts in each line, where Druid's workers see it
 */
export const restatementSpec = (
  prefix: string,
  source: DataSource,
  segmentGranularity: Ingestion['segmentGranularity'],
  period: { readonly from: number; readonly to: number },
  directory: string,
): object => {
  const schema = dataSchema(prefix, source, segmentGranularity);
  const interval = `${new Date(period.from).toISOString()}/${new Date(period.to).toISOString()}`;
  return {
    type: 'index_parallel',
    context: CONCURRENT_LOCKS,
    spec: {
      dataSchema: { ...schema, granularitySpec: { ...schema.granularitySpec, intervals: [interval] } },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'local', baseDir: directory, filter: '*.txt' },
        inputFormat: { type: 'json' },
        appendToExisting: false,
        dropExisting: true,
      },
      tuningConfig: { type: 'index_parallel' },
    },
  };
};

/** Its columns, and how rows are put together. */
export const schemaOf = (source: DataSource): Pick<Schema, 'dimensions' | 'granularity'> => SCHEMAS[source];

/** The columns of a data source that queries name, beside its time. */
export const columnsOf = (source: DataSource): readonly string[] =>
  [...SCHEMAS[source].dimensions, ...SCHEMAS[source].metrics].map((column) => column.name);

const FACTS = [
  'time',
  ...DIMENSIONS.map(({ name }) => name),
  'lead',
  'attributes',
  'revenueThousands',
  'revenueMicros',
  'ofSend',
  'mailAsset',
  'sentAt',
  ...EVIDENCE,
  ...FORMER_FACTS,
];

function dataSchema(prefix: string, source: DataSource, segmentGranularity: Ingestion['segmentGranularity']) {
  const { dimensions, metrics, granularity, filter, transforms } = SCHEMAS[source];
  return {
    dataSource: prefix + source,
    // Messages without facts (leads, campaigns) have no time; they must get past this to be filtered.
    timestampSpec: { column: 'time', format: 'millis', missingValue: '2000-01-01T00:00:00Z' },
    dimensionsSpec: { dimensions },
    metricsSpec: metrics,
    granularitySpec: { type: 'uniform', segmentGranularity, ...granularity },
    transformSpec: { filter, transforms },
  };
}

/** Lets compaction replace what tasks go on appending to, neither waiting for the other. */
export const CONCURRENT_LOCKS = { useConcurrentLocks: true };
/** Larger periods are not compacted: where so much comes in, segments are not small. */
const MAX_COMPACTED_BYTES = 2_000_000_000;

/**
 * Has Druid compact the small segments of a period, one period at a time, even while tasks add to it.
 * @param mark returned with the configuration, to recognise it
 */
export const compactionConfig = (prefix: string, source: DataSource, mark: string) => ({
  dataSource: prefix + source,
  skipOffsetFromLatest: 'PT0S',
  inputSegmentSizeBytes: MAX_COMPACTED_BYTES,
  taskContext: { ...CONCURRENT_LOCKS, mark },
});

/** Reads the topic into a data source. Nothing is too late or too early; what it can't read it counts and goes on. */
export const supervisorSpec = (prefix: string, source: DataSource, ingestion: Ingestion) => ({
  type: 'kafka',
  context: CONCURRENT_LOCKS,
  spec: {
    dataSchema: dataSchema(prefix, source, ingestion.segmentGranularity),
    ioConfig: {
      topic: ingestion.topic,
      inputFormat: {
        type: 'json',
        flattenSpec: {
          useFieldDiscovery: false,
          fields: [
            ...FACTS.map((name) => ({ type: 'path', name, expr: `$.facts.${name}` })),
            { type: 'path', name: 'receivedAt', expr: '$.record.activity.receivedAt' },
          ],
        },
      },
      consumerProperties: { ...ingestion.consumerProperties, 'isolation.level': 'read_committed' },
      taskCount: ingestion.taskCount,
      replicas: 1,
      taskDuration: ingestion.taskDuration,
      completionTimeout: 'PT30M',
      useEarliestOffset: true,
      startDelay: 'PT1S',
      period: 'PT5S',
    },
    tuningConfig: {
      type: 'kafka',
      maxBytesInMemory: ingestion.maxBytesInMemory,
      intermediatePersistPeriod: 'PT1M',
      // Aborted transactions leave gaps in the offsets; that is no data loss.
      resetOffsetAutomatically: false,
      logParseExceptions: true,
      maxParseExceptions: 2 ** 31 - 1,
      maxSavedParseExceptions: 10,
      offsetFetchPeriod: 'PT5S',
    },
  },
});

/**
 * A task that stores one row without a tenant. Without any published segment Druid's SQL would not know the columns of
 * a new data source, least of all its sketches.
 */
export function seedSpec(prefix: string, source: DataSource): object {
  const row = Object.fromEntries([...FACTS, 'receivedAt'].map((name) => [name, '1']));
  return {
    type: 'index_parallel',
    spec: {
      dataSchema: dataSchema(prefix, source, 'DAY'),
      ioConfig: {
        type: 'index_parallel',
        inputSource: {
          type: 'inline',
          data: JSON.stringify({
            ...row,
            time: Date.UTC(2000, 0, 1),
            tenant: NOBODY,
            ofSend: true,
          }),
        },
        inputFormat: { type: 'json' },
        appendToExisting: true,
      },
      tuningConfig: { type: 'index_parallel' },
    },
  };
}
