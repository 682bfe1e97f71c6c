import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';

/** The result of the last recount of a day; times in epoch milliseconds. */
export type LastRecount = {
  /** Start of the day that was counted. */
  readonly day: number;
  /** When it was counted. */
  readonly at: number;
  /** Figures that Druid had otherwise. */
  readonly differences: number;
};

/** Where a recount leaves its result, for the workers with the same data directory. */
export const recountFile = (dataDir: string): string => join(dataDir, 'recount.json');

export async function writeLastRecount(file: string, result: LastRecount): Promise<void> {
  const next = `${file}.${process.pid}`;
  await writeFile(next, JSON.stringify(result));
  await rename(next, file);
}

/** Shows the last recount; without one there is no value. */
export function showLastRecount(registry: Registry, file: string): void {
  const gauge = (name: string, help: string, figureOf: (result: LastRecount) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      // A gauge without labels begins with 0, which would say that there was a recount.
      labelNames: ['engine'],
      async collect() {
        const text = await readFile(file, 'utf8').catch(() => null);
        if (text !== null) this.set({ engine: 'druid' }, figureOf(JSON.parse(text) as LastRecount));
      },
    });
  };
  gauge(
    'journeygraph_recount_differences',
    'Figures of the last day that was counted again, and that differ in the engine.',
    ({ differences }) => differences,
  );
  gauge(
    'journeygraph_recount_day_timestamp_seconds',
    'Start of the last day that was counted again.',
    ({ day }) => day / 1_000,
  );
  gauge(
    'journeygraph_recount_timestamp_seconds',
    'When a day was counted again the last time.',
    ({ at }) => at / 1_000,
  );
}
