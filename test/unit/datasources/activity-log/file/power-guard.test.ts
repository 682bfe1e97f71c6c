import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPowerGuard } from '../../../../../src/datasources/activity-log/file/power-guard.ts';
import { temporaryDirectory } from '../../../../support/temp.ts';

test('files are suspect exactly when the machine has started again since they were opened and not closed', async () => {
  const directory = await temporaryDirectory();
  const data = join(directory.path, 'db');
  await mkdir(join(data, 'inner'), { recursive: true });
  await writeFile(join(data, 'inner', 'file'), 'x');
  const isSuspect = async (boot: string): Promise<boolean> => (await openPowerGuard(data, boot)).isSuspect;

  assert.equal(await isSuspect('boot-1'), false, 'never opened');
  const guard = await openPowerGuard(data, 'boot-1');
  await guard.markOpen();
  assert.equal(await isSuspect('boot-1'), false, 'the process was killed, the machine goes on');
  assert.equal(await isSuspect('boot-2'), true, 'the machine stopped');
  assert.equal(await isSuspect(''), false, 'a system that does not say');
  await guard.markClosed();
  assert.equal(await isSuspect('boot-2'), false, 'closed before the machine stopped');

  await guard.markOpen();
  const aside = await (await openPowerGuard(data, 'boot-2')).setAside();
  assert.deepEqual(await readdir(join(aside, 'inner')), ['file']);
  await directory.remove();
});

test('this machine has a name for its boot, the same each time', {
  skip: process.platform !== 'linux',
}, async () => {
  const directory = await temporaryDirectory();
  const data = join(directory.path, 'db');
  await (await openPowerGuard(data)).markOpen();
  assert.equal((await openPowerGuard(data)).isSuspect, false);
  assert.equal((await openPowerGuard(data, 'another')).isSuspect, true);
  await directory.remove();
});
