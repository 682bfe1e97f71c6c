import type { LogPosition } from '../datasources/activity-log/port.ts';
import type { Tenant } from '../domain/tenant.ts';

/** That a message stands at a position of the log; `hash` is `messageHash(tenant, messageId)`. */
type Claim = { readonly hash: string; readonly position: LogPosition };

/** Which position of the log is the one of each message, decided once and for ever. */
export interface Claims {
  /**
   * Claims each message for the position given, unless another position has it. The answer, in input order, is
   * true where this very position has it: claiming it again gives the same answer, whoever asks and how often.
   * No message may be twice in one call. @throws DomainError `BACKEND_UNAVAILABLE` or `TIMEOUT`: claim again
   */
  claim(tenant: Tenant, entries: readonly Claim[], signal: AbortSignal): Promise<readonly boolean[]>;
}
