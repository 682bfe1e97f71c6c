import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { temporaryDirectory } from './temp.ts';

const run = promisify(execFile);
export type TestServer = {
  readonly url: string;
  readonly data: string;
  readonly pid: number;
  stop(): Promise<void>;
};

/** The directory of the newest PostgreSQL installed. @throws Error that says how to install it */
function binaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = candidates.find((directory) => existsSync(join(directory, 'initdb')));
  if (!found) throw new Error('PostgreSQL is needed by the tests: apt-get install postgresql');
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * initdb refuses to run as root; there, the account that the package made is used. Not through `runuser`: it
 * stops itself when what it runs is stopped, as tests do to freeze the server.
 */
async function account(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/**
 * Starts a real PostgreSQL on a free port of 127.0.0.1, with data of its own.
 * @param isSynced whether commits are synced to the disk; a test has no use for that
 * @param settings more arguments of the server
 */
export async function startPostgres({
  isSynced = false,
  settings: own = [] as readonly string[],
} = {}): Promise<TestServer> {
  const bin = binaries();
  const user = await account();
  const directory = await temporaryDirectory();
  if (user.uid !== undefined && user.gid !== undefined) await chown(directory.path, user.uid, user.gid);
  const data = join(directory.path, 'data');
  const options = { ...user, cwd: directory.path };
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'test', '--no-sync', '-E', 'UTF8', '--locale=C'],
    options,
  );
  const port = await freePort();
  const settings = [
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    '-k',
    directory.path,
    ...(isSynced ? [] : ['-F']),
    '-c',
    'max_connections=200',
    ...own,
  ];
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...options, stdio: 'ignore' });
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  await untilReady(url);
  return {
    url,
    data,
    pid: server.pid ?? 0,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = new Promise((resolve) => server.once('exit', resolve));
        // Immediate shutdown, without waiting for clients.
        server.kill('SIGQUIT');
        await ended;
      }
      await directory.remove();
    },
  };
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

let databases = 0;

/** Makes a new database on the server and returns its address. */
export async function freshDatabase(serverUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const name = `test_${process.pid}_${databases++}`;
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return serverUrl.replace(/\/[^/]*$/, `/${name}`);
}
