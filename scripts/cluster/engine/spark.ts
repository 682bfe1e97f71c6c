import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineContext, EngineDefinition } from '../definition.ts';
import { getJson } from '../get-json.ts';
import { commonOptions, configured, opens, render } from '../render.ts';

const run = promisify(execFile);

/** The job's answer to `GET /status`; see JobStatus.java. */
export type JobStatus = {
  readonly state: 'WAITING' | 'STARTING' | 'RUNNING' | 'FAILED';
  readonly message: string;
  /** Since the start of its process: batches with records, and records. */
  readonly batches: number;
  readonly records: number;
  /** Records of the partition that is farthest behind. */
  readonly behind: number;
  readonly cpuMs: number;
};

/** Where the stream runs. */
export type JobSettings = {
  /** Beginning of the names of topics. */
  readonly prefix: string;
  /** Spark's name of the cluster: `local[2]` is this process alone. */
  readonly master: string;
  /** The address of this process for executors of other processes; 127.0.0.1 unless given. */
  readonly driverHost?: string | undefined;
  /** Records of one batch, at most. */
  readonly maxOffsets?: number | undefined;
};

/** Some seconds of work: after a start it may have a long way to go. */
const MAX_OFFSETS = 50_000;

/** Of another master than this process: what its executors have to fetch. Spark itself is theirs. */
async function executorJars(context: EngineContext, master: string): Promise<readonly string[]> {
  if (master.startsWith('local')) return [];
  const own = configured(context, 'decisions.jar');
  await run(join(context.java.javac, '..', 'jar'), ['--create', '--file', own, '-C', context.classes, '.']);
  const connector = /\/(?:spark-[\w-]*kafka|kafka-clients|commons-pool2)[^/]*\.jar$/;
  return [own, ...context.jars('spark').filter((jar) => connector.test(jar))];
}

/** Renders the job's settings. */
export async function renderJob(
  context: EngineContext,
  { prefix, master, driverHost, maxOffsets = MAX_OFFSETS }: JobSettings,
): Promise<void> {
  await render(context, 'spark/trigger.properties', 'trigger.properties', {
    prefix,
    'max.offsets': String(maxOffsets),
    ...(await sparkValues(context, { master, driverHost })),
  });
}

/** Renders how Spark logs; gives the values that the settings of every job of Spark have. */
export async function sparkValues(
  context: EngineContext,
  { master, driverHost }: Pick<JobSettings, 'master' | 'driverHost'>,
): Promise<Readonly<Record<string, string>>> {
  const host = '127.0.0.1';
  await render(context, 'log4j2.properties', 'log4j2.properties', {
    'log.level': 'warn',
    'log.name': 'spark',
  });
  return {
    master,
    'driver.host': driverHost ?? host,
    'driver.bind': driverHost === undefined ? host : '0.0.0.0',
    'executor.jars': (await executorJars(context, master)).join(),
  };
}

/** Options that open parts of Java 17 to Spark. */
const sparkModuleOptions = (): readonly string[] => [
  ...opens(
    'java.base/java.io',
    'java.base/java.lang',
    'java.base/java.lang.invoke',
    'java.base/java.lang.reflect',
    'java.base/java.net',
    'java.base/java.nio',
    'java.base/java.util',
    'java.base/java.util.concurrent',
    'java.base/java.util.concurrent.atomic',
    'java.base/jdk.internal.ref',
    'java.base/sun.nio.ch',
    'java.base/sun.nio.cs',
    'java.base/sun.security.action',
    'java.base/sun.util.calendar',
  ),
  '-Djdk.reflect.useDirectMethodHandle=false',
];

/** The arguments of `java` for a job with its rendered settings. */
export const jobArguments = (
  context: EngineContext,
  job: 'TriggerJob' | 'RecountJob',
  settings: string,
): readonly string[] => [
  ...['-Xms256m', '-Xmx768m', '-XX:+UseSerialGC', '-XX:MaxDirectMemorySize=256m'],
  ...sparkModuleOptions(),
  ...commonOptions(context),
  `-Dlog4j2.configurationFile=${configured(context, 'log4j2.properties')}`,
  ...['-cp', [context.classes, ...context.jars('spark')].join(delimiter)],
  ...[job, configured(context, settings)],
];

/** Asks a job how far it is. */
export const jobStatus = (port: number, signal: AbortSignal): Promise<JobStatus> =>
  getJson<JobStatus>(`http://127.0.0.1:${port}/status`, signal);

/** By the environment, where an operator has a cluster of Spark. */
export const whereSparkRuns = (): Pick<JobSettings, 'master' | 'driverHost'> => ({
  master: process.env['SPARK_MASTER'] || 'local[2]',
  driverHost: process.env['SPARK_DRIVER_HOST'] || undefined,
});

export const spark: EngineDefinition = {
  name: 'spark',
  needs: ['kafka'],
  sets: ['spark'],
  prepare: (context) =>
    renderJob(context, {
      prefix: `${process.env['CLUSTER_NAME'] || 'journeygraph'}.`,
      ...whereSparkRuns(),
    }),
  arguments: (context) => jobArguments(context, 'TriggerJob', 'trigger.properties'),
  async probe({ ports, signal }) {
    const { state, message } = await jobStatus(ports.spark, signal);
    // The product makes the topics, and starts when the engines are ready: without topics nothing is missing.
    if (state !== 'RUNNING' && state !== 'WAITING') throw new Error(message);
  },
};
