// Sends a realistic mix of events at a steady rate, and compares what was acknowledged with what the stores have. See USAGE.

import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { directoryOn } from '../src/auth/directory.ts';
import { mintToken, openKeySet } from '../src/auth/key-set.ts';
import { readConfig } from '../src/config/config.ts';
import { createPhoenixDirectory } from '../src/datasources/directory/phoenix.ts';
import { openPhoenix } from '../src/datasources/phoenix/client.ts';
import { attachEngines } from './cluster/engines.ts';
import { lagsOf, untilCaughtUp } from './load/lags.ts';
import { describeFindings, describeLoad, isWhole } from './load/report.ts';
import { runLoad, zipf } from './load/sender.ts';
import type { Traffic } from './load/traffic.ts';
import { verifyCluster } from './load/verify.ts';

const USAGE = `npm run load -- --rate R --tenants N --skew S --minutes M

Sends R events a second of N tenants for M minutes through POST /v1/batch of the API that 'npm run cluster' runs,
100 a request, whatever the answers do; the k-th tenant sends 1/k^S of what the first does. Then waits until
the log is settled, and compares the log, the rows, the index and the figures with what was acknowledged.

  --url URL        of the API (default http://127.0.0.1:4000)
  --data DIR       of the cluster (default DATA_DIR, or ./data)
  --batch N        events in a request (default 100)
  --twice SHARE    of the requests that are sent again once (default 0)
  --no-verify      only sends
`;

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    tenants: { type: 'string', default: '1' },
    skew: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1' },
    url: { type: 'string', default: 'http://127.0.0.1:4000' },
    data: { type: 'string' },
    batch: { type: 'string', default: '100' },
    twice: { type: 'string', default: '0' },
    'no-verify': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const NAME = process.env['CLUSTER_NAME'] || 'journeygraph';
const TOKEN_SECONDS = 24 * 3_600;

async function run(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const dataDir = resolve(values.data ?? (process.env['DATA_DIR'] || 'data'));
  const engines = attachEngines(dataDir);
  if (!engines) throw new Error("The engines do not run here: start them with 'npm run cluster'.");
  const { addresses } = engines;
  const traffic: Traffic = {
    run: `load-${Date.now().toString(36)}`,
    start: Date.now() - 3_600_000,
    batchSize: Number(values.batch),
    people: 100_000,
  };
  const { auth } = readConfig({});
  const keySet = await openKeySet(join(dataDir, 'keys'));
  const phoenix = openPhoenix({ url: addresses.pqs, connections: 1 });
  const directory = directoryOn(createPhoenixDirectory(phoenix, { schema: NAME.toUpperCase() }));
  const tenants = [];
  for (const [index, weight] of zipf(Number(values.tenants), Number(values.skew)).entries()) {
    const id = `${traffic.run}-${index + 1}`;
    await directory.createTenant(id, id);
    const token = await mintToken(keySet, {
      ...auth,
      tenantId: id,
      scopes: ['activities:write'],
      subject: 'load',
      ttlSeconds: TOKEN_SECONDS,
    });
    tenants.push({ id, authorization: `Bearer ${token}`, weight });
  }
  await phoenix.close();

  const outcome = await runLoad({
    url: values.url,
    traffic,
    tenants,
    rate: Number(values.rate),
    seconds: Number(values.minutes) * 60,
    twice: Number(values.twice),
    warmUpSeconds: Math.min(10, Number(values.minutes) * 12),
    onSecond: ({ second, acknowledged, underWay }) => {
      if (second % 5 === 0) console.log(`${second} s: ${acknowledged} acknowledged, ${underWay} under way`);
    },
  });
  for (const line of describeLoad(outcome)) console.log(line);
  if (values['no-verify']) return 0;
  console.log('Waiting until the log is settled …');
  const workers = `http://127.0.0.1:${Number(new URL(values.url).port) + 1}`;
  await untilCaughtUp(() => lagsOf(workers), 3_000);
  const findings = await verifyCluster(
    { addresses, name: NAME },
    traffic,
    [...outcome.tenants].map(([tenantId, { acknowledged }]) => ({ tenantId, batches: acknowledged })),
  );
  for (const line of describeFindings(findings)) console.log(line);
  return isWhole(findings) ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
