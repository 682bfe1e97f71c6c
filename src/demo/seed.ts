import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory } from '../auth/directory.ts';
import type { Activity } from '../domain/activity.ts';
import { standardType } from '../domain/activity-types.ts';
import type { LeadUpdate } from '../domain/lead.ts';
import type { TenantOf } from '../domain/tenant.ts';
import { acceptLead } from '../ingest/door/accept-lead.ts';
import type { Collector } from '../ingest/door/collector.ts';
import { createEnrichment } from '../ingest/door/enrichment.ts';
import type { Outcome, Policy } from '../ingest/draft/draft.ts';
import type { Writer } from '../ingest/write/writer-port.ts';
import { never } from '../lib/abort.ts';
import { type DemoCampaignPorts, seedCampaigns, sendExamples } from './campaigns.ts';
import { type DemoEvent, generateHistory } from './generator.ts';

export const DEMO_TENANTS = [
  { id: 'acme', name: 'Acme Corporation', seed: 11 },
  { id: 'globex', name: 'Globex Industries', seed: 23 },
] as const;

export type SeedOptions = {
  readonly directory: Directory;
  readonly writer: Writer;
  /** Where campaigns are kept, and the door for activities that start them; without campaigns, none are made. */
  readonly campaigns?: (DemoCampaignPorts & { readonly collector: Pick<Collector, 'collect'> }) | undefined;
  readonly tenantOf: TenantOf;
  /** Where the demo's write keys are kept, to be shown at every start; readable by the owner alone. */
  readonly keyDirectory: string;
  readonly activitiesPerTenant: number;
  /** Clock, epoch milliseconds: histories end at the start of its day. */
  readonly now: number;
  readonly onProgress: (done: number, total: number) => void;
  /** After each tenant's history. */
  readonly afterHistory: () => Promise<void>;
};

const writeKeyFile = (directory: string, tenantId: string): string =>
  join(directory, `demo-write-key-${tenantId}`);

/** The demo's write key of a tenant; undefined when its file is missing. */
export const readDemoWriteKey = (directory: string, tenantId: string): Promise<string | undefined> =>
  readFile(writeKeyFile(directory, tenantId), 'utf8').catch(() => undefined);

/**
 * The demo's tenants that the demo itself created: only their tokens may be printed. A tenant of an older version has
 * no mark; there the demo's own write key in the key directory tells.
 */
export async function madeByDemo(
  directory: Pick<Directory, 'tenant' | 'findKey'>,
  keyDirectory: string,
): Promise<readonly (typeof DEMO_TENANTS)[number][]> {
  const made = await Promise.all(
    DEMO_TENANTS.map(async ({ id }) => {
      if ((await directory.tenant(id))?.isDemo) return true;
      const writeKey = await readDemoWriteKey(keyDirectory, id);
      return writeKey !== undefined && (await directory.findKey(writeKey))?.tenantId === id;
    }),
  );
  return DEMO_TENANTS.filter((_, index) => made[index]);
}

/**
 * Whether an installation shows the demo. `DEMO` decides; without it only `embedded` shows the demo, and only until
 * somebody creates a tenant.
 */
export async function isDemoWanted(
  said: boolean | undefined,
  profile: string,
  directory: Pick<Directory, 'tenants' | 'tenant' | 'findKey'>,
  keyDirectory: string,
): Promise<boolean> {
  if (said !== undefined) return said;
  if (profile !== 'embedded') return false;
  const own = new Set<string>((await madeByDemo(directory, keyDirectory)).map(({ id }) => id));
  return (await directory.tenants()).every(({ id }) => own.has(id));
}

const DAY = 24 * 3_600_000;
const DAYS = 90;
const BATCH = 1_000;
const POLICY: Policy = { source: 'demo', mode: 'strict' };

/**
 * Makes the demo's tenants and writes their histories, through the same checks and the same write path as everybody's
 * activities. A tenant is created when its history is written. A run that is stopped and repeated on the same day
 * continues, and nothing counts twice.
 * @returns how many activities were written
 */
export async function seedDemo(options: SeedOptions): Promise<number> {
  const { directory } = options;
  const there = await Promise.all(DEMO_TENANTS.map(({ id }) => directory.tenant(id)));
  const missing = DEMO_TENANTS.filter((_, index) => there[index] === undefined);
  const total = missing.length * options.activitiesPerTenant;
  let written = 0;
  for (const { id, name, seed } of missing) {
    written += await writeHistory(options, id, seed, (count) =>
      options.onProgress(Math.min(written + count, total), total),
    );
    await options.afterHistory();
    if (options.campaigns) {
      const tenant = options.tenantOf(id);
      await seedCampaigns(options.campaigns, tenant, options.now, never());
      await sendExamples(options.campaigns.collector, tenant, options.now, never());
    }
    await directory.createTenant(id, name, { isDemo: true });
    await writeFile(
      writeKeyFile(options.keyDirectory, id),
      await directory.createKey({ tenantId: id, kind: 'write', scopes: ['activities:write'], name: 'demo' }),
      { mode: 0o600 },
    );
  }
  return written;
}

async function writeHistory(
  options: SeedOptions,
  tenantId: string,
  seed: number,
  onProgress: (count: number) => void,
): Promise<number> {
  const tenant = options.tenantOf(tenantId);
  const signal = never();
  const enrichment = createEnrichment();
  const endsAt = Math.floor(options.now / DAY) * DAY;
  let activities: Activity[] = [];
  let leads: LeadUpdate[] = [];
  let count = 0;
  const flush = async () => {
    await Promise.all([
      activities.length > 0 ? options.writer.writeActivities(tenant, activities, signal) : undefined,
      leads.length > 0 ? options.writer.writeLeadUpdates(tenant, leads, signal) : undefined,
    ]);
    count += activities.length;
    [activities, leads] = [[], []];
    onProgress(count);
  };
  for (const event of generateHistory({
    activities: options.activitiesPerTenant,
    days: DAYS,
    endsAt,
    seed,
  })) {
    if (event.kind === 'activity') {
      const { draft, receivedAt: now } = event;
      const arrival = { idSpace: tenant.idSpace, draft, type: standardType(draft.type), policy: POLICY, now };
      const { activity, links } = accepted(enrichment.run(arrival), event);
      activities.push(activity);
      leads.push(...links);
    } else leads.push(accepted(acceptLead(event.draft, POLICY, options.now), event).update);
    if (activities.length + leads.length >= BATCH) await flush();
  }
  await flush();
  return count;
}

/** The generator only makes what the door takes; anything else is a fault of ours. */
function accepted<T>(outcome: Outcome<T>, event: DemoEvent): T {
  if (outcome.kind === 'ok') return outcome.value;
  throw new Error(`the demo made a bad ${event.kind}: ${JSON.stringify(outcome)}`);
}
