import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../auth/authenticate.ts';
import { DomainError } from '../../lib/errors.ts';

export type SettingsOptions = {
  readonly authenticator: Authenticator;
  /** How senders reach us, without a slash at the end; undefined: as they just did, by http. */
  readonly publicUrl: string | undefined;
};

/**
 * Settings that SDKs of browsers and phones read before they send: Segment's `/v1/projects/KEY/settings` (under a host
 * of its own `/projects/KEY/settings`) and RudderStack's `/sourceConfig`. The answer names this installation as the
 * only destination.
 */
export function settingsRoutes(options: SettingsOptions): (server: FastifyInstance) => void {
  const { authenticator } = options;
  const originOf = ({ host }: FastifyRequest): URL => new URL(options.publicUrl ?? `http://${host}`);
  return (server) => {
    for (const path of ['/v1/projects/:key/settings', '/projects/:key/settings'])
      server.get<{ Params: { key: string } }>(path, async (request, reply) => {
        const { key } = request.params;
        await checkKey(authenticator, key, request.ip);
        return reply.send(segmentSettings(key, originOf(request)));
      });
    server.get<{ Querystring: { writeKey?: string } }>('/sourceConfig', async (request, reply) => {
      const { writeKey } = request.query;
      if (typeof writeKey !== 'string')
        throw new DomainError('BAD_USER_INPUT', "Say which key in the address: '?writeKey=…'.");
      await checkKey(authenticator, writeKey, request.ip);
      return reply.send(rudderSettings(writeKey));
    });
  };
}

/** Reports a wrong key here, where the developer of the page sees it. @throws DomainError `NOT_FOUND` */
async function checkKey(authenticator: Authenticator, key: string, address: string): Promise<void> {
  try {
    await authenticator.authenticateKey(key, address);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'UNAUTHENTICATED')
      throw new DomainError('NOT_FOUND', 'There is no source with this write key.', { cause: error });
    throw error;
  }
}

/** `protocol` and `apiHost` of analytics.js; SDKs of phones read `apiHost` alone, and always use https. */
const segmentSettings = (apiKey: string, { protocol, host, pathname }: URL) => ({
  integrations: {
    'Segment.io': {
      apiKey,
      apiHost: `${host}${pathname === '/' ? '' : pathname}/v1`,
      protocol: protocol.slice(0, -1),
      unbundledIntegrations: [],
      addBundledMetadata: true,
      versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
    },
  },
  plan: {
    track: { __default: { enabled: true, integrations: {} } },
    identify: { __default: { enabled: true } },
    group: { __default: { enabled: true } },
  },
  edgeFunction: {},
  // None of what the SDKs count of themselves is wanted.
  metrics: { sampleRate: 0, host: `${host}${pathname === '/' ? '' : pathname}/v1` },
  middlewareSettings: {},
  enabledMiddleware: {},
  remotePlugins: [],
  legacyVideoPluginsEnabled: false,
});

const rudderSettings = (writeKey: string) => ({
  source: {
    id: writeKey,
    name: 'Journeygraph',
    writeKey,
    enabled: true,
    workspaceId: 'journeygraph',
    config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
    destinations: [],
    connections: [],
    dataplanes: {},
  },
});
