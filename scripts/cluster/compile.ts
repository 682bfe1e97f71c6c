import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { JarSet } from './jars.ts';
import type { Java } from './java.ts';
import { source } from './render.ts';

const run = promisify(execFile);

/**
 * Compiles `cluster/<engine>/src` against the engine's jars, once for each version of sources and jars; gives the
 * directory of classes.
 */
export async function compile(
  engine: { readonly name: string; readonly sets: readonly JarSet[] },
  java: Java,
  cache: string,
  jars: (set: JarSet) => readonly string[],
): Promise<string> {
  const directory = source(engine.name, 'src');
  const files = existsSync(directory) ? (await readdir(directory)).sort() : [];
  const classPath = engine.sets.flatMap((set) => [...jars(set)]).join(delimiter);
  const hash = createHash('sha256').update(classPath);
  for (const file of files) hash.update(file).update(await readFile(join(directory, file)));
  const target = join(cache, 'classes', `${engine.name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(target)) return target;
  await mkdir(join(cache, 'classes'), { recursive: true });
  const building = await mkdtemp(`${target}.`);
  try {
    if (files.length > 0)
      await run(java.javac, ['-d', building, '-proc:none', ...files.map((file) => join(directory, file))], {
        // Not as an argument: an error would begin with hundreds of jars.
        env: { ...process.env, CLASSPATH: classPath },
      });
    await rename(building, target);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    // Another run may have put the same classes there in the meantime.
    if (!existsSync(target)) throw error;
  }
  return target;
}
