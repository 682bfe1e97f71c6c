import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The Java release that all engines run on: Hadoop 3.3 doesn't start on 24, and 21 was not tried. */
const RELEASE = 17;

export type Java = { readonly java: string; readonly javac: string };

function onPath(program: string): string[] {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, program))
    .filter((path) => existsSync(path));
}

function releaseOf(javac: string): number | null {
  try {
    const text = execFileSync(javac, ['-version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(/javac (\d+)/.exec(text)?.[1] ?? Number.NaN);
  } catch {
    return null;
  }
}

/** A JDK 17: JAVA_HOME's, PATH's, or where Debian installs it. @throws Error that says how to install one */
export function findJava(): Java {
  const debian = '/usr/lib/jvm';
  const installed = existsSync(debian)
    ? readdirSync(debian).filter((name) => name.includes(`-${RELEASE}`))
    : [];
  const compilers = [
    ...(process.env['JAVA_HOME'] ? [join(process.env['JAVA_HOME'], 'bin', 'javac')] : []),
    ...onPath('javac'),
    ...installed.map((name) => join(debian, name, 'bin', 'javac')),
  ];
  const javac = compilers.find((path) => existsSync(path) && releaseOf(path) === RELEASE);
  if (!javac)
    throw new Error(
      `The engines need a JDK ${RELEASE}: apt-get install openjdk-${RELEASE}-jdk-headless, or set JAVA_HOME to one.`,
    );
  return { java: join(javac, '..', 'java'), javac };
}

/** Maven's program. @throws Error that says how to install it */
export function findMaven(): string {
  const maven = onPath('mvn')[0];
  if (!maven) throw new Error('Fetching the engines needs Maven: apt-get install maven.');
  return maven;
}

/** Where the engines' jars are kept, for all clones of the project. */
export function cacheDirectory(): string {
  const own = process.env['JOURNEYGRAPH_CACHE'];
  if (own) return own;
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'journeygraph');
}
