import { createCampaignDoor } from '../campaigns/actions/door.ts';
import { createWebhookClient } from '../campaigns/actions/webhook-client.ts';
import { type Executor, startExecutor } from '../campaigns/executor.ts';
import type { Config } from '../config/config.ts';
import type { ActivityReads } from '../datasources/activity-store/port.ts';
import type { CampaignRuns } from '../datasources/campaign-runs/port.ts';
import type { LeadLists } from '../datasources/lists/port.ts';
import { createFileTransport } from '../datasources/mail-transport/file/adapter.ts';
import type { SmartCampaigns } from '../datasources/smart-campaigns/port.ts';
import type { TenantOf } from '../domain/tenant.ts';
import type { Collector } from '../ingest/door/collector.ts';

/** The ports of campaigns of a profile. */
export type CampaignPorts = {
  readonly campaigns: SmartCampaigns;
  readonly lists: LeadLists;
  readonly runs: CampaignRuns;
  /** Sets the listener of new runs of this process. They may be committed a moment later. */
  onDecided(listener: () => void): void;
};

export type CampaignsOptions = {
  readonly config: Config['campaigns'];
  readonly ports: CampaignPorts;
  readonly store: Pick<ActivityReads, 'persons' | 'timelines' | 'activities' | 'leadKeys'>;
  readonly collector: Pick<Collector, 'collect'>;
  readonly tenantOf: TenantOf;
  /** Clock, epoch milliseconds. */
  readonly now: () => number;
  onError(error: unknown): void;
};

/** Starts the executor of a process, with mail and webhooks. */
export function openCampaigns({ config, ports, store, collector, ...rest }: CampaignsOptions): Executor {
  const mail = createFileTransport(config.outbox);
  const webhooks = createWebhookClient({ allowedHosts: config.webhookHosts, now: rest.now });
  const executor = startExecutor({
    ...rest,
    parts: {
      ...ports,
      store,
      mail,
      webhooks,
      door: createCampaignDoor(collector),
      sendLimits: config.sendLimits,
      mailDomain: config.mailDomain,
    },
  });
  ports.onDecided(executor.wake);
  return {
    wake: executor.wake,
    async close() {
      await executor.close();
      await Promise.all([mail.close(), webhooks.close()]);
    },
  };
}
