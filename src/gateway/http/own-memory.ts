import type { ServerResponse } from 'node:http';
import type { Lease } from '../limits/answer-memory.ts';

/** The memory of one answer, until it is sent or its caller disconnects. */
export type OwnMemory = {
  readonly hold: (lease: Lease) => void;
  /** Called once the answer is complete: only its text is still held. */
  shrinkTo(bytes: number): void;
};

/** An answer of more bytes than these may not wait for a caller who doesn't read it. */
const LARGE_BYTES = 64 * 1024;
/** How long such a caller may read nothing, in milliseconds. */
const READ_TIMEOUT_MS = 30_000;
/** The text of an answer, and its bytes on their way to the socket. */
const COPIES = 2;

export function ownMemory(response: ServerResponse): OwnMemory {
  const leases: Lease[] = [];
  response.once('close', () => {
    for (const lease of leases.splice(0)) lease.release();
  });
  return {
    hold(lease) {
      // The caller may have gone while the answer waited for its memory.
      if (response.closed) lease.release();
      else leases.push(lease);
    },
    shrinkTo(bytes) {
      for (const lease of leases) lease.shrinkTo(bytes * COPIES);
      if (bytes > LARGE_BYTES) response.setTimeout(READ_TIMEOUT_MS, () => response.destroy());
    },
  };
}
