import { SingleBar } from 'cli-progress';
import { openAdminChannel } from './auth/admin-channel.ts';
import { mintToken } from './auth/key-set.ts';
import { type Application, openApplication } from './compose/application.ts';
import { type RunningServer, startServer } from './compose/server.ts';
import { type Config, ConfigError, readConfig, servesApi } from './config/config.ts';
import { isDemoWanted, madeByDemo, readDemoWriteKey, seedDemo } from './demo/seed.ts';
import { SCOPES } from './domain/scopes.ts';
import { createLogger } from './observability/logger.ts';
import { watchUnhandled } from './observability/unhandled.ts';

/** A demo token is for trying things out on the machine it was printed on. */
const DEMO_TOKEN_SECONDS = 7 * 24 * 3600;

async function seed(application: Application, config: Config): Promise<void> {
  let bar: SingleBar | undefined;
  await seedDemo({
    directory: application.directory,
    writer: application.writer,
    campaigns: application.automation && {
      ...application.automation,
      collector: application.services.collector,
    },
    tenantOf: application.tenantOf,
    keyDirectory: application.keyDirectory,
    activitiesPerTenant: config.demo.activitiesPerTenant,
    now: Date.now(),
    afterHistory: application.afterBulkLoad,
    onProgress(done, total) {
      if (!bar) {
        bar = new SingleBar({
          format: 'Seeding two demo tenants (once)  {bar}  {percentage} %  {value} of {total} activities',
          noTTYOutput: true,
          notTTYSchedule: 5_000,
        });
        bar.start(total, 0);
      }
      bar.update(done);
    },
  });
  bar?.stop();
}

async function announce(
  application: Application,
  config: Config,
  server: RunningServer,
  isDemo: boolean,
): Promise<void> {
  const lines = [`\nJourneygraph (${config.storage.profile}) answers at ${server.address}/graphql`];
  if (isDemo)
    for (const { id, name } of await madeByDemo(application.directory, application.keyDirectory)) {
      const token = await mintToken(application.keySet, {
        ...config.auth,
        tenantId: id,
        scopes: SCOPES.filter((scope) => scope !== 'admin'),
        subject: 'demo',
        ttlSeconds: DEMO_TOKEN_SECONDS,
      });
      lines.push(
        `\n${name} (tenant '${id}'), in GraphiQL:\n  ${server.address}/graphql#token=${token}`,
        `  token: ${token}`,
        `  write key for SDKs: ${(await readDemoWriteKey(application.keyDirectory, id)) ?? 'its file is gone'}`,
      );
    }
  console.log(lines.join('\n'));
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger(config.log.level);
  let server: RunningServer | undefined;
  let stop = async (_signal: string, code: number): Promise<void> => process.exit(code);
  const stopOrFail = (signal: string, code: number): void => {
    stop(signal, code).catch((error: unknown) => {
      logger.fatal({ err: error }, 'the drain failed');
      process.exit(1);
    });
  };
  watchUnhandled({
    logger,
    count: (kind) => server?.metrics.unhandled(kind),
    stop: () => stopOrFail('uncaughtException', 1),
  });
  const application = await openApplication(
    config,
    (where, error) => logger.warn({ where, err: error }, 'tried again'),
    (notice) => logger.warn(notice),
  );
  const isApi = servesApi(config);
  const isDemo =
    isApi &&
    (await isDemoWanted(
      config.demo.enabled,
      config.storage.profile,
      application.directory,
      application.keyDirectory,
    ));
  if (isDemo) await seed(application, config);
  const closeAdminChannel = isApi
    ? await openAdminChannel(config.storage.dataDir, application.directory)
    : undefined;
  server = await startServer(application, config, logger);
  let stopping = false;
  const { stop: stopServing } = server;
  stop = async (signal, code) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'draining');
    await closeAdminChannel?.();
    await stopServing();
    await application.close();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopOrFail(signal, 0));
  // What started us is gone, and nobody else would end us.
  process.once('disconnect', () => stopOrFail('disconnect', 0));

  // Announced last: a supervisor may send a signal as soon as it reads this.
  if (isApi) await announce(application, config, server, isDemo);
  else console.log(`Journeygraph's workers run; health and metrics at ${server.address}`);
}

try {
  await main();
} catch (error) {
  // Faults of the configuration and of the data directory are the operator's to read, not stacks.
  console.error(error instanceof ConfigError || !(error instanceof Error) ? String(error) : error.message);
  if (process.env['LOG_LEVEL'] === 'debug') console.error(error);
  process.exit(1);
}
