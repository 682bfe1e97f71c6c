import { parseArgs } from 'node:util';
import { keyIdOf } from '../auth/directory.ts';
import { parseScopes } from '../auth/key-set.ts';
import type { ListedKey } from '../datasources/directory/port.ts';
import { runDirectoryCommand } from './directory-command.ts';

const USAGE = `Usage: npm run --silent key -- --tenant <tenant> [--scopes <a,b> | --write] [--name <name>]
       npm run --silent key -- --tenant <tenant> --list
       npm run --silent key -- --revoke <id>
Makes a key for a machine and prints its id and the key, which can't be shown again.
--scopes: a secret key, for servers. --write: a public key, for web pages and apps; it can only send.
--list: ids, kinds, states and names of a tenant's keys.
--revoke: ends a key and its tokens for good; --revoke=<id> where its id begins with a hyphen.
While a server runs on DATA_DIR, it is asked; else PROFILE and what belongs to it tell where. Other servers see a
change within 5 s.`;

const lineOf = (key: ListedKey): string =>
  [
    key.keyId,
    key.kind === 'write' ? 'public' : 'secret',
    key.revokedAt !== null
      ? `revoked ${new Date(key.revokedAt).toISOString()}`
      : key.expiresAt !== null
        ? `until ${new Date(key.expiresAt).toISOString()}`
        : 'in force',
    key.scopes.join(','),
    key.name,
  ].join('\t');

// Makes an API key or a write key, lists keys, or ends one. A key's id and itself are the client id and client secret of
// the OAuth endpoint.
process.exitCode = await runDirectoryCommand(USAGE, process.env, () => {
  const { values } = parseArgs({
    options: {
      tenant: { type: 'string' },
      scopes: { type: 'string', default: 'activities:read' },
      write: { type: 'boolean', default: false },
      name: { type: 'string', default: 'command line' },
      list: { type: 'boolean', default: false },
      revoke: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { tenant: tenantId, revoke, write, name, list } = values;
  // Either makes a key, lists them, or ends one.
  if (values.help || (tenantId === undefined) === (revoke === undefined))
    return values.help ? 'help' : 'usage';
  const scopes = parseScopes(values.scopes);
  return async (directory) => {
    if (revoke !== undefined) {
      await directory.revokeKey(revoke);
      console.log(`revoked: ${revoke}`);
    } else if (tenantId !== undefined && list) {
      for (const key of await directory.keys(tenantId)) console.log(lineOf(key));
    } else if (tenantId !== undefined) {
      const key = await directory.createKey({ tenantId, kind: write ? 'write' : 'api', scopes, name });
      console.log(`id: ${keyIdOf(key)}\nkey: ${key}`);
    }
  };
});
