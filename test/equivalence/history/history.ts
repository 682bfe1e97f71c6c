import { generateHistory } from '../../../src/demo/generator.ts';
import { EMAIL_TYPES } from '../../../src/domain/activity-types.ts';
import { isJsonObject } from '../../../src/domain/json.ts';
import type { ActivityDraft } from '../../../src/ingest/draft/draft.ts';
import { events, refused } from './events.ts';
import { activity, BARRIER, type Cast, DAY, HOUR, type Item } from './items.ts';
import { EDGE_CAMPAIGN, mail } from './mail.ts';
import { PEOPLE, people } from './people.ts';
import { dialectOf } from './segment.ts';

/** Three tenants of very different size. */
export const TENANTS = [
  { id: 'colossus', name: 'Colossus Retail', share: 0.93, seed: 101 },
  { id: 'middling', name: 'Middling & Sons', share: 0.065, seed: 202 },
  { id: 'tiny', name: 'Tiny Tea Room', share: 0.005, seed: 303 },
] as const;
/** Of every installation: ids are compared, so all profiles derive them from one secret. */
export const ID_SECRET = 'equivalence-of-all-profiles-needs-one';

export type TenantId = (typeof TENANTS)[number]['id'];

export type HistoryOptions = {
  /** About how many activities all tenants have together. */
  readonly activities: number;
  /** The end of the history, epoch milliseconds. */
  readonly endsAt: number;
};

export const castOf = (
  { activities, endsAt }: HistoryOptions,
  { share, seed }: (typeof TENANTS)[number],
): Cast => ({
  seed,
  activities: Math.round(activities * share),
  endsAt,
});

const DEMO_DAYS = 90;
/** How many items come between a message and its near repeat, at most. */
const REPEAT_EVERY = 5_000;

/** What one tenant's senders say. The same options give the same items, in the same order. */
export type History = {
  /** All but what comes late. */
  main(): Generator<Item>;
  /**
   * After all of `main` is settled: repeats of old messages, and activities that happened long ago. Nothing of it
   * is there unless `main` was read to its end.
   */
  late(): Generator<Item>;
  /** What every store must have in the end of all that was read so far. */
  expected(): Expected;
};

export type Expected = {
  /** Messages that are in earnest and the first under their id. */
  readonly activities: number;
  /** Assets, campaigns and persons between which any e-mail was told of. */
  readonly sends: number;
};

export function createHistory(cast: Cast): History {
  const far: ActivityDraft[] = [];
  let firsts = 0;
  const sends = new Set<string>();
  let previous: ActivityDraft | undefined;

  /** Counts firsts, and sends some messages again with the same and with other bodies. */
  function* withRepeats(items: Iterable<Item>): Generator<Item> {
    let near: ActivityDraft[] = [];
    let count = 0;
    const repeats = function* (): Generator<Item> {
      if (near.length === 0) return;
      yield BARRIER;
      for (const [index, draft] of near.entries()) yield again(draft, index, cast);
      near = [];
    };
    for (const item of items) {
      yield item;
      count += 1;
      // The demo repeats a message by giving the same object again.
      if (item.kind === 'activity' && item.draft !== previous) {
        firsts += 1;
        previous = item.draft;
        if (MAIL.has(item.draft.type)) sends.add(sendOf(item.draft));
        if (firsts % 53 === 0) near.push(item.draft);
        if (firsts % 601 === 0) far.push(item.draft);
      }
      if (count % REPEAT_EVERY === 0) yield* repeats();
    }
    yield* repeats();
  }

  return {
    *main() {
      yield* withRepeats(concat(people(cast), mail(cast), events(cast), refused(cast), demo(cast)));
    },
    *late() {
      for (const [index, draft] of far.entries()) yield again(draft, index, cast);
      yield BARRIER;
      yield* withRepeats(overdue(cast));
    },
    expected: () => ({ activities: firsts, sends: sends.size }),
  };
}

const MAIL: ReadonlySet<string> = new Set(Object.values(EMAIL_TYPES));
const sendOf = ({ campaign, assetId, attributes, externalId, anonymousId }: ActivityDraft): string => {
  const mailing = isJsonObject(attributes) ? (attributes['mailingId'] ?? null) : null;
  return JSON.stringify([assetId ?? mailing, campaign?.id, externalId ?? anonymousId]);
};

function* concat(...parts: readonly Iterable<Item>[]): Generator<Item> {
  for (const part of parts) yield* part;
}

/** The demo's history, by turns in the dialects that can say it. */
function* demo({ activities, endsAt, seed }: Cast): Generator<Item> {
  let index = 0;
  let previous: unknown;
  for (const event of generateHistory({ activities, days: DEMO_DAYS, endsAt, seed })) {
    // What is said twice is said the same way twice.
    if (event.draft !== previous) index += 1;
    previous = event.draft;
    const dialect = index % 2 === 0 ? dialectOf(event) : 'graphql';
    yield event.kind === 'lead'
      ? { kind: 'lead', draft: event.draft, dialect }
      : { kind: 'activity', draft: event.draft, dialect };
  }
}

/** The same message once more: as it was, or with another body. */
function again(draft: ActivityDraft, index: number, { endsAt }: Cast): Item {
  const other: ActivityDraft = { ...draft };
  switch (index % 5) {
    case 0:
      return activity(draft, 'graphql');
    case 1:
      return activity({ ...other, occurredAt: Math.max(endsAt - 400 * DAY, draft.occurredAt - 90 * 60_000) });
    case 2:
      return activity({
        ...other,
        externalId: `impostor-${index}`,
        anonymousId: null,
        assetId: 'not this one',
      });
    case 3:
      return activity({
        ...other,
        campaign: { id: 'not-this-campaign', name: null },
        attributes: {},
        type: 'Click Link',
      });
    default:
      return activity(
        {
          ...other,
          type: 'Track Event',
          attributes: { event: 'Not This Event' },
          context: {},
          campaign: null,
          assetId: null,
        },
        'segment',
      );
  }
}

/** What happened long ago and is told now: some of it changes reports that were right until now. */
function* overdue({ seed, activities, endsAt }: Cast): Generator<Item> {
  const count = Math.max(60, Math.round(activities * 0.002));
  for (let index = 0; index < count; index += 1)
    yield activity({
      externalId: index % 3 === 0 ? PEOPLE.hub : `user-${index + 1}`,
      messageId: `${seed}-overdue-${index}`,
      occurredAt: endsAt - DAY - ((index * 7_919) % 400) * DAY - (index % 24) * HOUR,
      type: index % 2 === 0 ? 'Visit Webpage' : 'Complete Order',
      attributes:
        index % 2 === 0 ? { title: 'Told late' } : { orderId: `late-${index}`, revenue: index / 100 },
    });
  for (let mask = 0; mask < 64; mask += 5) {
    const base = { externalId: `edge-human-${mask}`, campaign: EDGE_CAMPAIGN };
    // An earlier first send, and an open that cancels a bounce.
    yield activity({
      ...base,
      messageId: `${seed}-overdue-sent-${mask}`,
      type: 'Send Email',
      assetId: 'edge-c',
      occurredAt: endsAt - 100 * DAY,
    });
    if (mask % 2 === 0)
      yield activity({
        ...base,
        messageId: `${seed}-overdue-open-${mask}`,
        type: 'Open Email',
        occurredAt: endsAt - 3 * DAY,
      });
  }
}
