import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { reindexSearch } from '../compose/reindex.ts';
import { readCommandConfig } from '../config.ts';
import { DomainError } from '../domain/errors.ts';

const USAGE = `Usage: npm run reindex -- [--take-over]
Builds the search index of a cluster anew from its log and its store, in collections beside the old ones, and switches
to them when they are complete; searches and writes go on meanwhile. Environment as of the workers.
--take-over: throw away what a rebuild that died has left.`;

/** @returns the exit code */
async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'take-over': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { storage, http } = readCommandConfig(env);
  if (storage.profile !== 'cluster')
    throw new Error(
      `PROFILE=${storage.profile} has its search index in its database, written with the rows: there is nothing to rebuild. npm run reindex is for PROFILE=cluster.`,
    );
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const bar = new SingleBar({
    format: 'Indexing the log  {bar}  {percentage} %  {value} of {total} records',
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(0, 0);
  try {
    const { 'take-over': takeOver } = values;
    const { requestTimeoutMs } = http;
    await reindexSearch(
      {
        storage,
        requestTimeoutMs,
        takeOver,
        onProgress({ done, total }) {
          bar.setTotal(total);
          bar.update(done);
        },
      },
      stopped.signal,
    );
  } catch (error) {
    throw stopped.signal.aborted ? new Error('Stopped: searches have the index that was complete.') : error;
  } finally {
    bar.stop();
  }
  console.log('Searches have the new index; the old one is gone.');
  return 0;
}

try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof DomainError && error.code === 'BAD_USER_INPUT') console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
