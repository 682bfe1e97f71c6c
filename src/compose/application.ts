import { join } from 'node:path';
import { type Authenticator, createAuthenticator } from '../auth/authenticate.ts';
import { createTokenIssuer, type TokenIssuer } from '../auth/client-credentials.ts';
import { type KeySet, openKeySet } from '../auth/key-set.ts';
import { requireViewer } from '../auth/viewer.ts';
import { type Config, requireSubgraphs, runsCampaigns } from '../config/config.ts';
import { openDataDirectory } from '../datasources/db/data-directory.ts';
import type { RouteRequest } from '../gateway/direct.ts';
import { routerCheck } from '../gateway/router/secret.ts';
import { ROUTER_HEADER } from '../gateway/router/subgraph-request.ts';
import type { IngestBudget } from '../ingest/door/budget.ts';
import { subgraphs } from '../resolvers/all.ts';
import type { RequestContext, Services } from '../resolvers/context.ts';
import { createLoaders } from '../resolvers/loaders.ts';
import { noExchange, readExchange } from '../services/figures/exchange.ts';
import { keepForgetting } from '../services/privacy/forget.ts';
import type { Backend } from './backend.ts';
import { openCampaigns } from './campaigns.ts';
import { openClusterBackend } from './cluster.ts';
import { type Door, openDoor } from './door.ts';
import { createServices } from './services.ts';
import { openSqlBackend } from './sql.ts';

/** Everything of one installation that lives as long as the process. */
export type Application = Pick<
  Backend,
  | 'tenantOf'
  | 'directory'
  | 'clock'
  | 'indexedUntil'
  | 'store'
  | 'writer'
  | 'followers'
  | 'afterBulkLoad'
  | 'dependencies'
  | 'automation'
> & {
  readonly keySet: KeySet;
  /** Where private keys are kept. */
  readonly keyDirectory: string;
  readonly authenticator: Authenticator;
  readonly tokens: TokenIssuer;
  readonly budget: IngestBudget;
  readonly itemCounts: Door['itemCounts'];
  readonly services: Services;
  /** The context of a request, after authentication. @throws DomainError `UNAUTHENTICATED` for a bad credential */
  createContext(request: RouteRequest, signal: AbortSignal): Promise<RequestContext>;
  /** Finishes writes in flight, then closes the stores. */
  close(): Promise<void>;
};

/** Called for background failures that are retried: an engine that is away, a failed batch. */
export type OnBackgroundError = (where: string, error: unknown) => void;

/** Receives notices for the operator, one line each. */
type OnNotice = (line: string) => void;

/** Profile → adapters. */
function openBackend(
  { storage, http, ingest, auth }: Config,
  onError: OnBackgroundError,
  onNotice: OnNotice,
): Promise<Backend> {
  const { requestTimeoutMs } = http;
  const { failedRetentionMs } = ingest;
  const { credentialGraceMs } = auth;
  const common = { requestTimeoutMs, failedRetentionMs, credentialGraceMs, onNotice };
  return storage.profile === 'cluster'
    ? openClusterBackend({ storage, ...common, onError })
    : openSqlBackend({ storage, ...common });
}

/** Opens the stores of the profile, and puts the services on top. */
export async function openApplication(
  config: Config,
  onError: OnBackgroundError = () => {},
  onNotice: OnNotice = () => {},
): Promise<Application> {
  requireSubgraphs(
    config,
    subgraphs.map(({ name }) => name),
  );
  const { ratesFile } = config.currencies;
  const exchange = ratesFile === undefined ? noExchange : await readExchange(ratesFile);
  await openDataDirectory(config.storage.dataDir);
  const backend = await openBackend(config, onError, onNotice);
  const { tenantOf, directory, store, types, writer, failures } = backend;
  const door = await openDoor(config, { store, writer, types, failures, clock: backend.clock });
  const services = createServices({
    ...backend,
    ...door,
    exchange,
    allowedHosts: config.campaigns.webhookHosts,
    sendLimits: config.campaigns.sendLimits,
    searchableUntil: searchableUntil(backend, door, config.ingest.settleMs),
  });
  const forgetting = keepForgetting({
    ...backend.personal.ports,
    tenantOf,
    onError: (error) => onError('an erasure', error),
  });
  const executor =
    runsCampaigns(config) &&
    openCampaigns({
      config: config.campaigns,
      ports: backend.automation,
      store,
      collector: door.collector,
      tenantOf,
      now: backend.clock.now,
      onError: (error) => onError('a campaign', error),
    });
  const keyDirectory = join(config.storage.dataDir, 'keys');
  const keySet = await openKeySet(keyDirectory);
  const authenticator = createAuthenticator({ ...config.auth, keySet, directory, tenantOf });
  const isRouter = routerCheck(config.federation.secret);
  const tokens = createTokenIssuer({ ...config.auth, keySet, directory, authenticator });

  return {
    ...backend,
    keyDirectory,
    keySet,
    authenticator,
    tokens,
    async close() {
      if (executor) await executor.close();
      await forgetting.close();
      await backend.close();
    },
    budget: door.budget,
    itemCounts: door.itemCounts,
    services,
    async createContext(request, signal) {
      const { authorization } = request.headers;
      const viewer = await authenticator.authenticate(authorization, request.address);
      return {
        requestId: request.id,
        viewer,
        signal,
        authorization,
        fromRouter: isRouter(request.headers[ROUTER_HEADER]),
        loaders: createLoaders(services, () => requireViewer({ viewer }), signal),
        services,
      };
    },
  };
}

/** The time up to which search finds all that a tenant sent: it is settled, indexed, and none of it is being written. */
const searchableUntil =
  (backend: Backend, door: Door, settleMs: number) =>
  async (tenantId: string, signal: AbortSignal): Promise<number | undefined> => {
    const before = backend.clock.now() - settleMs;
    const indexed = await backend.indexedUntil(tenantId, signal);
    if (indexed === undefined) return undefined;
    const settled = Math.min(before, indexed);
    return Math.min(settled, door.collector.oldestPending(tenantId) ?? settled) - 1;
  };
