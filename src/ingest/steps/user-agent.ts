import bowser from 'bowser';
import { isbot } from 'isbot';
import { LRUCache } from 'lru-cache';
import { isJsonObject } from '../../domain/json.ts';
import { type Candidate, known, type Step } from '../pipeline.ts';

type Agent = { readonly device: string | null; readonly isBot: boolean };

const MAX_AGENTS = 20_000;
const MAX_AGENT_LENGTH = 1_024;

/**
 * Device and robot from the user agent (`context.userAgent`), by bowser and isbot; the device of an app from what its
 * SDK says (`context.device.type`). A sender that knows a robot says `context.isBot`.
 */
export function createUserAgent(): Step<Candidate> {
  // A few thousand different ones make up all traffic.
  const agents = new LRUCache<string, Agent>({ max: MAX_AGENTS });
  const agentOf = (text: string): Agent => {
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
  };

  return function userAgent(candidate) {
    const { userAgent: text, device: said, isBot } = candidate.context;
    const agent = typeof text === 'string' && text !== '' ? agentOf(text) : undefined;
    const system = isJsonObject(said) ? said['type'] : undefined;
    const device = agent?.device ?? (system === 'ios' || system === 'android' ? 'mobile' : null);
    const isRobot = agent?.isBot === true || isBot === true;
    return known(candidate, device === null && !isRobot ? undefined : { device, isBot: isRobot });
  };
}
