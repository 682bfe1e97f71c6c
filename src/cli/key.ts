import { parseArgs } from 'node:util';
import { keyIdOf } from '../auth/directory.ts';
import { parseScopes } from '../auth/key-set.ts';
import { runDirectoryCommand } from './directory-command.ts';

const USAGE = `Usage: npm run --silent key -- --tenant <tenant> [--scopes <a,b> | --write] [--name <name>]
       npm run --silent key -- --revoke <id>
Makes a key for a machine and prints its id and the key, which can't be shown again. --write: for SDKs; it can only write.
--revoke ends a key for good; --revoke=<id> where its id begins with a hyphen.
The embedded database is one process's: stop the server first.`;

// Makes an API key or a write key, or ends one. A key's id and itself are the client id and client secret of the OAuth
// endpoint.
process.exitCode = await runDirectoryCommand(USAGE, process.env, () => {
  const { values } = parseArgs({
    options: {
      tenant: { type: 'string' },
      scopes: { type: 'string', default: 'activities:read' },
      write: { type: 'boolean', default: false },
      name: { type: 'string', default: 'command line' },
      revoke: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { tenant: tenantId, revoke, write, name } = values;
  // Either makes a key or ends one.
  if (values.help || (tenantId === undefined) === (revoke === undefined))
    return values.help ? 'help' : 'usage';
  const scopes = parseScopes(values.scopes);
  return async (directory) => {
    if (revoke !== undefined) {
      await directory.revokeKey(revoke);
      console.log(`revoked: ${revoke}`);
    }
    if (tenantId !== undefined) {
      const key = await directory.createKey({ tenantId, kind: write ? 'write' : 'api', scopes, name });
      console.log(`id: ${keyIdOf(key)}\nkey: ${key}`);
    }
  };
});
