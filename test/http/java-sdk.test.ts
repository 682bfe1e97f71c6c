import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { fetchJars, jarPaths, LOCK_FILE, parseLock } from '../../scripts/cluster/jars.ts';
import { cacheDirectory, findJava } from '../../scripts/cluster/java.ts';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';

const run = promisify(execFile);

describe("Segment's unmodified SDK for Java", () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation();
  });
  after(() => installation.close());

  test('delivers with no more than the address of the product', async () => {
    const cache = cacheDirectory();
    const lock = parseLock(readFileSync(LOCK_FILE, 'utf8'));
    await fetchJars({ cache, sets: ['segment-java'], lock, onProgress: () => {} });
    const { directory } = installation.application;
    const key = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'java' });
    const classPath = jarPaths(cache, lock)('segment-java').join(delimiter);
    const program = join(import.meta.dirname, 'SegmentJava.java');
    await run(findJava().java, ['-Xmx128m', '-cp', classPath, program, installation.address, key, 'java']);
    const { body } = await installation.graphql(
      await installation.token('one', ALL_SCOPES),
      '{ lead(externalId: "java") { traits activities { nodes { type { name } } } } }',
    );
    const { traits, activities } = body.data.lead;
    assert.equal(traits.plan, 'pro');
    assert.deepEqual(activities.nodes.map(({ type }: { type: { name: string } }) => type.name).sort(), [
      'Track Event',
      'Visit Webpage',
    ]);
  });
});
