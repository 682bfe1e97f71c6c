import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  afterGlance,
  afterSegments,
  afterTasks,
  type Completeness,
  type Glance,
  isConfirmed,
  needsExpected,
  nothingKnown,
  type TaskRound,
  vanished,
} from '../../../../../src/datasources/activity-metrics/druid/completeness.ts';
import type { Segment, Segments } from '../../../../../src/datasources/activity-metrics/druid/segments.ts';
import type { TaskReport } from '../../../../../src/datasources/activity-metrics/druid/status.ts';

const DAY = 86_400_000;
const segment = (day: number, isPublished = true, version = 'v1'): Segment => ({
  start: day * DAY,
  end: (day + 1) * DAY,
  version,
  isPublished,
});
const segments = (entries: Readonly<Record<string, Segment>>): Segments => new Map(Object.entries(entries));
const task = (id: string, read?: number): TaskReport => ({
  id,
  ...(read !== undefined && { currentOffsets: { 0: read } }),
});
const SOUND = { isOfBefore: false, followsFailed: false };
const wantedOf = (...names: string[]) => new Map(names.map((name) => [name, SOUND]));
type Changed = Partial<TaskRound> & {
  readonly active?: readonly TaskReport[];
  readonly publishing?: readonly TaskReport[];
  readonly state?: string;
};
function round(changed: Changed): TaskRound {
  const { active = [task('t1', 100)], publishing = [], state = 'RUNNING', ...rest } = changed;
  const running = rest.running ?? new Set(['t1']);
  return {
    epoch: '1',
    supervisor: { detailedState: state, activeTasks: active, publishingTasks: publishing },
    running,
    told: new Map(),
    ends: new Map([['0', 100]]),
    ...rest,
  };
}
const shown = segments({ old: segment(0), live: segment(1, false) });
/** All read and shown, for long enough. */
function complete(): Completeness {
  let known = nothingKnown;
  for (const at of [0, 1_000]) {
    known = afterTasks(known, round({}));
    known = afterSegments(known, at, { shown, expected: shown, wanted: null });
  }
  assert.ok(known.isComplete);
  return known;
}
const glance = (over: Partial<Glance> = {}): Glance => ({
  epoch: '1',
  running: new Set(['t1']),
  shown,
  from: 0,
  to: 2 * DAY,
  ...over,
});

describe('figures are complete', () => {
  test('at the start only when the topic is read to its end, all is shown, and that for a while', () => {
    const unread = afterTasks(nothingKnown, round({ active: [task('t1', 99)] }));
    assert.match(unread.reason ?? '', /read to 99 of 100/);
    assert.match(afterTasks(nothingKnown, round({ active: [task('t1')] })).reason ?? '', /of 100/);
    const behind = round({ active: [task('t1', 40), task('t2', 100)], running: new Set(['t1', 't2']) });
    assert.match(
      afterTasks(nothingKnown, behind).reason ?? '',
      /read to 40 of 100/,
      'its successor is ahead',
    );
    assert.match(afterTasks(nothingKnown, round({ running: new Set() })).reason ?? '', /not running/);
    assert.match(afterTasks(nothingKnown, round({ ends: null })).reason ?? '', /end of the topic/);
    const read = afterTasks(nothingKnown, round({}));
    const part = afterSegments(read, 0, {
      shown: segments({ old: segment(0) }),
      expected: shown,
      wanted: null,
    });
    assert.match(part.reason ?? '', /doesn't show 1 segments, as live/);
    const settling = afterSegments(read, 0, { shown, expected: shown, wanted: null });
    assert.equal(settling.reason, 'settling');
    assert.equal(afterSegments(settling, 100, { shown, expected: shown, wanted: null }).isComplete, false);
    assert.equal(afterSegments(settling, 1_000, { shown, expected: shown, wanted: null }).isComplete, true);
  });

  test('as long as every segment and every task of before is there', () => {
    const known = complete();
    assert.ok(isConfirmed(known, glance()));
    const grown = glance({
      shown: new Map([...shown, ['new', segment(1, false)]]),
      running: new Set(['t1', 't2']),
    });
    assert.ok(isConfirmed(known, grown));
    const now = afterGlance(known, grown);
    assert.ok(!isConfirmed(now, glance({ running: new Set(['t1', 't2']) })), 'what was new is gone');
    assert.ok(!isConfirmed(now, { ...grown, running: new Set(['t1']) }), 'a new task is gone');
    assert.ok(!isConfirmed(known, glance({ epoch: '2' })), 'restarted');
  });

  test('for a period that what is gone does not touch', () => {
    const known = complete();
    const onlyOld = segments({ old: segment(0) });
    assert.ok(isConfirmed(known, glance({ shown: onlyOld, to: DAY })));
    assert.ok(!isConfirmed(known, glance({ shown: onlyOld })));
  });

  test('when a task has ended well, and its segment is where it belongs', () => {
    const known = complete();
    const ended = round({
      active: [task('t2', 0)],
      running: new Set(['t2']),
      told: new Map([['t1', 'SUCCESS']]),
    });
    assert.deepEqual(vanished(known, ended.supervisor, ended.running), ['t1']);
    const next = afterTasks(known, ended);
    assert.equal(next.reason, null);
    assert.deepEqual([...next.tasks], ['t2']);
    assert.ok(
      afterSegments(next, 0, {
        shown: segments({ old: segment(0), live: segment(1) }),
        expected: null,
        wanted: null,
      }).isComplete,
    );
  });

  test('when compaction has put another segment in the place of one, of a task as well', () => {
    const known = complete();
    const compacted = segments({ better: segment(0, true, 'v2'), anew: segment(1, false, 'v2') });
    assert.ok(needsExpected(known, compacted));
    const expected = new Map([...shown, ...compacted]);
    assert.ok(
      afterSegments(afterTasks(known, round({})), 0, { shown: compacted, expected, wanted: null }).isComplete,
    );
  });
});

describe('figures are not complete', () => {
  test('after a task was lost, until what it had read is read again', () => {
    const lost = afterTasks(complete(), round({ running: new Set(), told: new Map([['t1', 'FAILED']]) }));
    assert.ok(!lost.isComplete && lost.isUnread);
    const begun = afterTasks(lost, round({ active: [task('t2', 40)], running: new Set(['t2']) }));
    assert.match(begun.reason ?? '', /read to 40 of 100/);
    const successor = afterTasks(
      lost,
      round({ active: [task('t3', 100)], publishing: [task('t1')], running: new Set(['t3']) }),
    );
    assert.match(successor.reason ?? '', /t1 is not running/, 'its successor alone is not enough');
  });

  test('while a task neither runs nor has ended, and lost all when it then runs again', () => {
    const doubt = afterTasks(complete(), round({ running: new Set(), told: new Map([['t1', 'RUNNING']]) }));
    assert.ok(!doubt.isComplete && !doubt.isUnread);
    assert.ok(
      !afterTasks(doubt, round({ running: new Set(), told: new Map([['t1', 'SUCCESS']]), active: [] }))
        .isUnread,
    );
    const again = afterTasks(doubt, round({ active: [task('t1', 10)] }));
    assert.ok(again.isUnread);
  });

  test('while the broker does not show what a task holds, though Druid says nothing of a loss', () => {
    const less = segments({ old: segment(0) });
    const next = (known: Completeness, at: number, seen: Segments, expected: Segments) =>
      afterSegments(afterTasks(known, round({})), at, { shown: seen, expected, wanted: null });
    const gone = next(complete(), 0, less, less);
    assert.match(gone.reason ?? '', /no longer shows live/);
    assert.ok(!gone.isComplete && !gone.isUnread);
    assert.ok(next(gone, 6_000, less, less).isUnread, 'then it is taken for lost');
    const back = next(gone, 3_000, shown, shown);
    assert.equal(back.reason, 'settling');
    assert.match(next(complete(), 0, less, shown).reason ?? '', /doesn't show 1 segments, as live/);
  });

  test('while a published segment is on no server, unless it is no longer to be shown', () => {
    const less = segments({ live: segment(1, false) });
    const gone = afterSegments(afterTasks(complete(), round({})), 0, {
      shown: less,
      expected: shown,
      wanted: null,
    });
    assert.match(gone.reason ?? '', /doesn't show 1 segments, as old/);
    const dropped = afterSegments(afterTasks(complete(), round({})), 0, {
      shown: less,
      expected: less,
      wanted: null,
    });
    assert.ok(dropped.isComplete);
    assert.deepEqual([...dropped.shown.keys()], ['live']);
  });

  test('while the supervisor does not know all of its tasks, or knows some that do not run', () => {
    const reason = (changed: Changed) => afterTasks(nothingKnown, round(changed)).reason ?? '';
    assert.match(reason({ state: 'DISCOVERING_INITIAL_TASKS' }), /begins/);
    const successor = { active: [task('t2', 100)] };
    assert.match(reason({ ...successor, running: new Set(['t1', 't2']) }), /t1 is not the supervisor's/);
    assert.match(
      reason({ ...successor, publishing: [task('t1')], running: new Set(['t2']) }),
      /t1 is not running/,
    );
    const alone = { ...successor, running: new Set(['t2']) };
    assert.equal(reason(alone), '');
    const both = { shown, expected: shown, wanted: wantedOf('t1', 't2') };
    assert.match(
      afterSegments(afterTasks(nothingKnown, round(alone)), 0, both).reason ?? '',
      /t1 does not run/,
    );
    const because = (why: object) => {
      const doubted = { ...both, wanted: new Map([['t2', { ...SOUND, ...why }]]) };
      return afterSegments(afterTasks(nothingKnown, round(alone)), 0, doubted).reason ?? '';
    };
    assert.match(because({ isOfBefore: true }), /t2 is of before the overlord was started/);
    assert.match(because({ followsFailed: true }), /t2 follows upon a task that failed/);
  });

  test('after Druid was started again', () => {
    const other = afterTasks(complete(), round({ epoch: '2' }));
    assert.ok(!other.isComplete && other.isUnread);
  });
});
