import { LRUCache } from 'lru-cache';
import { isAutomatic } from '../../domain/agent-kind.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { type Candidate, enrich, type Step } from '../draft/pipeline.ts';
import { type Agent, agentFrom, type Device, handheld } from './agents.ts';
import { clientLibrary } from './libraries.ts';

const MAX_AGENTS = 20_000;
const MAX_AGENT_LENGTH = 1_024;

/**
 * Device and robot from the user agent (`context.userAgent`, or `user_agent`), and of e-mails the kind of agent. The
 * device of an app is what its SDK says (`context.device`). A sender that knows a robot says `context.isBot`.
 */
export function createUserAgent(): Step<Candidate> {
  // A few thousand different ones make up all traffic.
  const agents = new LRUCache<string, Agent>({ max: MAX_AGENTS });
  const agentOf = (text: string): Agent => {
    const key = text.slice(0, MAX_AGENT_LENGTH);
    let agent = agents.get(key);
    if (!agent) agents.set(key, (agent = agentFrom(key)));
    return agent;
  };

  return function userAgent(candidate) {
    const { context, type } = candidate;
    const text = context['userAgent'] ?? context['user_agent'];
    const agent = typeof text === 'string' && text.trim() !== '' ? agentOf(text) : null;
    const library = clientLibrary(context);
    const device = saidDevice(context['device']) ?? agent?.device ?? (library === 'mobile' ? 'mobile' : null);
    const isSaid = context['isBot'] === true;
    if (type.category === 'EMAIL') {
      const kind = agent?.kind ?? null;
      const agentKind = isSaid && !isAutomatic(kind) ? 'SCANNER' : kind;
      return enrich(candidate, { device, agentKind, isBot: isAutomatic(agentKind) });
    }
    const isBot = isSaid || (agent !== null && isRobot(agent, library === 'mobile' || isApp(context)));
    return enrich(candidate, device === null && !isBot ? undefined : { device, isBot });
  };
}

/** On web sites and in apps: a mailbox's proxy is a robot there, an e-mail program is not, an app only outside of one. */
function isRobot({ kind, isCrawler }: Agent, isInApp: boolean): boolean {
  if (kind === 'MAIL_CLIENT') return false;
  return kind === 'APP' ? isCrawler && !isInApp : kind !== 'BROWSER';
}

const isApp = ({ app, device }: JsonObject): boolean =>
  (isJsonObject(app) && typeof app['name'] === 'string') || systemOf(device) !== undefined;

const SYSTEMS: ReadonlySet<string> = new Set(['ios', 'ipados', 'android', 'tvos']);
const DEVICES: Readonly<Record<string, Device>> = {
  mobile: 'mobile',
  phone: 'mobile',
  smartphone: 'mobile',
  tablet: 'tablet',
  desktop: 'desktop',
  computer: 'desktop',
  laptop: 'desktop',
  tv: 'tv',
  smarttv: 'tv',
};

/** `context.device.type` in lower case, where it is an operating system of phones, as Segment's SDKs say it. */
function systemOf(device: Json | undefined): string | undefined {
  const type = isJsonObject(device) ? device['type'] : undefined;
  const system = typeof type === 'string' ? type.toLowerCase() : '';
  return SYSTEMS.has(system) ? system : undefined;
}

function saidDevice(device: Json | undefined): Device | null {
  if (!isJsonObject(device)) return null;
  const { type, model, name } = device;
  const system = systemOf(device);
  if (system !== undefined)
    return system === 'ipados' ? 'tablet' : handheld([system, model, name].filter(Boolean).join(' '));
  return typeof type === 'string' ? (DEVICES[type.toLowerCase()] ?? null) : null;
}
