import { CAMPAIGN_POLICY } from '../campaigns/actions/door.ts';
import type { Config } from '../config/config.ts';
import type { ActivityReads } from '../datasources/activity-store/port.ts';
import type { FailedActivities } from '../datasources/failed-activities/port.ts';
import type { Json } from '../domain/json.ts';
import type { Clock } from '../domain/time/clock.ts';
import { SEGMENT } from '../gateway/segment/routes.ts';
import { decodeImported, IMPORT } from '../import/deliver/send.ts';
import { decodeMarketo, MARKETO, type MarketoSources } from '../ingest/dialects/marketo/decode.ts';
import { decodeEvent } from '../ingest/dialects/segment/decode.ts';
import type { ActivityTypes } from '../ingest/door/activity-types.ts';
import { createIngestBudget, type IngestBudget } from '../ingest/door/budget.ts';
import { type Collector, createCollector } from '../ingest/door/collector.ts';
import { counting, type ItemCount } from '../ingest/door/counting.ts';
import { createEnrichment } from '../ingest/door/enrichment.ts';
import { createReplay, type Decoder, type Replay } from '../ingest/door/replay.ts';
import type { Item } from '../ingest/draft/draft.ts';
import { openCountries } from '../ingest/steps/countries.ts';
import type { Writer } from '../ingest/write/writer-port.ts';
import { createLogger } from '../observability/logger.ts';
import { decodeActivity, decodeLead, GRAPHQL } from '../resolvers/ingestion/decode.ts';
import type { ActivityInput, LeadInput } from '../resolvers/ingestion/generated.ts';

/** The way in, the same for every dialect and profile. */
export type Door = {
  readonly collector: Collector;
  readonly budget: IngestBudget;
  readonly replay: Replay;
  /** How many items of each dialect got which verdict since the process began. */
  readonly itemCounts: () => readonly ItemCount[];
};

/** Builds the door in front of a writer. @throws Error for a country database that can't be read */
export async function openDoor(
  { ingest, log }: Pick<Config, 'ingest' | 'log'>,
  parts: {
    readonly store: ActivityReads;
    readonly writer: Writer;
    readonly types: ActivityTypes;
    readonly failures: FailedActivities;
    readonly clock: Clock;
  },
): Promise<Door> {
  const logger = createLogger(log.level);
  const pipeline = createEnrichment({
    robots: ingest.recordRobots,
    // Never the error's message: it may quote what the sender said.
    onBroken: (step, error) =>
      logger.error({ step, at: placeOf(error) }, 'a step of the enrichment broke on an activity'),
    ...(ingest.geoipDatabase !== undefined && { countryOf: await openCountries(ingest.geoipDatabase) }),
  });
  const budget = createIngestBudget({ tenant: ingest.rates, publicKey: ingest.publicKeyRates });
  const { collector, counts } = counting(
    createCollector({
      ...parts,
      pipeline,
      budget,
      now: parts.clock.now,
      // Never what the sender said, nor the messages, which quote it.
      onUnkept: (tenant, failed, error) =>
        logger.error(
          {
            tenant: tenant.id,
            items: failed.length,
            codes: [...new Set(failed.map(({ code }) => code))],
            err: error,
          },
          'rejected items could not be kept among the failed activities',
        ),
    }),
  );
  return {
    collector,
    budget,
    itemCounts: counts,
    replay: createReplay({ ...parts, collector, decoders: { ...DECODERS, marketo: marketoDecoder(parts) } }),
  };
}

/** Name and place of an error in our code. */
const placeOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.name} ${/\n\s+(at .*)/.exec(error.stack ?? '')?.[1] ?? ''}`
    : typeof error;

type Originals = Parameters<Decoder['decode']>[1];
const eachOf =
  (decode: (original: Json, failedAt: number, kind: string) => Item) =>
  async (_tenant: unknown, originals: Originals) =>
    originals.map(({ original, failure }) => decode(original, failure.failedAt, failure.kind));

/** Its leads are looked for again: they may be there now. */
const marketoDecoder = (sources: MarketoSources): Decoder => ({
  policy: MARKETO,
  decode: (tenant, originals, signal) =>
    decodeMarketo(
      sources,
      tenant,
      originals.map(({ original }) => original),
      signal,
    ),
});

const DECODERS: Readonly<Record<'graphql' | 'segment' | 'import' | 'campaign', Decoder>> = {
  // Kept as the item itself.
  campaign: { policy: CAMPAIGN_POLICY, decode: eachOf((original) => original as unknown as Item) },
  graphql: {
    policy: GRAPHQL,
    decode: eachOf((original, failedAt, kind) =>
      kind === 'lead'
        ? decodeLead(original as unknown as LeadInput, failedAt)
        : decodeActivity(original as unknown as ActivityInput),
    ),
  },
  segment: {
    policy: SEGMENT,
    decode: eachOf((original, arrivedAt) =>
      decodeEvent(original, null, {
        sentAt: undefined,
        receivedAt: undefined,
        context: undefined,
        arrivedAt,
        address: undefined,
      }),
    ),
  },
  import: { policy: IMPORT, decode: eachOf((original, _failedAt, kind) => decodeImported(original, kind)) },
};
