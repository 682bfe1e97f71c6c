import type { Json } from '../../domain/json.ts';
import type { Item, Policy, Sender } from '../draft/draft.ts';

/** One request of a sender, in any dialect. */
export type Batch = {
  readonly policy: Policy;
  readonly sender: Sender;
  readonly items: readonly Item[];
  /** Bytes of the items as they came, for the budget. */
  readonly bytes: number;
  /** The sender's item, complete in itself: decoding it again gives the same item. Called for refused items. */
  readonly originalOf: (index: number) => Json;
};
