import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '../compile.ts';
import type { EngineContext } from '../definition.ts';
import { fetchJars, jarPaths, LOCK_FILE, parseLock } from '../jars.ts';
import { cacheDirectory, findJava } from '../java.ts';
import type { Ports } from '../ports.ts';
import { spark } from './spark.ts';

/** Java, jars and classes of Spark's jobs, with their data in a directory, for a job beside the engines. */
export async function sparkContext(directory: string, ports: Ports): Promise<EngineContext> {
  const cache = cacheDirectory();
  const java = findJava();
  const lock = parseLock(readFileSync(LOCK_FILE, 'utf8'));
  await fetchJars({ cache, sets: spark.sets, lock, onProgress: () => {} });
  const jars = jarPaths(cache, lock);
  const classes = await compile(spark, java, cache, jars);
  await mkdir(join(directory, 'tmp'), { recursive: true });
  return { java, ports, directory, jars, classes };
}
