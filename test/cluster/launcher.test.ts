import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { Admin } from '@platformatic/kafka';
import { enginesMissing, readStatus, startEngines } from '../../scripts/cluster/engines.ts';
import { fetchJars, formatLock, JAR_SETS, type JarLock, parseLock } from '../../scripts/cluster/jars.ts';
import { endLeftovers } from '../../scripts/cluster/leftovers.ts';
import { freePortOffset, portsAt, portsOf } from '../../scripts/cluster/ports.ts';
import { identify, isRunning, type ProcessIdentity } from '../../scripts/cluster/processes.ts';
import { compilerOptions } from '../../scripts/cluster/render.ts';
import { clusterPaths, readState, writeState } from '../../scripts/cluster/state.ts';
import { ENGINES } from '../../scripts/cluster/types.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { until } from '../support/until.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function directory(): Promise<string> {
  const temporary = await temporaryDirectory();
  cleanups.push(() => temporary.remove());
  return temporary.path;
}

/** A process that does nothing, leader of a group of its own as engines are. */
function idleProcess(): { child: ChildProcess; identity: ProcessIdentity } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const identity = child.pid === undefined ? null : identify(child.pid);
  assert.ok(identity);
  return { child, identity };
}

/** The process ids of all processes whose command line has a text. */
function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe('the compilers of the engines', () => {
  it('are C1 alone on four cores or fewer, and the default on more', () => {
    assert.deepEqual(compilerOptions(2), ['-XX:TieredStopAtLevel=1']);
    assert.deepEqual(compilerOptions(4), ['-XX:TieredStopAtLevel=1']);
    assert.deepEqual(compilerOptions(5), []);
  });
});

describe('The lock of the jars', () => {
  const JAR = 'org/example/engine/1.0/engine-1.0.jar';
  const lockOf = (sha256: string): JarLock => ({
    ...(Object.fromEntries(JAR_SETS.map((set) => [set, []])) as unknown as JarLock),
    kafka: [{ path: JAR, sha256 }],
  });
  async function cacheWith(bytes: string): Promise<string> {
    const cache = await directory();
    await mkdir(join(cache, 'maven', dirname(JAR)), { recursive: true });
    await writeFile(join(cache, 'maven', JAR), bytes);
    return cache;
  }
  const fetch = (cache: string, lock: JarLock) =>
    fetchJars({ cache, lock, sets: ['kafka'], onProgress: () => {} });
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

  it('lets a jar with the expected checksum pass', async () => {
    await fetch(await cacheWith('a jar'), lockOf(sha256('a jar')));
  });

  it('refuses a jar with another checksum, by name', async () => {
    const cache = await cacheWith('another jar');
    await assert.rejects(fetch(cache, lockOf(sha256('a jar'))), /engine-1\.0\.jar is not the jar .*SHA-256/);
  });

  it('is read as it was written', () => {
    const lock = lockOf(sha256('a jar'));
    assert.deepEqual(parseLock(formatLock(lock)), lock);
  });

  it('has jars for every engine in the repository, and each file once', () => {
    const lock = parseLock(readFileSync(new URL('../../cluster/jars.lock', import.meta.url), 'utf8'));
    for (const set of JAR_SETS) {
      const paths = lock[set].map((jar) => jar.path);
      assert.ok(paths.length > 0, set);
      assert.equal(new Set(paths).size, paths.length, set);
    }
  });

  for (const [what, line] of [
    ['a path out of the cache', `${'0'.repeat(64)} ../engine.jar`],
    ['an absolute path', `${'0'.repeat(64)} /engine.jar`],
    ['half a checksum', `${'0'.repeat(32)} engine.jar`],
  ] as const) {
    it(`does not take ${what}`, () => {
      assert.throws(() => parseLock(`[kafka]\n${line}\n`), /line 2/);
    });
  }
});

describe('Ports', () => {
  it('are all different, at every offset that is chosen by itself', () => {
    for (const offset of [0, 100, 300, 6_700]) {
      const ports = Object.values(portsAt(offset));
      assert.equal(new Set(ports).size, ports.length);
    }
  });

  it('belong to exactly one engine', () => {
    const ports = portsAt(0);
    const owned = ENGINES.flatMap((engine) => portsOf(engine, ports));
    assert.deepEqual(
      owned.sort((a, b) => a - b),
      Object.values(ports).sort((a, b) => a - b),
    );
  });
});

describe('What a killed supervisor left', () => {
  /** A state as a supervisor leaves it that was killed; its own process is one that has ended. */
  function leaveBehind(dataDir: string, leftover: ProcessIdentity): void {
    writeState(dataDir, {
      supervisor: { pid: process.pid, startedAt: 'before this process' },
      portOffset: 0,
      failure: null,
      engines: [
        {
          name: 'kafka',
          phase: 'ready',
          pid: leftover.pid,
          process: leftover,
          port: 9092,
          restarts: 0,
          readySince: null,
          secondsToReady: null,
          rssBytes: null,
        },
      ],
    });
  }

  it('is ended', async () => {
    const dataDir = await directory();
    const { identity } = idleProcess();
    leaveBehind(dataDir, identity);
    await endLeftovers(dataDir, () => {});
    assert.equal(isRunning(identity), false);
    assert.equal(readState(dataDir), null);
  });

  it('is not confused with a stranger that has its process id now', async () => {
    const dataDir = await directory();
    const { identity } = idleProcess();
    leaveBehind(dataDir, { pid: identity.pid, startedAt: `${identity.startedAt}0` });
    await endLeftovers(dataDir, () => {});
    assert.equal(isRunning(identity), true);
    assert.equal(readState(dataDir), null);
  });
});

const missing = enginesMissing() || (existsSync('/proc/self') ? null : 'needs /proc');
describe('Engines', { skip: missing ?? false }, () => {
  const only = ['kafka'] as const;

  it('that are killed with -9 start again with their data, and stop leaves no process', async () => {
    const dataDir = await directory();
    const engines = await startEngines({ dataDir, only });
    cleanups.push(() => engines.stop());
    const connect = () => new Admin({ clientId: 'test', bootstrapBrokers: [engines.addresses.kafka] });
    const before = connect();
    await before.createTopics({ topics: ['kept'], partitions: 1, replicas: 1 });
    await before.close();
    const [first] = engines.status();

    await engines.kill('kafka');
    await engines.untilReady('kafka');

    const [second] = engines.status();
    assert.equal(second?.restarts, 1);
    assert.notEqual(second?.pid, first?.pid);
    const after = connect();
    assert.ok((await after.listTopics()).includes('kept'));
    await after.close();

    await assert.rejects(startEngines({ dataDir, only }), /run already/);

    await engines.stop();
    assert.deepEqual(processesWith(dataDir), []);
    assert.deepEqual(readStatus(dataDir), []);
  });

  it('are found and ended after their supervisor was killed with -9, and start anew', async () => {
    const dataDir = await directory();
    const engines = await startEngines({ dataDir, only });
    cleanups.push(() => engines.stop());
    const state = readState(dataDir);
    const orphan = state?.engines[0]?.process;
    assert.ok(state && orphan);
    process.kill(state.supervisor.pid, 'SIGKILL');
    await until('the supervisor is gone', () => !isRunning(state.supervisor), 600_000);
    assert.equal(isRunning(orphan), true);

    // Its ports are the orphan's until that has ended.
    const again = await startEngines({ dataDir, only, portOffset: engines.portOffset });
    cleanups.push(() => again.stop());
    assert.equal(isRunning(orphan), false);
    assert.equal(processesWith(clusterPaths(dataDir).engine('kafka')).length, 1);
    await again.stop();
    assert.deepEqual(processesWith(dataDir), []);
  });

  it('end when the process that started them is killed with -9', async () => {
    const dataDir = await directory();
    const module = new URL('../../scripts/cluster/engines.ts', import.meta.url).href;
    const code = `
      const { startEngines } = await import(${JSON.stringify(module)});
      await startEngines({ dataDir: ${JSON.stringify(dataDir)}, only: ['kafka'] });
      console.log('ready');`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(owner, 'exit');
    await Promise.race([
      once(owner.stdout, 'data'),
      ended.then(() => assert.fail('it ended before its engine was ready')),
    ]);
    const engine = readState(dataDir)?.engines[0]?.process;
    assert.ok(engine && isRunning(engine));
    owner.kill('SIGKILL');
    await ended;
    await until('engine and supervisor are gone', () => processesWith(dataDir).length === 0, 600_000);
  });

  it('are not started over what listens on their ports, which is named', async () => {
    const dataDir = await directory();
    const portOffset = await freePortOffset(only);
    const port = portsAt(portOffset).kafkaController;
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => listener.close(resolve)));
    await assert.rejects(
      startEngines({ dataDir, only, portOffset }),
      new RegExp(`listens already.*:${port}`),
    );
    assert.deepEqual(processesWith(dataDir), []);
  });
});
