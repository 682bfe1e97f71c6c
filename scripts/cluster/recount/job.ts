import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaConfig } from '../../../src/datasources/activity-log/kafka/config.ts';
import { uniqueTopic } from '../../../src/datasources/activity-log/kafka/config.ts';
import type { DataSource } from '../../../src/datasources/activity-metrics/druid/specs.ts';
import type { EngineContext } from '../definition.ts';
import { type JobSettings, jobArguments, sparkValues } from '../engine/spark.ts';
import { render } from '../render.ts';

export type SparkSettings = Pick<JobSettings, 'master' | 'driverHost'> & {
  readonly context: EngineContext;
  readonly kafka: KafkaConfig;
};

/** A part of the topic `unique`. */
export type Part = {
  /** Of when activities occurred, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Where the topic is read to, by partition: the offset after the last. */
  readonly ends: Readonly<Record<string, number>>;
};

/** The end of its log that a failure shows. */
const SHOWN = 4_000;

/**
 * Counts every figure of a period from the topic, by tenant and by the names of `Figures`.
 * @throws Error with the end of the job's log
 */
export async function countInSpark(
  settings: SparkSettings,
  part: Part,
  asOf: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<string, bigint>>> {
  const output = join(settings.context.directory, 'figures.jsonl');
  await runJob(settings, part, { purpose: 'count', 'as.of': String(asOf), source: '', output }, signal);
  const counted = new Map<string, Map<string, bigint>>();
  for (const line of (await readFile(output, 'utf8')).split('\n')) {
    if (line === '') continue;
    const { tenant, figure, value } = JSON.parse(line) as { tenant: string; figure: string; value: string };
    const figures = counted.get(tenant) ?? new Map<string, bigint>();
    counted.set(tenant, figures.set(figure, BigInt(value)));
  }
  await rm(output);
  return counted;
}

/** Writes the rows that a data source is to have of a part, as files in a directory. @throws Error as `countInSpark` */
export async function writeRows(
  settings: SparkSettings,
  source: DataSource,
  part: Part,
  signal: AbortSignal,
): Promise<string> {
  const output = join(settings.context.directory, 'rows', source);
  await runJob(settings, part, { purpose: 'restate', 'as.of': '0', source, output }, signal);
  return output;
}

async function runJob(
  { context, kafka, master, driverHost }: SparkSettings,
  { from, to, ends }: Part,
  values: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  await render(context, 'spark/recount.properties', 'recount.properties', {
    brokers: kafka.brokers.join(),
    prefix: kafka.prefix,
    from: String(from),
    to: String(to),
    ending: JSON.stringify({ [uniqueTopic(kafka)]: ends }),
    ...(await sparkValues(context, { master, driverHost })),
    ...values,
  });
  const child = spawn(context.java.java, [...jobArguments(context, 'RecountJob', 'recount.properties')], {
    cwd: context.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-SHOWN);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The job that counts has failed:\n${log}`);
}
