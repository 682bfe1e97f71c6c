import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import type { IdSpace } from '../domain/tenant.ts';
import { acceptLead } from '../ingest/door/accept-lead.ts';
import { createEnrichment } from '../ingest/door/enrichment.ts';
import type { Item, ItemError } from '../ingest/draft/draft.ts';
import { IMPORT } from './deliver/send.ts';
import { addCounts, type ImportCounts, NO_COUNTS } from './deliver/work-files.ts';
import { type ImportOptions, itemOf, readyFile } from './importer.ts';
import { openRowIds } from './values/ids.ts';

/** A row's outcome: the item that would be sent, and the door's verdict. */
export type Shown = {
  readonly line: number;
  readonly verdict: 'ACCEPTED' | 'REJECTED' | 'DROPPED' | 'UNWANTED';
  readonly sent?: object;
  readonly error?: ItemError;
};

/** The tenant's id is in no verdict. */
const NOBODY = 'dry-run' as IdSpace;

/**
 * Maps and judges a file like an import, and writes nothing. It does not look up stored activities.
 * @param limit how many rows; infinite: all
 * @param show receives each item, in order
 */
export async function dryRun(
  options: Omit<ImportOptions, 'send'>,
  limit: number,
  show: (shown: Shown) => void,
): Promise<ImportCounts> {
  const { plan, rows } = await readyFile({ ...options, send: async () => [] });
  const judge = createJudge(options.types);
  const ids = await openRowIds();
  let counts = NO_COUNTS;
  try {
    for await (const chunk of rows)
      for (const row of chunk) {
        if (counts.rows >= limit) return counts;
        const number = counts.rows + 1;
        const said =
          'fault' in row
            ? [{ kind: 'fault' as const, error: row.fault }]
            : plan({ number, values: row.values });
        counts = addCounts(counts, {
          ...NO_COUNTS,
          rows: 1,
          unwanted: said.length === 0 ? 1 : 0,
          items: said.length,
        });
        if (said.length === 0) show({ line: row.line, verdict: 'UNWANTED' });
        for (const one of said) {
          const shown =
            one.kind === 'fault'
              ? ({ verdict: 'REJECTED', error: one.error } as const)
              : judge(itemOf(one, ids));
          const key = ({ ACCEPTED: 'accepted', REJECTED: 'rejected', DROPPED: 'dropped' } as const)[
            shown.verdict
          ];
          counts = { ...counts, [key]: counts[key] + 1 };
          show({ line: row.line, ...shown });
        }
      }
    return counts;
  } finally {
    await ids.close();
  }
}

type Judged = {
  readonly verdict: 'ACCEPTED' | 'REJECTED' | 'DROPPED';
  readonly sent: object;
  readonly error?: ItemError;
};

/** The door's own steps, in this process. */
function createJudge(types: readonly ActivityTypeDefinition[]): (item: Item) => Judged {
  const pipeline = createEnrichment();
  const byName = new Map(types.map((type) => [type.name, type]));
  return (item) => {
    if (item.kind === 'rejected') return { verdict: 'REJECTED', sent: {}, error: item.error };
    const now = Date.now();
    const { draft } = item;
    const outcome =
      item.kind === 'lead'
        ? acceptLead(item.draft, IMPORT, now)
        : pipeline.run({
            idSpace: NOBODY,
            draft: item.draft,
            type: byName.get(item.draft.type),
            policy: IMPORT,
            now,
          });
    const at = 'at' in draft ? { at: iso(draft.at) } : { occurredAt: iso(draft.occurredAt) };
    const sent = { ...draft, ...at };
    if (outcome.kind === 'fail') return { verdict: 'REJECTED', sent, error: outcome.error };
    return { verdict: outcome.kind === 'drop' ? 'DROPPED' : 'ACCEPTED', sent };
  };
}

const iso = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms));
