import type { Directory } from '../auth/directory.ts';
import { openApplication } from '../compose.ts';
import { ConfigError, readCommandConfig } from '../config.ts';
import { DomainError } from '../domain/errors.ts';

/**
 * Runs a command on the directory of tenants and keys; what goes wrong is told, with the usage where that may help.
 * @param parse reads the arguments: what is to be done; or `help` or `usage`, to show the usage, asked or not
 * @returns the exit code
 */
export async function runDirectoryCommand(
  usage: string,
  env: Readonly<Record<string, string | undefined>>,
  parse: () => ((directory: Directory) => Promise<void>) | 'help' | 'usage',
): Promise<number> {
  try {
    const work = parse();
    if (typeof work === 'string') {
      console.log(usage);
      return work === 'help' ? 0 : 1;
    }
    const application = await openApplication(readCommandConfig(env));
    try {
      await work(application.directory);
    } finally {
      await application.close();
    }
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(
      error instanceof DomainError || error instanceof ConfigError ? message : `${message}\n\n${usage}`,
    );
    return 1;
  }
}
