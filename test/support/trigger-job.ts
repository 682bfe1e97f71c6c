import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  type JobSettings,
  type JobStatus,
  jobStatus,
  renderJob,
  spark,
} from '../../scripts/cluster/engine/spark.ts';
import { sparkContext } from '../../scripts/cluster/engine/spark-context.ts';
import { portsAt } from '../../scripts/cluster/ports.ts';
import type { KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { endWithUs } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** A start takes half a minute on a quiet machine, and many times that on a busy one. */
const START_TIMEOUT_MS = 1_200_000;

/** The job of `cluster/spark` as a process of its own. */
export type TriggerJob = {
  readonly pid: number | undefined;
  /** Undefined while it does not answer. */
  status(): Promise<JobStatus | undefined>;
  /** Waits for a state. @throws Error with the end of its log when the process has ended */
  until(state: JobStatus['state']): Promise<JobStatus>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Has it stand still, as a machine without time for it does, and go on. */
  pause(): void;
  resume(): void;
  /** Asks it to end; gives its exit code. */
  stop(): Promise<number | null>;
};

/**
 * Starts the job on the topics of a Kafka. A directory of an earlier job goes on where that one was.
 */
export async function startTriggerJob(
  directory: string,
  kafka: Pick<KafkaConfig, 'brokers' | 'prefix'>,
  settings: Omit<JobSettings, 'prefix'> = { master: 'local[2]' },
): Promise<TriggerJob> {
  const kafkaPort = Number(kafka.brokers[0]?.split(':')[1]);
  const ports = { ...portsAt(0), kafka: kafkaPort, spark: await freePort() };
  const context = await sparkContext(directory, ports);
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
    pid: child.pid,
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
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}
