import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCommandConfig } from '../config/config.ts';
import { createPostgresCheckpoints } from '../datasources/activity-log/checkpoints.ts';
import {
  acceptDamage,
  inspectSegments,
  type SegmentReport,
} from '../datasources/activity-log/file/segment-repair.ts';
import { lockDirectory } from '../datasources/db/directory-lock.ts';
import { openPglite } from '../datasources/db/pglite.ts';
import { never } from '../lib/abort.ts';

const USAGE = `Usage: npm run log -- --check | --accept-damage
Reads every record of the embedded activity log (DATA_DIR/log). Stop the server first.
--check: report damage and change nothing. Exit code 1 when there is damage.
--accept-damage: give up the damaged records for good, and keep all others. Only where no copy can be restored.`;

/** Where the store has come to with the log; 0 where there is no store. */
async function checkpointOf(dataDir: string): Promise<number> {
  const directory = join(dataDir, 'db');
  if (!existsSync(directory)) return 0;
  const db = await openPglite(directory);
  try {
    const [table] = await db.query<{ name: string | null }>(
      "SELECT to_regclass('log_checkpoints')::text AS name",
    );
    if (!table?.name) return 0;
    const positions = await createPostgresCheckpoints(db).load(never());
    return positions.get(0) ?? 0;
  } finally {
    await db.close();
  }
}

function describe({ path, records, damage, isHeaderDamaged, tornBytes }: SegmentReport): string {
  const lines = [`${path}: ${records} records`];
  if (isHeaderDamaged) lines.push('  damaged header');
  for (const gap of damage)
    lines.push(
      `  damaged: ${gap.records} records from ${gap.offset} on (${gap.bytes} bytes from byte ${gap.at} on)`,
    );
  if (tornBytes > 0)
    lines.push(`  ${tornBytes} bytes of an interrupted write; nobody was told they were recorded`);
  return lines.join('\n');
}

/** @returns the exit code */
async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { check: { type: 'boolean' }, 'accept-damage': { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help || Boolean(values.check) === Boolean(values['accept-damage'])) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const { storage } = readCommandConfig(env);
  if (storage.profile !== 'embedded')
    throw new Error(
      `PROFILE=${storage.profile} keeps its log in its engine: there are no log files to check.`,
    );
  const dir = join(storage.dataDir, 'log');
  if (!existsSync(dir)) throw new Error(`There is no log in ${dir}. Set DATA_DIR to the server's.`);
  const unlock = await lockDirectory(dir);
  try {
    const checkpoint = await checkpointOf(storage.dataDir);
    const reports = await (values.check ? inspectSegments : acceptDamage)(dir, checkpoint);
    for (const report of reports) console.log(describe(report));
    const lost = reports.flatMap(({ damage }) => damage).reduce((sum, gap) => sum + gap.records, 0);
    const isDamaged = lost > 0 || reports.some(({ isHeaderDamaged }) => isHeaderDamaged);
    if (!isDamaged) console.log('The log is whole.');
    else if (values.check) console.log(`${lost} records are damaged or missing.`);
    else console.log(`${lost} records are given up. The log continues; all other records are kept.`);
    return values.check && isDamaged ? 1 : 0;
  } finally {
    await unlock();
  }
}

try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
