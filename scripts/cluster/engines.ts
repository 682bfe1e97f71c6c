import type { Engines, StartOptions } from './types.ts';

export type { Addresses, EngineName, EngineStatus, Engines, StartOptions } from './types.ts';

/**
 * Starts the engines and resolves when all of them are ready. They end with `stop`, or when the calling process
 * ends, however it ends.
 * @throws Error that says what to install, which port is in use, or which engine didn't come up and why
 */
export async function startEngines(_options: StartOptions): Promise<Engines> {
  throw new Error('not built yet');
}

/** Why the engines can't run on this machine (Java 17 or Maven is missing), or null. */
export function enginesMissing(): string | null {
  return null;
}
