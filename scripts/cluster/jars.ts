import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { findMaven } from './java.ts';

/** Each has a pom in `cluster/<set>/pom.xml`, and is a class path (or a Druid extension) of its own. */
export const JAR_SETS = [
  'kafka',
  'hbase',
  'pqs',
  'solr',
  'druid',
  'druid/druid-kafka-indexing-service',
  'druid/druid-datasketches',
  'spark',
  // No engine: Segment's SDK for Java, for a test.
  'segment-java',
] as const;
export type JarSet = (typeof JAR_SETS)[number];

/** A jar: its path in a Maven repository, which names its coordinates, and its SHA-256 in hexadecimal. */
type LockedJar = { readonly path: string; readonly sha256: string };
export type JarLock = Readonly<Record<JarSet, readonly LockedJar[]>>;

const clusterDirectory = join(import.meta.dirname, '..', '..', 'cluster');
export const LOCK_FILE = join(clusterDirectory, 'jars.lock');
const RESOLVE = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath';

/** Reads a lock file: a line `[set]`, then a line `<sha-256> <path>` a jar. @throws Error on any other line */
export function parseLock(text: string): JarLock {
  const lock: Record<JarSet, LockedJar[]> = Object.fromEntries(
    JAR_SETS.map((set) => [set, [] as LockedJar[]]),
  ) as Record<JarSet, LockedJar[]>;
  let current: LockedJar[] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[(.+)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      const set = JAR_SETS.find((name) => name === section);
      if (!set) throw new Error(`jars.lock, line ${index + 1}: there is no set of jars named ${section}.`);
      current = lock[set];
      continue;
    }
    const jar = /^([0-9a-f]{64}) (\S+\.jar)$/.exec(line);
    // A path that leaves the repository would let a lock file name any file of the machine.
    if (!jar?.[1] || !jar[2] || jar[2].startsWith('/') || jar[2].split('/').includes('..') || !current)
      throw new Error(`jars.lock, line ${index + 1} is not "<sha-256> <path of a jar>".`);
    current.push({ path: jar[2], sha256: jar[1] });
  }
  return lock;
}

/** The text of a lock file, jars in the order of their paths. */
export function formatLock(lock: JarLock): string {
  const sections = JAR_SETS.map((set) => {
    const lines = [...lock[set]]
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map((jar) => `${jar.sha256} ${jar.path}\n`);
    return `[${set}]\n${lines.join('')}`;
  });
  return `# Every jar of every engine. Written by: node scripts/cluster.ts lock\n\n${sections.join('\n')}`;
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

export type FetchOptions = {
  readonly cache: string;
  readonly sets: readonly JarSet[];
  readonly lock: JarLock;
  readonly onProgress: (line: string) => void;
};

/** The absolute paths of a set's jars in a cache, in the lock's order, whether they are there or not. */
export function jarPaths(cache: string, lock: JarLock): (set: JarSet) => readonly string[] {
  return (set) => lock[set].map((jar) => join(cache, 'maven', jar.path));
}

/**
 * Brings the jars of some sets into the cache, unless they are there, and compares all of them with the lock.
 * @throws Error when a jar differs from the lock, when Maven is missing or when a jar can't be had
 */
export async function fetchJars(options: FetchOptions): Promise<void> {
  const repository = join(options.cache, 'maven');
  for (const set of options.sets) {
    const locked = options.lock[set];
    if (locked.length === 0) throw new Error(`jars.lock has no jars of ${set}.`);
    const missing = () => locked.filter((jar) => !existsSync(join(repository, jar.path)));
    if (missing().length > 0) {
      await resolve(set, repository, missing(), options.onProgress);
      const absent = missing()[0];
      if (absent)
        throw new Error(
          `${absent.path} is in jars.lock, but not among what ${set}'s pom asks for: node scripts/cluster.ts lock`,
        );
    }
    for (const jar of locked) {
      const file = join(repository, jar.path);
      if ((await sha256(file)) !== jar.sha256)
        throw new Error(
          `${file} is not the jar that jars.lock expects (SHA-256 differs). It will not be run. ` +
            'Delete it to fetch it again; if it still differs, the repository it comes from serves another file.',
        );
    }
  }
}

/** Fetches the jars of the poms with Maven and records them with checksums. */
export async function writeLock(
  cache: string,
  onProgress: (line: string) => void,
  file = LOCK_FILE,
): Promise<JarLock> {
  const repository = join(cache, 'maven');
  const lock: Partial<Record<JarSet, LockedJar[]>> = {};
  for (const set of JAR_SETS) {
    const files = await resolve(set, repository, [], onProgress);
    lock[set] = await Promise.all(
      files.map(async (path) => ({
        path: relative(repository, path).split(sep).join('/'),
        sha256: await sha256(path),
      })),
    );
  }
  const whole = lock as JarLock;
  await writeFile(file, formatLock(whole));
  return whole;
}

/** Runs Maven for one set; gives the files of its class path. */
async function resolve(
  set: JarSet,
  repository: string,
  missing: readonly LockedJar[],
  onProgress: (line: string) => void,
): Promise<readonly string[]> {
  await mkdir(repository, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'journeygraph-jars-'));
  const output = join(scratch, 'classpath');
  try {
    await runMaven(
      [
        '-B',
        '-Dstyle.color=never',
        '-Dmaven.artifact.threads=16',
        ...['-gs', join(clusterDirectory, 'settings.xml')],
        ...['-f', join(clusterDirectory, set, 'pom.xml')],
        `-Dmaven.repo.local=${repository}`,
        RESOLVE,
        '-DincludeScope=runtime',
        `-Dmdep.outputFile=${output}`,
      ],
      set,
      missing,
      onProgress,
    );
    return (await readFile(output, 'utf8')).trim().split(delimiter);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function runMaven(
  args: readonly string[],
  set: JarSet,
  missing: readonly LockedJar[],
  onProgress: (line: string) => void,
): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  const maven = spawn(findMaven(), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const errors: string[] = [];
  let jars = 0;
  createInterface({ input: maven.stdout }).on('line', (line) => {
    const url = /^\[INFO\] Downloaded from \S+ (\S+\.jar) /.exec(line)?.[1];
    // Jars of Maven's own plugins come as well.
    if (url && (missing.length === 0 || missing.some((jar) => url.endsWith(`/${jar.path}`)))) {
      jars += 1;
      onProgress(`fetching ${set}: ${jars}${missing.length === 0 ? '' : ` of ${missing.length}`} jars`);
    } else if (line.startsWith('[ERROR]') && errors.length < 5) errors.push(line.slice(8));
  });
  maven.on('error', reject);
  maven.on('close', (code) => {
    if (code === 0) done();
    else
      reject(
        new Error(`Maven could not fetch the jars of ${set} and ended with ${code}:\n${errors.join('\n')}`),
      );
  });
  return promise;
}
