import { parseArgs } from 'node:util';
import { DomainError } from '../domain/errors.ts';
import { runDirectoryCommand } from './directory-command.ts';

const USAGE = `Usage: npm run --silent tenant -- --id <id> --name <name>
Makes a tenant. Its id can't be changed: 1 to 63 lower-case letters, digits and inner hyphens.
The embedded database is one process's: stop the server first.`;

// Makes a tenant; one that exists is an error, and stays as it is.
process.exitCode = await runDirectoryCommand(USAGE, process.env, () => {
  const { values } = parseArgs({
    options: {
      id: { type: 'string' },
      name: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { id, name } = values;
  if (values.help || !id || !name) return values.help ? 'help' : 'usage';
  return async (directory) => {
    const existing = await directory.tenantName(id);
    if (existing !== undefined)
      throw new DomainError('BAD_USER_INPUT', `There is a tenant '${id}' already: '${existing}'.`);
    await directory.createTenant(id, name);
    console.log(`made: ${id}`);
  };
});
