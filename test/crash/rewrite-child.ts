import { openSegmentLog } from '../../src/datasources/activity-log/file/segment-file.ts';

// Replaces every record that says "erase" in the log of a directory, to be killed at any moment: `rewrite-child.ts DIRECTORY`.
const [dir = ''] = process.argv.slice(2);
const log = await openSegmentLog({ dir, segmentBytes: 8_000 });
console.log('open');
const change = (record: Uint8Array): Uint8Array | undefined =>
  Buffer.from(record).includes('erase') ? Buffer.from('-') : undefined;
await log.rewrite(log.nextPosition, change, new AbortController().signal);
await log.close();
console.log('done');
