import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type AdminDirectory, connectAdminChannel } from '../auth/admin-channel.ts';
import { openApplication } from '../compose/application.ts';
import { type Config, ConfigError, readCommandConfig } from '../config/config.ts';
import { DomainError } from '../lib/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Work = (directory: AdminDirectory, config: Config) => Promise<void>;

/**
 * Uses the directory of tenants and keys: that of the server that runs on the data directory; without one, the database
 * of the profile.
 * @throws Error when there is no installation in the data directory, unless `creates`
 */
export async function withDirectory(config: Config, work: Work, creates = false): Promise<void> {
  const { storage } = config;
  const running = await connectAdminChannel(storage.dataDir);
  if (running) return work(running, config);
  if (storage.profile === 'embedded' && !creates && !(await isInstallation(storage.dataDir)))
    throw new Error(
      `There is no installation in ${storage.dataDir}, and no server runs on it. Set DATA_DIR to the directory of the server; while none runs, PROFILE and what belongs to it, too.`,
    );
  const application = await openApplication(config);
  try {
    await work(application.directory, config);
  } finally {
    await application.close();
  }
}

const isInstallation = (dataDir: string): Promise<boolean> =>
  access(join(dataDir, 'db')).then(
    () => true,
    () => false,
  );

/**
 * Runs a command on the directory of tenants and keys. It prints faults, with the usage where that may help.
 * @param parse reads the arguments and returns the work, or `help` or `usage` to show the usage
 * @param creates whether it may make an installation where there is none
 * @returns the exit code
 */
export async function runDirectoryCommand(
  usage: string,
  env: Env,
  parse: () => Work | 'help' | 'usage',
  creates = false,
): Promise<number> {
  try {
    const work = parse();
    if (typeof work === 'string') {
      console.log(usage);
      return work === 'help' ? 0 : 1;
    }
    await withDirectory(readCommandConfig(env), work, creates);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(
      error instanceof DomainError || error instanceof ConfigError ? message : `${message}\n\n${usage}`,
    );
    return 1;
  }
}
