import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { EngineContext } from './definition.ts';

const clusterDirectory = join(import.meta.dirname, '..', '..', 'cluster');

/** The path of a file under `cluster/`. */
export function source(...path: readonly string[]): string {
  return join(clusterDirectory, ...path);
}

/**
 * Renders a file of `cluster/` into an engine's `conf/`: `@directory@`, `@port.NAME@` and `@NAME@` of `values`.
 * @throws Error when the file names something else
 */
export async function render(
  context: EngineContext,
  from: string,
  to: string,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const text = await readFile(source(from), 'utf8');
  const rendered = text.replace(/@([a-zA-Z.]+)@/g, (_, name: string) => {
    const port = name.startsWith('port.') && context.ports[name.slice(5) as keyof typeof context.ports];
    const value = name === 'directory' ? context.directory : port ? String(port) : values[name];
    if (value === undefined) throw new Error(`cluster/${from} asks for @${name}@, which nobody gives.`);
    return value;
  });
  const target = configured(context, to);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, rendered);
}

/** The path of a rendered file. */
export function configured(context: EngineContext, ...path: readonly string[]): string {
  return join(context.directory, 'conf', ...path);
}

/** With so few cores or fewer, the optimising compiler takes from the engines what its code would save them. */
const FEW_CORES = 4;

/**
 * The JVM's compilers that run. On two cores the optimising compiler (C2) took 20 to 40 % of the engines' CPU for a
 * quarter of an hour. With C1 alone the first query was served after 129 s instead of 246.
 * @param cores what the engines share, by default the machine's
 */
export function compilerOptions(cores: number = availableParallelism()): readonly string[] {
  return cores <= FEW_CORES ? ['-XX:TieredStopAtLevel=1'] : [];
}

/** Options of every engine's Java. */
export function commonOptions(context: EngineContext): readonly string[] {
  return [
    ...compilerOptions(),
    '-XX:+ExitOnOutOfMemoryError',
    // No files in /tmp that a killed process leaves behind.
    '-XX:+PerfDisableSharedMem',
    `-XX:ErrorFile=${join(context.directory, 'crash-%p.log')}`,
    `-Djava.io.tmpdir=${join(context.directory, 'tmp')}`,
    '-Djava.net.preferIPv4Stack=true',
    '-Djava.awt.headless=true',
    '-Dfile.encoding=UTF-8',
    '-Duser.timezone=UTC',
    '-Dlog4j2.formatMsgNoLookups=true',
  ];
}

export function opens(...packages: readonly string[]): readonly string[] {
  return packages.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]);
}

export function exports(...packages: readonly string[]): readonly string[] {
  return packages.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]);
}
