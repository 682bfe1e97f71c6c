import type { LeadKey } from './lead.ts';

/**
 * The erasure of a person. It stands in the log, in the order of all records. It removes the records before it; later
 * records are of a new person. Keys are digests, so that it can be kept.
 */
export type Erasure = {
  /** 22 characters of base64url, at random. */
  readonly id: string;
  /** All identities of the person. */
  readonly leads: readonly LeadKey[];
  /** When it was asked for, epoch milliseconds. */
  readonly at: number;
};
