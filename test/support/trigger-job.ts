import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { compile } from '../../scripts/cluster/compile.ts';
import type { EngineContext } from '../../scripts/cluster/definition.ts';
import {
  type JobSettings,
  type JobStatus,
  jobStatus,
  renderJob,
  spark,
} from '../../scripts/cluster/engine/spark.ts';
import { fetchJars, jarPaths, LOCK_FILE, parseLock } from '../../scripts/cluster/jars.ts';
import { cacheDirectory, findJava } from '../../scripts/cluster/java.ts';
import { portsAt } from '../../scripts/cluster/ports.ts';
import type { KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { endWithUs } from './child.ts';
import { until } from './until.ts';

/** A start takes half a minute on a quiet machine, and many times that on a busy one. */
const START_TIMEOUT_MS = 1_200_000;

/** The job of `cluster/spark` as a process of its own. */
export type TriggerJob = {
  /** Undefined while it does not answer. */
  status(): Promise<JobStatus | undefined>;
  /** Waits for a state. @throws Error with the end of its log when the process has ended */
  until(state: JobStatus['state']): Promise<JobStatus>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Asks it to end; gives its exit code. */
  stop(): Promise<number | null>;
};

/** Java, jars and classes of the job, with its data in a directory. */
async function sparkContext(directory: string, broker: string): Promise<EngineContext> {
  const cache = cacheDirectory();
  const java = findJava();
  const lock = parseLock(readFileSync(LOCK_FILE, 'utf8'));
  await fetchJars({ cache, sets: spark.sets, lock, onProgress: () => {} });
  const jars = jarPaths(cache, lock);
  const classes = await compile(spark, java, cache, jars);
  await mkdir(join(directory, 'tmp'), { recursive: true });
  const ports = { ...portsAt(0), kafka: Number(broker.split(':')[1]), spark: await freePort() };
  return { java, ports, directory, jars, classes };
}

/**
 * Starts the job on the topics of a Kafka. A directory of an earlier job goes on where that one was.
 */
export async function startTriggerJob(
  directory: string,
  kafka: Pick<KafkaConfig, 'brokers' | 'prefix'>,
  settings: Omit<JobSettings, 'prefix'> = { master: 'local[2]' },
): Promise<TriggerJob> {
  const context = await sparkContext(directory, kafka.brokers[0] ?? '');
  await renderJob(context, { prefix: kafka.prefix, ...settings });
  const child = spawn(context.java.java, [...spark.arguments(context)], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  const exited = once(child, 'close');
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-8_000);
    });
  const status = () => jobStatus(context.ports.spark, AbortSignal.timeout(30_000)).catch(() => undefined);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  return {
    status,
    async until(state) {
      let last: JobStatus | undefined;
      await until(
        `the job is ${state}`,
        async () => {
          if (hasEnded()) throw new Error(`The job has ended:\n${log}`);
          last = await status();
          return last?.state === state;
        },
        START_TIMEOUT_MS,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${JSON.stringify(last)}\n${log}`);
      });
      return last as JobStatus;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

/** A port of 127.0.0.1 on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A server without a port.');
  return address.port;
}
