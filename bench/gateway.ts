// CPU of a request, ours against a plain Apollo Server monolith over the same data, in one run.
// Needs `wrk` (apt-get install wrk). Both servers run by turns on the same machine; figures are CPU time of
// the server's process, all its threads, divided by the requests it answered: `node bench/gateway.ts`

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ACTIVITY } from '../src/domain/activity.ts';
import { toGlobalId } from '../src/domain/ids.ts';
import { LEAD } from '../src/domain/lead.ts';
import { benchData } from './memory-store.ts';

const run = promisify(execFile);
const ROUNDS = 7;
const SECONDS = 4;
const CONNECTIONS = 32;

const data = benchData('bench');
const activity = data.activities[0];
if (!activity) throw new Error('no data');
const CASES = [
  {
    name: '1 entity',
    limit: 0.5,
    query: `{ activity(id: "${toGlobalId(ACTIVITY, activity.id)}") { id messageId occurredAt channel isBot } }`,
  },
  {
    name: '50 activities with campaign',
    limit: 0.25,
    query: `{ lead(id: "${toGlobalId(LEAD, activity.leadKey)}") { id activities(first: 50) { nodes { id messageId occurredAt channel campaign { id name } } } } }`,
  },
  {
    name: '50 over three subgraphs',
    limit: 0.22,
    query:
      '{ searchActivities(first: 50) { edges { score node { id messageId occurredAt channel campaign { id name } } } } }',
  },
] as const;

type Server = {
  readonly pid: number;
  readonly url: string;
  readonly token: string | undefined;
  stop(): void;
};

async function start(file: string, lines: number): Promise<Server> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.split('\n').length > lines) resolve();
    });
  });
  const [url = '', token] = output.trim().split('\n');
  return { pid: child.pid ?? 0, url, token, stop: () => child.kill('SIGKILL') };
}

/** CPU seconds of a process so far, user and system (proc(5), fields 14 and 15; 100 ticks a second). */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function load(
  server: Server,
  query: string,
  seconds: number,
): Promise<{ requests: number; micros: number }> {
  const script = join(await mkdtemp(join(tmpdir(), 'journeygraph-wrk-')), 'post.lua');
  const authorization = server.token ? `wrk.headers["authorization"] = "Bearer ${server.token}"\n` : '';
  await writeFile(
    script,
    `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\n${authorization}wrk.body = [[${JSON.stringify({ query })}]]\n`,
  );
  const before = await cpuSeconds(server.pid);
  const { stdout } = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, server.url]);
  const spent = (await cpuSeconds(server.pid)) - before;
  if (/Non-2xx/.test(stdout)) throw new Error(`refused requests:\n${stdout}`);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  return { requests, micros: (spent / requests) * 1e6 };
}

/** Both must give an answer with as much in it, or the comparison means nothing. */
async function check(server: Server, query: string): Promise<number> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(server.token && { authorization: `Bearer ${server.token}` }),
    },
    body: JSON.stringify({ query }),
  });
  const body = (await response.json()) as { data?: unknown; errors?: unknown };
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return JSON.stringify(body.data).length;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const only = process.argv[2];
const ours = await start('our-server.ts', 2);
const plain = await start('plain-server.ts', 1);
try {
  for (const { name, limit, query } of CASES) {
    if (only && !name.includes(only)) continue;
    const [a, b] = [await check(ours, query), await check(plain, query)];
    await Promise.all([load(ours, query, 3), load(plain, query, 3)]);
    const results: { ours: number; plain: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      results.push({
        ours: (await load(ours, query, SECONDS)).micros,
        plain: (await load(plain, query, SECONDS)).micros,
      });
    const ratio = median(results.map((result) => result.ours / result.plain));
    console.log(
      `${name}: ${median(results.map((result) => result.ours)).toFixed(0)} µs against ${median(results.map((result) => result.plain)).toFixed(0)} µs, ` +
        `ratio ${ratio.toFixed(2)} (at most ${limit}); answers of ${a} and ${b} bytes; ratios ${results.map((result) => (result.ours / result.plain).toFixed(2)).join(' ')}`,
    );
  }
} finally {
  ours.stop();
  plain.stop();
}
