import { activityId, messageHash } from '../../domain/ids.ts';
import { leadKey } from '../../domain/lead.ts';
import { ok } from '../draft/draft.ts';
import {
  type Accepted,
  type Candidate,
  createPipeline,
  type Pipeline,
  type Step,
  type Steps,
} from '../draft/pipeline.ts';
import { createCampaign } from '../steps/campaign.ts';
import { createChannel, NO_CHANNEL } from '../steps/channel.ts';
import { type CountryOf, createCountry } from '../steps/country.ts';
import { createLinks } from '../steps/links.ts';
import { createNormalise } from '../steps/normalise.ts';
import { createOrigin } from '../steps/origin.ts';
import { createRobots } from '../steps/robots.ts';
import { createUserAgent } from '../steps/user-agent.ts';

/**
 * The version of the pipeline, recorded with every activity. Every change of results for the same draft raises it:
 * other steps, another order, another rule, a new version of bowser or isbot. ADR 13 lists the versions. Configuration
 * (a newer country database, robots left out) is not part of it.
 */
export const ENRICHMENT_VERSION = 2;

export type EnrichmentOptions = {
  /** By which an IP address tells a country; left out: by none. */
  readonly countryOf?: CountryOf;
  /** Whether robots' visits to web sites are recorded. */
  readonly robots?: boolean;
  /** Called when a step throws. */
  readonly onBroken?: (step: string, error: unknown) => void;
};

/** The steps of every accepted activity, by the category of its type. */
export function createEnrichment(options: EnrichmentOptions = {}): Pipeline {
  const userAgent = createUserAgent();
  const robots = createRobots(options.robots ?? true);
  const origin = createOrigin();
  const campaign = createCampaign();
  const channel = createChannel();
  const country = createCountry(options.countryOf ?? (() => null));
  const saidCountry = createCountry(() => null);
  const links = createLinks();
  const steps: Steps = {
    normalise: createNormalise(),
    enrich: {
      WEB: [userAgent, robots, origin, campaign, channel, country, links],
      CUSTOM: [userAgent, robots, origin, campaign, channel, country, links],
      MOBILE: [userAgent, origin, campaign, channel, country, links],
      EMAIL: [userAgent, origin, campaign, channel, country, links],
      // A user agent or an address here is that of the system that reports, not of the person.
      CRM: [origin, campaign, channel, saidCountry, links],
    },
    finish: createFinish(),
  };
  return createPipeline(steps, options.onBroken ?? (() => {}));
}

/** Gives the activity its id: ready for every store. */
const createFinish = (): Step<Candidate, Accepted> =>
  function finish({
    arrival: { idSpace, draft, policy, space, now },
    type,
    identity,
    links,
    warnings,
    channel,
    campaign,
    attributes,
    context,
    country,
    device,
    isBot,
    contentDigest,
    agentKind,
  }) {
    const key = leadKey(idSpace, identity);
    return ok({
      links,
      warnings,
      activity: {
        id: activityId({
          leadKey: key,
          occurredAt: draft.occurredAt,
          hash: messageHash(idSpace, draft.messageId, space),
        }),
        messageId: draft.messageId,
        leadKey: key,
        identity,
        type: type.name,
        occurredAt: draft.occurredAt,
        receivedAt: now,
        campaign,
        assetId: draft.assetId,
        channel: channel ?? NO_CHANNEL,
        source: policy.source,
        attributes,
        context,
        country,
        device,
        isBot,
        agentKind,
        enrichmentVersion: ENRICHMENT_VERSION,
        contentDigest,
      },
    });
  };
