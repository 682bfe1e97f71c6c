import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wantedOf } from '../../../../../src/datasources/activity-metrics/druid/status.ts';

const at = (second: number): string => new Date(second * 1_000).toISOString();
const task = (id: string, second: number, statusCode: 'RUNNING' | 'SUCCESS' | 'FAILED' = 'RUNNING') => ({
  id,
  createdTime: at(second),
  statusCode,
});
const following = (listed: Parameters<typeof wantedOf>[0], readers = 1) =>
  [...wantedOf(listed, 0, readers)].flatMap(([id, { followsFailed }]) => (followsFailed ? [id] : []));

describe('a task is not relied on', () => {
  test('when it is of before the overlord was started', () => {
    const wanted = wantedOf([task('old', 1), task('new', 3)], 2_000, 1);
    assert.deepEqual(
      [...wanted.values()].map(({ isOfBefore }) => isOfBefore),
      [true, false],
    );
  });

  test('when the one before it failed, whatever order they are told in; not when that one ended well or goes on', () => {
    assert.deepEqual(following([task('new', 3), task('failed', 2, 'FAILED')]), ['new']);
    assert.deepEqual(following([task('failed', 2, 'FAILED'), task('new', 3)]), ['new']);
    assert.deepEqual(
      following([task('well', 2, 'SUCCESS'), task('failed', 1, 'FAILED'), task('new', 3)]),
      [],
    );
    assert.deepEqual(following([task('failed', 1, 'FAILED'), task('publishing', 2), task('new', 3)]), [
      'publishing',
    ]);
    assert.deepEqual(following([task('first', 1)]), []);
  });

  test('when one of as many before it as read at a time failed', () => {
    const others = [task('failed', 1, 'FAILED'), task('well', 2, 'SUCCESS')];
    assert.deepEqual(following([...others, task('a', 3), task('b', 4)], 2), ['a']);
    assert.deepEqual(following([task('failed', 2, 'FAILED'), task('a', 3), task('b', 4)], 2), ['a', 'b']);
  });
});
