import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sparkContext } from '../../scripts/cluster/engine/spark-context.ts';
import { getJson } from '../../scripts/cluster/get-json.ts';
import { portsAt } from '../../scripts/cluster/ports.ts';
import { endWithUs } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** A cluster of Spark on this machine: a master, and workers with one core each. */
export type SparkStandalone = {
  /** For `SPARK_MASTER`. */
  readonly master: string;
  /** The processes of executors that run now. */
  executors(): readonly number[];
  stop(): Promise<void>;
};

const START_MS = 300_000;
const REQUEST_MS = 10_000;
const DEPLOY = 'org.apache.spark.deploy';

/** Starts Spark's own master and workers from the jars of the job: no distribution of Spark is needed. */
export async function startSparkStandalone(directory: string, workers: number): Promise<SparkStandalone> {
  const { java, jars } = await sparkContext(directory, portsAt(0));
  const home = join(directory, 'home');
  await mkdir(join(home, 'jars'), { recursive: true });
  for (const jar of jars('spark')) await symlink(jar, join(home, 'jars', jar.split('/').at(-1) ?? ''));
  const children: ChildProcess[] = [];
  let log = '';
  const start = (name: string, ...rest: readonly string[]): ChildProcess => {
    const options = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const child = spawn(
      java.java,
      [...options, '-cp', join(home, 'jars', '*'), `${DEPLOY}.${name}`, ...rest],
      {
        cwd: directory,
        env: {
          PATH: process.env['PATH'],
          HOME: directory,
          JAVA_HOME: dirname(dirname(java.java)),
          SPARK_HOME: home,
          SPARK_LOCAL_IP: '127.0.0.1',
          // Without it a worker looks for a build of Spark's sources.
          SPARK_SCALA_VERSION: '2.13',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    endWithUs(child);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        log = (log + text).slice(-8_000);
      });
    children.push(child);
    return child;
  };

  const [port, web] = [await freePort(), await freePort()];
  const master = `spark://127.0.0.1:${port}`;
  start('master.Master', '--host', '127.0.0.1', '--port', String(port), '--webui-port', String(web));
  const own: ChildProcess[] = [];
  for (let index = 0; index < workers; index += 1) {
    const ui = String(await freePort());
    const options = ['--host', '127.0.0.1', '--cores', '1', '--memory', '1200m', '--webui-port', ui];
    own.push(start('worker.Worker', ...options, '--work-dir', join(directory, `work-${index}`), master));
  }
  await until(
    'the workers are registered',
    async () => {
      if (children.some(({ exitCode }) => exitCode !== null)) throw new Error(`Spark has ended:\n${log}`);
      // While it starts, the master answers with a page, or not at all.
      const answer = await getJson<{ readonly aliveworkers: number }>(
        `http://127.0.0.1:${web}/json/`,
        AbortSignal.timeout(REQUEST_MS),
      ).catch(() => undefined);
      return answer?.aliveworkers === workers;
    },
    START_MS,
  );
  return {
    master,
    executors: () => own.flatMap(({ pid }) => executorsOf(pid)),
    async stop() {
      const ends = children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'exit');
      });
      await Promise.all(ends);
    },
  };
}

/** A worker has no other children. */
function executorsOf(worker: number | undefined): number[] {
  try {
    return execFileSync('ps', ['--ppid', String(worker), '-o', 'pid='], { encoding: 'utf8' })
      .split('\n')
      .flatMap((line) => (line.trim() === '' ? [] : [Number(line)]));
  } catch {
    return [];
  }
}
