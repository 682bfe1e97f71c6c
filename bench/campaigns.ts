// From an accepted activity to the message of a campaign in the transport, and how a burst is worked off:
//   node bench/campaigns.ts [embedded|postgres] [--rate 20] [--seconds 30] [--burst 20000]
// One campaign, which every activity starts, adds to a score and sends an e-mail, which the file transport syncs to disk.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { aCampaign, aDefinition, aVersion } from '../test/support/campaigns.ts';
import { serverUrl } from '../test/support/databases.ts';
import { freshDatabase } from '../test/support/postgres.ts';
import { temporaryDirectory } from '../test/support/temp.ts';
import { startKillable } from '../verify/campaigns/server.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '30' },
    burst: { type: 'string', default: '20000' },
  },
});
const profile = positionals[0] ?? 'embedded';
const [rate, seconds, burst] = [Number(values.rate), Number(values.seconds), Number(values.burst)];
const PEOPLE = 2_000;
const RECORD =
  'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { results { error { code } } } }';

const email = {
  fromName: null,
  fromAddress: 'news@shop.example',
  replyTo: null,
  subject: 'Visit {{ activity.path }}',
  text: 'Hello',
  html: null,
};
const flow = [
  { choices: [], otherwise: { type: 'changeScore', score: 'score', by: 1 } },
  { choices: [], otherwise: { type: 'sendEmail', email } },
] as const;
const scratch = await temporaryDirectory();
const outbox = join(scratch.path, 'outbox');
const server = await startKillable(
  {
    DATA_DIR: join(scratch.path, 'data'),
    MAIL_OUTBOX: outbox,
    PROFILE: profile,
    DATABASE_URL: profile === 'postgres' ? await freshDatabase(await serverUrl()) : '',
  },
  [aCampaign({ versions: [aVersion({ definition: aDefinition({ flow }) })] })],
);

let next = 0;
/** Sends activities of people in turn. @returns when they were accepted, epoch milliseconds */
async function send(count: number): Promise<number> {
  const activities = Array.from({ length: count }, () => ({
    messageId: `m${next}`,
    externalId: `p${next % PEOPLE}`,
    type: 'Visit Webpage',
    occurredAt: new Date().toISOString(),
    attributes: { path: `/${next++}` },
  }));
  if (!(await server.ask(RECORD, { input: { activities } })))
    throw new Error('the server refused activities');
  return Date.now();
}
const sentCount = async (): Promise<number> =>
  (await readdir(join(outbox, 'one')).catch(() => [])).filter((name) => name.endsWith('.eml')).length;
async function untilSent(count: number): Promise<void> {
  while ((await sentCount()) < count) await sleep(100);
}
const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

for (let first = 0; first < PEOPLE; first += 500) {
  const leads = Array.from({ length: 500 }, (_, index) => ({
    externalId: `p${first + index}`,
    email: `p${first + index}@example.com`,
    traits: {},
  }));
  await server.ask(
    'mutation ($input: IdentifyLeadsInput!) { identifyLeads(input: $input) { results { error { message } } } }',
    {
      input: { leads },
    },
  );
}
// Warm: compiled code, prepared statements.
for (let round = 0; round < 20; round++) await send(10);
await untilSent(next);

const firstMeasured = next;
const acceptedAt = new Map<number, number>();
const end = Date.now() + seconds * 1_000;
for (let turn = 0; Date.now() < end; turn++) {
  const number = next;
  acceptedAt.set(number, await send(1));
  await sleep(Math.max(0, end - seconds * 1_000 + ((turn + 1) * 1_000) / rate - Date.now()));
}
await untilSent(next);
const delays: number[] = [];
for (const name of await readdir(join(outbox, 'one'))) {
  const path = join(outbox, 'one', name);
  const number = Number(/^Subject: Visit \/(\d+)\r$/m.exec(await readFile(path, 'utf8'))?.[1]);
  const accepted = acceptedAt.get(number);
  if (accepted !== undefined) delays.push(Math.max(0, (await stat(path)).mtimeMs - accepted));
}
delays.sort((a, b) => a - b);
console.log(
  `${profile}: ${next - firstMeasured} activities, ${rate}/s: accepted to message p50 ${percentile(delays, 0.5).toFixed(0)} ms, p99 ${percentile(delays, 0.99).toFixed(0)} ms, max ${percentile(delays, 1).toFixed(0)} ms`,
);

if (burst > 0) {
  const began = performance.now();
  for (let left = burst; left > 0; left -= 500) await send(Math.min(500, left));
  const taken = (performance.now() - began) / 1_000;
  await untilSent(next);
  const worked = (performance.now() - began) / 1_000;
  console.log(
    `burst of ${burst}: taken in after ${taken.toFixed(1)} s, all messages after ${worked.toFixed(1)} s (${(burst / worked).toFixed(0)} runs/s)`,
  );
}
await server.stop();
await scratch.remove();
process.exit(0);
