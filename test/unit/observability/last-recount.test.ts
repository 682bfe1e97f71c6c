import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { recountFile, showLastRecount, writeLastRecount } from '../../../src/observability/last-recount.ts';
import { temporaryDirectory } from '../../support/temp.ts';

test('the last recount is shown, and none before there was one', async (context) => {
  const { path, remove } = await temporaryDirectory();
  context.after(remove);
  const registry = new Registry();
  const file = recountFile(path);
  showLastRecount(registry, file);
  const shown = async (name: string) =>
    new RegExp(`^journeygraph_recount_${name}\\{engine="druid"\\} (\\d+)$`, 'm').exec(
      await registry.metrics(),
    )?.[1];
  assert.equal(await shown('differences'), undefined);
  await writeLastRecount(file, { day: 86_400_000, at: 200_000_000, differences: 3 });
  assert.equal(await shown('differences'), '3');
  await writeLastRecount(file, { day: 86_400_000, at: 300_000_000, differences: 0 });
  assert.deepEqual(
    [await shown('differences'), await shown('day_timestamp_seconds'), await shown('timestamp_seconds')],
    ['0', '86400', '300000'],
  );
});
