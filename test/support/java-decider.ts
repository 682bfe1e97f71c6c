import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { compile } from '../../scripts/cluster/compile.ts';
import { fetchJars, jarPaths, LOCK_FILE, parseLock } from '../../scripts/cluster/jars.ts';
import { cacheDirectory, findJava } from '../../scripts/cluster/java.ts';
import { campaignKey } from '../../src/datasources/smart-campaigns/kafka/campaign-message.ts';

/** The Java of the decisions, as a process without Spark. */
export type JavaDecider = {
  /** Puts campaigns, given as values of messages, or deletes them where the value is empty. */
  put(tenantId: string, campaignId: string, value: string): void;
  /** The messages of each record's decisions, in the order of the records. */
  decide(records: readonly string[]): Promise<readonly (readonly unknown[])[]>;
  /** Ends its input; gives its exit code and what it said of its end. */
  close(): Promise<{ readonly code: number | null; readonly errors: string }>;
};

export async function startJavaDecider(): Promise<JavaDecider> {
  const cache = cacheDirectory();
  const java = findJava();
  const lock = parseLock(readFileSync(LOCK_FILE, 'utf8'));
  await fetchJars({ cache, sets: ['spark'], lock, onProgress: () => {} });
  const jars = jarPaths(cache, lock);
  const classes = await compile({ name: 'spark', sets: ['spark'] }, java, cache, jars);
  const classPath = [classes, ...jars('spark')].join(delimiter);
  const child = spawn(java.java, ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', 'DecideLines'], {
    env: { ...process.env, CLASSPATH: classPath },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end before it has read everything.
  child.stdin.on('error', () => {});
  const exited = once(child, 'close');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  return {
    put(tenantId, campaignId, value) {
      child.stdin.write(`campaign\t${campaignKey(tenantId, campaignId)}\t${value}\n`);
    },
    async decide(records) {
      child.stdin.write(records.map((record) => `record\t${record}\n`).join(''));
      const answers: unknown[][] = [];
      while (answers.length < records.length) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`The Java process has ended: ${errors}`);
        answers.push(JSON.parse(value));
      }
      return answers;
    },
    async close() {
      child.stdin.end();
      const [code] = (await exited) as [number | null];
      return { code, errors };
    },
  };
}
