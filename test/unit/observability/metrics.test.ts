import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../../src/observability/metrics.ts';

test('the lag of a group has no value before it is known, and keeps the last while it is not', async () => {
  const { registry, follow } = createMetrics();
  const answers = [
    undefined,
    new Map([
      [0, 3],
      [2, 4],
    ]),
    undefined,
    new Map<number, number>(),
  ];
  follow(() => [
    {
      name: 'settle',
      async lag() {
        const answer = answers.shift();
        if (!answer) throw new Error('not a member of the group now');
        return answer;
      },
    },
  ]);
  const seen: (string | undefined)[] = [];
  while (answers.length > 0)
    seen.push(
      /^journeygraph_consumer_lag_records\{group="settle"\} (\d+)$/m.exec(await registry.metrics())?.[1],
    );
  assert.deepEqual(seen, [undefined, '7', '7', '0']);
});
