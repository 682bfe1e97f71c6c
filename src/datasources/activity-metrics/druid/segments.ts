import type { DruidClient } from './client.ts';
import type { Ingestion } from './specs.ts';
import { EARLIEST, LATEST } from './sql.ts';

/** A segment of a data source; times in epoch milliseconds. */
export type Segment = {
  readonly start: number;
  readonly end: number;
  /** A greater version of the same time replaces it. */
  readonly version: string;
  /** Whether it is more than what a task has read. */
  readonly isPublished: boolean;
};
/** By Druid's names of them. */
export type Segments = ReadonlyMap<string, Segment>;

/** Whether the broker shows a segment, or a segment that replaced it. */
export function isShown(id: string, { start, end, version }: Segment, shown: Segments): boolean {
  if (shown.has(id)) return true;
  for (const other of shown.values())
    if (other.version > version && other.start < end && other.end > start) return true;
  return false;
}

type Located = {
  readonly interval: string;
  readonly version: string;
  readonly partitionNumber: number;
  readonly locations: readonly { readonly type: string }[];
};

/** The segments that the broker would query about `[from, to)`, which must begin and end with whole segments. */
export async function shownSegments(
  druid: DruidClient,
  name: string,
  signal: AbortSignal,
  from = EARLIEST,
  to = LATEST,
): Promise<Segments> {
  const interval = `${new Date(from).toISOString()}/${new Date(to).toISOString()}`;
  const path = `/druid/v2/datasources/${encodeURIComponent(name)}/candidates?intervals=${interval}`;
  const located = await druid.call<Located[]>({ at: 'broker', path }, signal);
  return new Map(
    located.map(({ interval, version, partitionNumber, locations }) => {
      const [start = '', end = ''] = interval.split('/');
      const id = `${name}_${start}_${end}_${version}${partitionNumber === 0 ? '' : `_${partitionNumber}`}`;
      const isPublished = locations.some(({ type }) => type === 'historical');
      return [id, { start: Date.parse(start), end: Date.parse(end), version, isPublished }];
    }),
  );
}

/** The segments that the broker must show: all published segments in the metadata store, and all segments of tasks. */
export async function expectedSegments(
  druid: DruidClient,
  name: string,
  signal: AbortSignal,
): Promise<Segments> {
  const at = 'coordinator';
  const servers = '/druid/coordinator/v1/servers';
  const segments = `/druid/coordinator/v1/metadata/datasources/${encodeURIComponent(name)}/segments`;
  const always = [`${new Date(EARLIEST).toISOString()}/${new Date(LATEST).toISOString()}`];
  const [published, all] = await Promise.all([
    druid.call<string[]>({ at, path: segments, json: always }, signal),
    druid.call<{ host: string; type: string }[]>({ at, path: `${servers}?simple` }, signal),
  ]);
  const held = await Promise.all(
    all
      .filter(({ type }) => type !== 'historical')
      .map(({ host }) => {
        const path = `${servers}/${encodeURIComponent(host)}/segments`;
        return druid.call<string[] | null>({ at, path, none: [404] }, signal);
      }),
  );
  const ofTasks = held.flatMap((ids) => ids ?? []);
  return new Map([...segmentsFrom(name, ofTasks, false), ...segmentsFrom(name, published, true)]);
}

function segmentsFrom(
  name: string,
  ids: readonly string[],
  isPublished: boolean,
): (readonly [string, Segment])[] {
  return ids.flatMap((id) => {
    if (!id.startsWith(`${name}_`)) return [];
    const [start = '', end = '', version = ''] = id.slice(name.length + 1).split('_');
    const [from, to] = [Date.parse(start), Date.parse(end)];
    // Else it is of another data source whose name begins with this one's.
    return Number.isNaN(from) || Number.isNaN(to)
      ? []
      : [[id, { start: from, end: to, version, isPublished }]];
  });
}

export type Granularity = Ingestion['segmentGranularity'];
/** As ISO-8601 says them. */
export const PERIODS = { HOUR: 'PT1H', DAY: 'P1D', MONTH: 'P1M' } as const satisfies Record<
  Granularity,
  string
>;

/** The end of a segment that begins at `from`, epoch milliseconds. */
export function endOf(from: number, granularity: Granularity): number {
  const date = new Date(from);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (granularity === 'MONTH') return Date.UTC(year, month + 1);
  return granularity === 'DAY' ? Date.UTC(year, month, day + 1) : from + 3_600_000;
}

/** The whole segments that a day (from midnight in UTC) lies in. */
export function segmentsAround(
  day: number,
  granularity: Granularity,
): { readonly from: number; readonly to: number } {
  const date = new Date(day);
  const from = granularity === 'MONTH' ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) : day;
  return { from, to: endOf(from, granularity === 'MONTH' ? 'MONTH' : 'DAY') };
}
