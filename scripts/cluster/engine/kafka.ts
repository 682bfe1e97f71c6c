import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Admin } from '@platformatic/kafka';
import type { EngineContext, EngineDefinition } from '../definition.ts';
import { commonOptions, configured, render } from '../render.ts';

const run = promisify(execFile);

function javaOptions(context: EngineContext): string[] {
  return [
    ...['-Xms256m', '-Xmx512m', '-XX:+UseG1GC'],
    ...commonOptions(context),
    `-Dlog4j2.configurationFile=${configured(context, 'log4j2.properties')}`,
    ...['-cp', context.jars('kafka').join(delimiter)],
  ];
}

export const kafka: EngineDefinition = {
  name: 'kafka',
  needs: [],
  sets: ['kafka'],
  async prepare(context) {
    await render(context, 'kafka/server.properties', 'server.properties');
    await render(context, 'log4j2.properties', 'log4j2.properties', {
      'log.level': 'info',
      'log.name': 'kafka',
    });
    if (existsSync(join(context.directory, 'data', 'meta.properties'))) return;
    // A directory must be formatted once, with an id of the cluster: 16 bytes in base64.
    const id = randomBytes(16).toString('base64url');
    await run(context.java.java, [
      ...javaOptions(context),
      ...['kafka.tools.StorageTool', 'format', '--ignore-formatted'],
      // The id may begin with a hyphen.
      ...[`--cluster-id=${id}`, '-c', configured(context, 'server.properties')],
    ]);
  },
  arguments: (context) => [...javaOptions(context), 'kafka.Kafka', configured(context, 'server.properties')],
  async probe({ ports, signal }) {
    const admin = new Admin({
      clientId: 'journeygraph-cluster',
      bootstrapBrokers: [`127.0.0.1:${ports.kafka}`],
      retries: 0,
      timeout: 5_000,
      connectTimeout: 2_000,
    });
    try {
      signal.throwIfAborted();
      const metadata = await admin.metadata({ topics: [], forceUpdate: true });
      if (metadata.brokers.size === 0) throw new Error('the broker is not registered yet');
    } finally {
      await admin.close();
    }
  },
};
