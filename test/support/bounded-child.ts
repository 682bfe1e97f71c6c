// The whole product in a process of its own, whose heap can be bounded by Node's options: it says where it listens, and
// how long its event loop was held, in CPU time of its main thread, which the load of the machine doesn't change.
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

process.on('message', (message) => {
  if (message === 'end') process.exit(0);
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
