import { DomainError } from '../lib/errors.ts';
import { createBudget } from '../lib/token-bucket.ts';

/** Bounds how often one address may try credentials that are refused. */
export interface SignInLimit {
  /** @throws DomainError `RATE_LIMITED` while the address has too many refused attempts */
  check(address: string | undefined): void;
  /** Counts one refused attempt. */
  refused(address: string | undefined): void;
}

/** Refused attempts that an address may make at once, and how many it gets back each second. */
const BURST = 100;
const PER_SECOND = 1;

/**
 * A bucket of refused attempts for each address, in this process, of the latest 100,000 addresses. Only credentials that
 * this process has not seen to be good are held back, so that good senders behind the same address go on.
 * @param now clock, epoch milliseconds
 */
export function createSignInLimit(now: () => number = Date.now): SignInLimit {
  const budget = createBudget(BURST, PER_SECOND, now);
  return {
    check(address) {
      const waitMs = address === undefined ? undefined : budget.wait(address, 1);
      if (waitMs !== undefined)
        throw new DomainError(
          'RATE_LIMITED',
          'Too many credentials from this address were refused. Check the credential, then try again later.',
          { retryAfterMs: waitMs },
        );
    },
    refused(address) {
      if (address !== undefined) budget.take(address, 1);
    },
  };
}
