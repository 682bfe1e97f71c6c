import type { SmartCampaign } from '../../domain/campaigns/model.ts';
import { changeLatest, type Store } from './changes.ts';

/** A version is in force so long after it is written, so that every decider has read it by then. */
const AHEAD_MS = 2_000;

/**
 * Changes a campaign as of a moment that is still to come when the write has ended. A write that ended too late is made
 * again with a later moment.
 * @param change gives the same object where there is nothing to change
 */
export async function activateAt(
  store: Store<SmartCampaign>,
  now: () => number,
  change: (latest: SmartCampaign, at: number) => SmartCampaign,
): Promise<SmartCampaign> {
  let ahead = AHEAD_MS;
  /** The campaign before a write that ended too late, and what that write left. */
  let late: { readonly before: SmartCampaign; readonly written: SmartCampaign } | undefined;
  for (;;) {
    let at = 0;
    let before: SmartCampaign | undefined;
    const written = await changeLatest(store, (latest) => {
      const isOurs = late !== undefined && latest.revision === late.written.revision;
      // Somebody changed it since, and saw what we wrote: that stands.
      if (late && !isOurs) return latest;
      before = late?.before ?? latest;
      const earliest = (before.versions.at(-1)?.validFrom ?? 0) + 1;
      at = Math.max(now() + ahead, earliest);
      const next = change(before, at);
      if (next === before) return latest;
      return { ...next, revision: latest.revision + 1, updatedAt: now() };
    });
    if (!before || at === 0 || now() < at || written.versions === before.versions) return written;
    late = { before, written };
    ahead *= 2;
  }
}
