import bowser from 'bowser';
import { isbot } from 'isbot';
import type { AgentKind } from '../../domain/agent-kind.ts';
import {
  APP_LIBRARIES,
  MAIL_CLIENTS,
  MAILBOX_PROXIES,
  PRIVACY_PROXIES,
  SCANNERS,
} from './data/mail-agents.ts';

/** The facts that a user agent gives. */
export type Agent = {
  readonly kind: AgentKind;
  /** The person's device; null for programs of others, and where the user agent does not name it. */
  readonly device: Device | null;
  /** Whether it is a robot on web sites, where nobody's mailbox is: by the list of web crawlers. */
  readonly isCrawler: boolean;
};
export type Device = 'desktop' | 'mobile' | 'tablet' | 'tv';

const KINDS: readonly (readonly [AgentKind, RegExp])[] = [
  ['MAILBOX_PROXY', MAILBOX_PROXIES],
  ['PRIVACY_PROXY', PRIVACY_PROXIES],
  ['SCANNER', SCANNERS],
  ['MAIL_CLIENT', MAIL_CLIENTS],
  ['APP', APP_LIBRARIES],
];
const BROWSER = /^(?:Mozilla|Opera)\//i;
const TABLET =
  /iPad|\b(?:SM-[PTX]\d|GT-[NP]\d|Nexus (?:7|9|10)|Pixel (?:C|Tablet)|KF[A-Z]{2}|Lenovo (?:TB|YT)|TB-[X\d]|\w*Pad\b|Tab(?:let)?\b|Xoom|SHIELD Tablet)/i;
const HANDHELD = /Android|iPhone|iPad|iPod|iOS/i;
const COMPUTER = /Windows|Macintosh|Mac OS X|CrOS|X11/i;
const TV = /\b(?:AFT[A-Z]|BRAVIA|Android ?TV|Google ?TV|Apple ?TV|AppleTV|Chromecast|SmartTV|Smart-TV|tvOS)/i;

/** The device of an app for phones by any name of its model. */
export function handheld(model: string): Device {
  if (TV.test(model)) return 'tv';
  return TABLET.test(model) ? 'tablet' : 'mobile';
}

/** Judges a user agent; what nobody knows by name, and is no browser, is an app. */
export function agentFrom(text: string): Agent {
  const agent = text.trim();
  const { type } = bowser.parse(agent || '-').platform;
  const isCrawler = type === 'bot' || isbot(agent);
  const named = KINDS.find(([, pattern]) => pattern.test(agent))?.[0];
  const kind = named ?? (isCrawler ? 'ROBOT' : BROWSER.test(agent) ? 'BROWSER' : 'APP');
  return { kind, device: deviceOf(kind, agent, type), isCrawler };
}

function deviceOf(kind: AgentKind, agent: string, platform: string | undefined): Device | null {
  switch (kind) {
    case 'BROWSER':
    case 'MAIL_CLIENT':
      if (platform === 'desktop' || platform === 'mobile' || platform === 'tablet' || platform === 'tv')
        return platform;
      return HANDHELD.test(agent) ? handheld(agent) : COMPUTER.test(agent) ? 'desktop' : null;
    case 'APP':
      // Without Android's or Apple's name it may be a computer's.
      return HANDHELD.test(agent) ? handheld(agent) : null;
    default:
      return null;
  }
}
