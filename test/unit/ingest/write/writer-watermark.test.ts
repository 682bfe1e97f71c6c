import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Checkpoints, LogPositions } from '../../../../src/datasources/activity-log/port.ts';
import { createWatermark } from '../../../../src/ingest/write/write-watermark.ts';

function remembered(): Checkpoints & { saved: Map<number, number>[] } {
  const saved: Map<number, number>[] = [];
  return {
    saved,
    load: async () => new Map(),
    save: async (positions: LogPositions) => void saved.push(new Map(positions)),
  };
}

test('the mark is always the end of what is contiguously done, in whatever order and pieces it is done', () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(pieces, pieces, fc.array(fc.nat()), fc.nat(20), (one, two, order, start) => {
      const ranges = [one, two].flatMap((sizes, partition) => {
        let first = start;
        return sizes.map((size) => {
          first += size;
          return Array.from({ length: size }, (_, n) => ({ partition, offset: first - size + n }));
        });
      });
      const shuffled = ranges
        .map((range, index) => ({ range, key: order[index % Math.max(order.length, 1)] ?? index }))
        .sort((a, b) => a.key - b.key)
        .map(({ range }) => range);
      const watermark = createWatermark(
        remembered(),
        new Map([
          [0, start],
          [1, start],
        ]),
      );
      const done = new Set<string>();
      for (const range of shuffled) {
        watermark.done(range);
        for (const { partition, offset } of range) done.add(`${partition}/${offset}`);
        for (const partition of [0, 1]) {
          let expected = start;
          while (done.has(`${partition}/${expected}`)) expected += 1;
          assert.equal(watermark.positions().get(partition), expected);
        }
      }
      watermark.stop();
    }),
  );
});

test('only what moved is saved, and a failed save is made up for by the next', async () => {
  const checkpoints = remembered();
  const watermark = createWatermark(
    checkpoints,
    new Map([
      [0, 0],
      [1, 7],
    ]),
  );
  await watermark.save();
  assert.deepEqual(checkpoints.saved, []);
  watermark.done([{ partition: 0, offset: 0 }]);
  const { save } = checkpoints;
  checkpoints.save = () => Promise.reject(new Error('down'));
  await watermark.save();
  checkpoints.save = save;
  await watermark.save();
  await watermark.save();
  assert.deepEqual(checkpoints.saved, [new Map([[0, 1]])]);
  watermark.stop();
});
