// The whole product in a process of its own, whose heap can be bounded by Node's options: it says where it listens, and
// how long its event loop was held, in CPU time of its main thread, which the load of the machine doesn't change.
import { anActivity } from './activities.ts';
import { ALL_SCOPES, openInstallation } from './application.ts';

const installation = await openInstallation({ COST_BUDGET: '1000000', COST_RESTORE_PER_SECOND: '1000000' });

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};
let before = threadMs();
let longest = 0;
setInterval(() => {
  const now = threadMs();
  longest = Math.max(longest, now - before);
  before = now;
}, 1);

/** Stores what the door no longer lets in: activities of 32 KB whose JSON takes most memory, beside the door. */
async function plant(count: number): Promise<void> {
  const { tenantOf, writer } = installation.application;
  const tenant = tenantOf('one');
  const { signal } = new AbortController();
  const lists = Array.from({ length: 10_800 }, () => []);
  for (let from = 0; from < count; from += 10)
    await writer.writeActivities(
      tenant,
      Array.from({ length: Math.min(10, count - from) }, (_, index) => {
        const number = from + index;
        const objects = Array.from({ length: 2_600 }, (_, name) => ({ [`${name * count + number}`]: 1 }));
        return anActivity(tenant.idSpace, {
          messageId: `dense-${number}`,
          externalId: 'dense',
          occurredAt: Date.now() - number * 1_000,
          attributes: { a: number % 2 === 0 ? lists : objects },
        });
      }),
      signal,
      { isVerdictShown: true },
    );
}

process.on('message', async (message: 'end' | 'hold' | { readonly plant: number }) => {
  if (message === 'end') process.exit(0);
  if (typeof message === 'object') await plant(message.plant);
  process.send?.({ longest });
  longest = 0;
});
process.send?.({
  address: installation.address,
  tokens: {
    all: await installation.token('one', ALL_SCOPES),
    masked: await installation.token('one', ['activities:read', 'analytics:read', 'activities:write']),
  },
});
