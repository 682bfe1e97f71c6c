import { parseArgs } from 'node:util';
import { DomainError } from '../lib/errors.ts';
import { runDirectoryCommand } from './directory-command.ts';

const USAGE = `Usage: npm run --silent tenant -- --id <id> --name <name>
       npm run --silent tenant -- --list
       npm run --silent tenant -- --suspend <id> | --resume <id>
Makes a tenant. Its id can't be changed: 1 to 63 lower-case letters, digits and inner hyphens.
--suspend: refuses all of its credentials until --resume; nothing of it is lost.
While a server runs on DATA_DIR, it is asked; else PROFILE and what belongs to it tell where. Other servers see a
change within 5 s.`;

// Makes a tenant (one that exists is an error, and stays as it is), lists all, or stops and resumes serving one.
process.exitCode = await runDirectoryCommand(
  USAGE,
  process.env,
  () => {
    const { values } = parseArgs({
      options: {
        id: { type: 'string' },
        name: { type: 'string' },
        list: { type: 'boolean', default: false },
        suspend: { type: 'string' },
        resume: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const { id, name, list, suspend, resume } = values;
    const changed = suspend ?? resume;
    const tasks = [id !== undefined, list, suspend !== undefined, resume !== undefined].filter(Boolean);
    if (values.help || tasks.length !== 1 || (id !== undefined && !name))
      return values.help ? 'help' : 'usage';
    return async (directory) => {
      if (list)
        for (const tenant of await directory.tenants())
          console.log(
            [tenant.id, tenant.suspendedAt === null ? 'served' : 'suspended', tenant.name].join('\t'),
          );
      else if (changed !== undefined) {
        await directory.suspendTenant(changed, suspend !== undefined);
        console.log(`${suspend !== undefined ? 'suspended' : 'resumed'}: ${changed}`);
      } else if (id !== undefined && name !== undefined) {
        const existing = await directory.tenant(id);
        if (existing)
          throw new DomainError('BAD_USER_INPUT', `There is a tenant '${id}' already: '${existing.name}'.`);
        await directory.createTenant(id, name);
        console.log(`made: ${id}`);
      }
    };
  },
  true,
);
