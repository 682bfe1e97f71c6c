import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DruidClient } from '../../../../../src/datasources/activity-metrics/druid/client.ts';
import { createGate } from '../../../../../src/datasources/activity-metrics/druid/gate.ts';
import { until } from '../../../../support/until.ts';

test('what fails while something else of the same look is still awaited is a reason, and ends no process', async () => {
  let failures = 0;
  const druid: DruidClient = {
    async call<T>({ path }: { readonly path: string }): Promise<T> {
      const answers: [RegExp, unknown][] = [
        [
          /supervisor/,
          {
            payload: { detailedState: 'RUNNING', activeTasks: [], publishingTasks: [], latestOffsets: {} },
          },
        ],
        [/workers|candidates/, []],
        [/health/, true],
      ];
      const answer = answers.find(([pattern]) => pattern.test(path));
      if (answer) return answer[1] as T;
      failures += 1;
      throw new Error('the coordinator is busy');
    },
    // When the overlord was started: so slow that all else is over before.
    async sql() {
      await sleep(200);
      return [['2026-01-01T00:00:00Z']];
    },
    epoch: () => '1',
    close: async () => {},
  };
  const gate = createGate(druid, 'test_', 'hours', async () => new Map());
  await until('it goes on looking', () => failures >= 4);
  assert.match(gate.reason() ?? '', /can't be looked at/);
  await assert.rejects(gate.untilComplete(AbortSignal.timeout(50)));
  gate.close();
});
