import { rm } from 'node:fs/promises';
import {
  type Granularity,
  segmentsAround,
} from '../../../src/datasources/activity-metrics/druid/segments.ts';
import {
  DATA_SOURCES,
  type DataSource,
  restatementSpec,
} from '../../../src/datasources/activity-metrics/druid/specs.ts';
import { beginningOf, publish, untilRead } from '../../../src/datasources/activity-metrics/druid/status.ts';
import { runTask } from '../../../src/datasources/activity-metrics/druid/task.ts';
import { topicEnds } from '../../../src/datasources/activity-metrics/druid/topic.ts';
import { writeRows } from './job.ts';
import { type RecountParts, wholeTopic } from './recount.ts';

/**
 * Replaces the segments that a day lies in, from the topic. Tasks publish what they have
 * read. Then what the topic has up to there replaces the segments. Rows that arrive meanwhile are appended.
 * @param sources those with differences
 * @param granularity of the segments of `hours` and `details`; those of `emails` are months
 * @throws Error where the topic no longer has all of these segments; the sources before are done then
 */
export async function restateDay(
  parts: RecountParts,
  day: number,
  sources: ReadonlySet<DataSource>,
  granularity: Granularity,
  signal: AbortSignal,
): Promise<void> {
  const { druid, prefix } = parts;
  for (const source of DATA_SOURCES) {
    if (!sources.has(source)) continue;
    const own = source === 'emails' ? 'MONTH' : granularity;
    const period = segmentsAround(day, own);
    await wholeTopic(parts, period.from);
    await untilRead(druid, prefix + source, await topicEnds(parts.kafka), signal);
    await publish(druid, prefix + source, signal);
    const ends = await beginningOf(druid, prefix + source, signal);
    const directory = await writeRows(parts, source, { ...period, ends }, signal);
    await runTask(druid, restatementSpec(prefix, source, own, period, directory), signal);
    await rm(directory, { recursive: true });
  }
}
