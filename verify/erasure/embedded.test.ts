import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { erasureSuite } from './suite.ts';

erasureSuite({
  name: 'embedded',
  open: async (scratch) => ({
    env: { PROFILE: 'embedded' },
    directories: [join(scratch, 'data')],
    flush: async () => {},
    close: async () => {},
  }),
  removeStore: async (scratch) => {
    await rm(join(scratch, 'data', 'db'), { recursive: true });
    await rm(join(scratch, 'data', 'db.mark'), { force: true });
  },
});
