import { parseArgs } from 'node:util';
import { openApplication } from '../compose.ts';
import { ConfigError, readCommandConfig } from '../config.ts';
import { DomainError } from '../domain/errors.ts';

const USAGE = `Usage: npm run --silent tenant -- --id <id> --name <name>
Makes a tenant. Its id can't be changed: 1 to 63 lower-case letters, digits and inner hyphens.
The embedded database is one process's: stop the server first.`;

/**
 * Makes a tenant; one that exists is an error, and stays as it is.
 * @returns the exit code
 */
async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        id: { type: 'string' },
        name: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const { id, name } = values;
    if (values.help || !id || !name) {
      console.log(USAGE);
      return values.help ? 0 : 1;
    }
    const application = await openApplication(readCommandConfig(env));
    try {
      const { directory } = application;
      const existing = await directory.tenantName(id);
      if (existing !== undefined)
        throw new DomainError('BAD_USER_INPUT', `There is a tenant '${id}' already: '${existing}'.`);
      await directory.createTenant(id, name);
      console.log(`made: ${id}`);
    } finally {
      await application.close();
    }
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(
      error instanceof DomainError || error instanceof ConfigError ? message : `${message}\n\n${USAGE}`,
    );
    return 1;
  }
}

process.exitCode = await run(process.argv.slice(2), process.env);
