import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, ask } from './ask.ts';
import { catalogue } from './catalogue/catalogue.ts';
import type { Entry } from './catalogue/entry.ts';
import {
  castOf,
  createHistory,
  type Expected,
  type HistoryOptions,
  TENANTS,
  type TenantId,
} from './history/history.ts';
import type { Installation } from './installation.ts';
import { defineTypes, send, type Verdicts } from './send.ts';
import { untilSettled } from './settle.ts';

export type RunOptions = HistoryOptions & {
  /** Where answers are kept, by question. */
  readonly directory: string;
  /** Ends the wait for a profile that does not settle, in milliseconds without progress. */
  readonly patienceMs: number;
  /** Told of what is going on, a line each. */
  onProgress(line: string): void;
};

/** What was sent to a profile and what became of it, with the times it took in seconds. */
export type Loaded = {
  readonly verdicts: Readonly<Record<'main' | 'late', Verdicts>>;
  /** By tenant, what every store must have. */
  readonly expected: Readonly<Record<string, Expected>>;
  readonly seconds: Readonly<Record<'sending' | 'settling', number>>;
};

/** Sends the whole history to a profile, and waits until it is settled. */
export async function load(installation: Installation, options: RunOptions): Promise<Loaded> {
  const histories = new Map(
    TENANTS.map((tenant) => [tenant.id as TenantId, createHistory(castOf(options, tenant))]),
  );
  const expected = () => new Map([...histories].map(([id, history]) => [id, history.expected()]));
  const seconds = { sending: 0, settling: 0 };
  await defineTypes(installation);
  const part = async (name: 'main' | 'late'): Promise<Verdicts> => {
    const verdicts = await timed(seconds, 'sending', () =>
      send(installation, histories, name, every(options, name)),
    );
    await timed(seconds, 'settling', () =>
      untilSettled(
        installation,
        expected(),
        options.endsAt,
        (what) => options.onProgress(`waits: ${what}`),
        options.patienceMs,
      ),
    );
    return verdicts;
  };
  const verdicts = { main: await part('main'), late: await part('late') };
  return { verdicts, expected: Object.fromEntries(expected()), seconds };
}

async function timed<T>(
  seconds: Record<'sending' | 'settling', number>,
  what: 'sending' | 'settling',
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const done = await work();
  seconds[what] += (performance.now() - start) / 1_000;
  return done;
}

/** A line for every twentieth of what is to be sent, about. */
function every({ activities, onProgress }: RunOptions, name: string): (items: number) => void {
  const step = Math.max(5_000, Math.round(activities / 20));
  let next = step;
  return (items) => {
    if (items < next) return;
    onProgress(`sent ${items} items of the part ${name}`);
    next = items + step;
  };
}

/** Asks all questions and keeps the answers. @returns milliseconds by question */
export async function record(
  installation: Installation,
  options: RunOptions,
  only: (entry: Entry) => boolean = () => true,
): Promise<ReadonlyMap<string, number>> {
  await mkdir(options.directory, { recursive: true });
  const times = new Map<string, number>();
  for (const entry of catalogue(options.endsAt).filter(only)) {
    const start = performance.now();
    const answer = await ask(installation, entry);
    times.set(entry.name, performance.now() - start);
    await writeFile(fileOf(options.directory, entry.name), JSON.stringify(answer));
  }
  return times;
}

/** The answer that was kept. */
export async function recorded(directory: string, name: string): Promise<Answer> {
  return JSON.parse(await readFile(fileOf(directory, name), 'utf8')) as Answer;
}

const fileOf = (directory: string, name: string): string =>
  join(directory, `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.json`);
