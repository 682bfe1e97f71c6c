import { endGroup, isRunning } from './processes.ts';
import { readState, removeState } from './state.ts';
import type { EngineName } from './types.ts';

const GRACE_MS = 15_000;

/** The engines that still run although their supervisor was killed. */
export function leftovers(dataDir: string): readonly EngineName[] {
  const state = readState(dataDir);
  if (!state || isRunning(state.supervisor)) return [];
  return state.engines.flatMap(({ name, process: left }) => (left && isRunning(left) ? [name] : []));
}

/**
 * Ends the engines of a supervisor that was killed: the processes that it wrote down, as far as they are still the
 * same. Does nothing while the supervisor lives.
 */
export async function endLeftovers(dataDir: string, onProgress: (line: string) => void): Promise<void> {
  const state = readState(dataDir);
  if (!state || isRunning(state.supervisor)) return;
  await Promise.all(
    state.engines.map(async ({ name, process: leftover }) => {
      if (!leftover || !isRunning(leftover)) return;
      onProgress(`ending ${name} (process ${leftover.pid}), left by a supervisor that was killed`);
      await endGroup(leftover, GRACE_MS);
    }),
  );
  removeState(dataDir);
}
