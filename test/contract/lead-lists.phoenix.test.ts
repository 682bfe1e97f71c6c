import { describe } from 'node:test';
import { createPhoenixLists } from '../../src/datasources/lists/phoenix/adapter.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { leadListsContract } from './lead-lists.ts';

describe('phoenix', { skip: engineSkip('phoenix') }, () => {
  leadListsContract('phoenix adapter', async () => {
    const { client, schema, drop } = await openTestPhoenix();
    return { lists: createPhoenixLists(client, { schema }), close: drop };
  });
});
