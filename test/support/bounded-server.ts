import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endWithUs } from './child.ts';

/** Who asks: with every scope, without `leads:pii`, or without a credential. */
export type Caller = 'all' | 'masked' | 'nobody';

export type BoundedServer = {
  /** The status and the text of an answer. */
  ask(caller: Caller, body: string): Promise<{ status: number; text: string }>;
  /** Longest time for which the event loop was held since the last call, in milliseconds of CPU. */
  longestHold(): Promise<number>;
  /** Stores so many activities that the door no longer lets in, of the lead `dense`. */
  plant(count: number): Promise<void>;
  isAlive(): boolean;
  close(): Promise<void>;
};

/** Starts the product with a heap of so many MiB. */
export async function startBounded(heapMiB: number): Promise<BoundedServer> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'bounded-child.ts'), {
    execArgv: [`--max-old-space-size=${heapMiB}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  endWithUs(child);
  const [{ address, tokens }] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => assert.fail('the server ended before it was there')),
  ])) as [{ address: string; tokens: Record<string, string> }];
  return {
    async ask(caller, body) {
      const token = tokens[caller];
      const response = await fetch(`${address}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        body,
      });
      return { status: response.status, text: await response.text() };
    },
    async longestHold() {
      child.send('hold');
      const [{ longest }] = (await once(child, 'message')) as [{ longest: number }];
      return longest;
    },
    async plant(count) {
      child.send({ plant: count });
      await once(child, 'message');
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.send('end');
      await ended;
    },
  };
}
