import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealth } from '../../../src/observability/health.ts';

/** A process with a log that writers need, a store that readers need, and an index that neither needs. */
function watched() {
  let time = Date.UTC(2026, 0, 1);
  const away = new Set<string>();
  const lines: string[] = [];
  const check = (name: string) => async () => {
    if (away.has(name)) throw new Error(`${name} broke`);
  };
  const health = createHealth({
    dependencies: [
      { name: 'log', neededBy: ['writers'], check: check('log') },
      { name: 'store', neededBy: ['readers'], check: check('store') },
      { name: 'index', neededBy: ['search'], check: check('index') },
    ],
    onAway: (name, since, error) => lines.push(`${name} away since ${since.toISOString()}: ${String(error)}`),
    onBack: (name) => lines.push(`${name} back`),
    everyMs: 3_600_000,
    now: () => time,
  });
  return { health, away, lines, pass: (ms: number) => (time += ms) };
}

test('writers and readers are told apart, each dependency with since when', async () => {
  const { health, away, pass } = watched();
  assert.deepEqual((await health.report()).services, { writers: true, readers: true });
  away.add('log');
  pass(5_000);
  const { services, dependencies } = await health.report();
  assert.deepEqual(services, { writers: false, readers: true });
  assert.deepEqual(
    dependencies.map(({ name, status, since }) => [name, status, since]),
    [
      ['log', 'away', '2026-01-01T00:00:05.000Z'],
      ['store', 'up', '2026-01-01T00:00:00.000Z'],
      ['index', 'up', '2026-01-01T00:00:00.000Z'],
    ],
  );
  pass(60_000);
  assert.equal((await health.report()).dependencies[0]?.since, '2026-01-01T00:00:05.000Z');
  await health.close();
});

test('what neither writers nor readers need leaves both served', async () => {
  const { health, away } = watched();
  away.add('index');
  assert.deepEqual((await health.report()).services, { writers: true, readers: true });
  await health.close();
});

test('a dependency that stays away is told once a minute, and once when it is back', async () => {
  const { health, away, lines, pass } = watched();
  away.add('store');
  for (let second = 0; second < 150; second += 2) {
    await health.report();
    pass(2_000);
  }
  assert.equal(lines.length, 3);
  assert.match(lines[2] ?? '', /store away since 2026-01-01T00:00:00.000Z: Error: store broke/);
  away.clear();
  await health.report();
  assert.equal(lines.at(-1), 'store back');
  await health.close();
});

test('a check that never ends counts as away', async () => {
  const health = createHealth({
    dependencies: [{ name: 'store', neededBy: ['readers'], check: () => new Promise(() => {}) }],
    onAway() {},
    onBack() {},
    timeoutMs: 20,
  });
  assert.equal((await health.report()).services.readers, false);
  await health.close();
});
