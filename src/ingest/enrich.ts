import bowser from 'bowser';
import { isbot } from 'isbot';
import { LRUCache } from 'lru-cache';
import type { ActivityCategory } from '../domain/activity-types.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';

/** What the circumstances of an activity tell. */
export type Enrichment = {
  readonly device: string | null;
  readonly country: string | null;
  readonly isBot: boolean;
};

type Agent = { readonly device: string | null; readonly isBot: boolean };

const agents = new LRUCache<string, Agent>({ max: 20_000 });
const MAX_AGENT_LENGTH = 1_024;

/** Device and robot from a user agent; few thousand different ones make up all traffic, so they are remembered. */
function agentOf(text: string): Agent {
  const key = text.slice(0, MAX_AGENT_LENGTH);
  let agent = agents.get(key);
  if (!agent) {
    const platform = bowser.parse(key).platform.type;
    agent = {
      device: platform && platform !== 'bot' ? platform : null,
      isBot: platform === 'bot' || isbot(key),
    };
    agents.set(key, agent);
  }
  return agent;
}

const COUNTRY = /^[a-z]{2}$/i;

/** Device, country and robot flag from a context as senders give it (Segment's common fields). */
export function enrich(context: JsonObject): Enrichment {
  const userAgent = context['userAgent'];
  const agent =
    typeof userAgent === 'string' && userAgent !== '' ? agentOf(userAgent) : { device: null, isBot: false };
  const location = isJsonObject(context['location']) ? context['location'] : {};
  const country = [context['country'], location['countryCode'], location['country']].find(
    (value): value is string => typeof value === 'string' && COUNTRY.test(value),
  );
  const device = isJsonObject(context['device']) ? context['device']['type'] : undefined;
  return {
    device: agent.device ?? (device === 'ios' || device === 'android' ? 'mobile' : null),
    country: country?.toUpperCase() ?? null,
    isBot: agent.isBot || context['isBot'] === true,
  };
}

/** The channel of an activity whose sender names none. */
export function channelOf(category: ActivityCategory): string {
  switch (category) {
    case 'EMAIL':
      return 'email';
    case 'WEB':
      return 'web';
    case 'MOBILE':
      return 'mobile';
    case 'CRM':
      return 'crm';
    case 'CUSTOM':
      return 'other';
    default:
      return category satisfies never;
  }
}
