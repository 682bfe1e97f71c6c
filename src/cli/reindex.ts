import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { type ReindexProgress, reindexSearch, reindexSql } from '../compose/reindex.ts';
import { readCommandConfig } from '../config/config.ts';
import { badInput, DomainError } from '../lib/errors.ts';

const USAGE = `Usage: npm run reindex -- [--take-over]
Builds the search index anew, with the environment of the server or of the workers.
PROFILE=embedded: from the rows of the database. Stop the server first.
PROFILE=postgres: from the rows of the database; servers go on meanwhile.
PROFILE=cluster: from the store, in collections beside the old ones, and switches to them when they are complete;
searches and writes go on meanwhile.
--take-over: of a cluster, throws away what a rebuild that died has left.`;

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
  const { 'take-over': takeOver } = values;
  if (takeOver && storage.profile !== 'cluster')
    throw badInput(`--take-over is for PROFILE=cluster; this is PROFILE=${storage.profile}.`, '--take-over');
  const isCluster = storage.profile === 'cluster';
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const bar = new SingleBar({
    format: `Indexing the rows  {bar}  {percentage} %  {value} of {total}`,
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  bar.start(0, 0);
  const onProgress = ({ done, total = done }: ReindexProgress): void => {
    bar.setTotal(total);
    bar.update(done);
  };
  try {
    const { requestTimeoutMs } = http;
    await (storage.profile === 'cluster'
      ? reindexSearch({ storage, requestTimeoutMs, takeOver, onProgress }, stopped.signal)
      : reindexSql({ storage, onNotice: (line) => console.error(line), onProgress }, stopped.signal));
  } catch (error) {
    throw stopped.signal.aborted
      ? new Error(
          isCluster
            ? 'Stopped: searches have the index that was complete.'
            : 'Stopped: a part of the rows has the new words. Run it again for the rest.',
        )
      : error;
  } finally {
    bar.stop();
  }
  console.log(
    isCluster ? 'Searches have the new index; the old one is gone.' : 'Searches have the new index.',
  );
  return 0;
}

try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof DomainError && error.code === 'BAD_USER_INPUT') console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
