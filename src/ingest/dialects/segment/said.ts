import type { Json, JsonObject } from '../../../domain/json.ts';
import type { ItemError } from '../../draft/draft.ts';

/** Fields of a batch that hold for all its events, and how it came. */
export type Envelope = {
  readonly sentAt: Json | undefined;
  /** When another collector took the batch in, where it says so. */
  readonly receivedAt: Json | undefined;
  readonly context: Json | undefined;
  /** When it arrived here, epoch milliseconds. */
  readonly arrivedAt: number;
  /** IP address that the request came from. */
  readonly address: string | undefined;
};

/** An event as far as all kinds of calls have the same in it. */
export type Said = {
  readonly event: JsonObject;
  readonly envelope: Envelope;
  readonly who: { readonly externalId: string | null; readonly anonymousId: string | null };
  /** Epoch milliseconds. */
  readonly at: number;
  readonly context: JsonObject;
  readonly warnings: ItemError[];
};
