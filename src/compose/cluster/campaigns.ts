import type { KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import { createPhoenixRuns } from '../../datasources/campaign-runs/phoenix/adapter.ts';
import type { CampaignRuns } from '../../datasources/campaign-runs/port.ts';
import { createPhoenixDirectory } from '../../datasources/directory/phoenix.ts';
import { createPhoenixLists } from '../../datasources/lists/phoenix/adapter.ts';
import type { LeadLists } from '../../datasources/lists/port.ts';
import type { PhoenixClient } from '../../datasources/phoenix/client.ts';
import {
  openCampaignPublisher,
  publishing,
  publishMissing,
} from '../../datasources/smart-campaigns/kafka/publisher.ts';
import { createPhoenixSmartCampaigns } from '../../datasources/smart-campaigns/phoenix/adapter.ts';
import type { SmartCampaigns } from '../../datasources/smart-campaigns/port.ts';
import type { TenantOf } from '../../domain/tenant.ts';
import { createWorkLoop } from '../../lib/work-loop.ts';

type ClusterCampaignsOptions = {
  readonly kafka: KafkaConfig;
  readonly phoenix: PhoenixClient;
  readonly schema: string;
  readonly tenantOf: TenantOf;
  /** Whether this process publishes the campaigns that others stored and could not publish. */
  readonly publishesMissing: boolean;
  onError(error: unknown): void;
};

type ClusterCampaigns = {
  readonly ports: {
    readonly campaigns: SmartCampaigns;
    readonly lists: LeadLists;
    readonly runs: CampaignRuns;
    /** Sets the listener of new runs of this process. */
    onDecided(listener: () => void): void;
  };
  /** Runs for the follower of decisions, which wakes the executor of this process. */
  readonly started: Pick<CampaignRuns, 'add'>;
  close(): Promise<void>;
};

/** After a change of a campaign whose process died before it was published, in milliseconds. */
const PUBLISH_EVERY_MS = 600_000;
const PUBLISH_TIMEOUT_MS = 50_000;

/** Campaigns, lists and runs in HBase. Spark knows the campaigns by their topic. */
export function openClusterCampaigns(options: ClusterCampaignsOptions): ClusterCampaigns {
  const { kafka, phoenix, schema, tenantOf } = options;
  const publisher = openCampaignPublisher(kafka);
  const stored = createPhoenixSmartCampaigns(phoenix, { schema });
  const runs = createPhoenixRuns(phoenix, { schema, tenantOf });
  let onDecided = (): void => {};

  const directory = createPhoenixDirectory(phoenix, { schema });
  const closed = new AbortController();
  const publish = async (): Promise<void> => {
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]);
    const tenants = (await directory.tenants()).map(({ id }) => tenantOf(id));
    await publishMissing(stored, publisher, tenants, signal);
  };
  const publishMissingOnes = options.publishesMissing
    ? repeatedly(publish, PUBLISH_EVERY_MS, (error) => {
        if (!closed.signal.aborted) options.onError(error);
      })
    : undefined;

  return {
    ports: {
      campaigns: publishing(stored, publisher),
      lists: createPhoenixLists(phoenix, { schema }),
      runs,
      onDecided(listener) {
        onDecided = listener;
      },
    },
    started: {
      async add(tenant, decisions, signal) {
        await runs.add(tenant, decisions, signal);
        onDecided();
      },
    },
    async close() {
      closed.abort();
      await publishMissingOnes?.close();
      await publisher.close();
    },
  };
}

/** Does work at once, and again and again after a pause, whether it succeeded or not. */
function repeatedly(work: () => Promise<void>, everyMs: number, onError: (error: unknown) => void) {
  let dueAt = 0;
  const loop = createWorkLoop({
    async step() {
      await work().catch(onError);
      dueAt = performance.now() + everyMs;
      return false;
    },
    dueAt: () => dueAt,
  });
  loop.wake();
  return loop;
}
