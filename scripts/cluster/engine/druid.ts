import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import type { EngineContext, EngineDefinition } from '../definition.ts';
import { getJson } from '../get-json.ts';
import { commonOptions, configured, exports, opens, render } from '../render.ts';

const EXTENSIONS = ['druid-kafka-indexing-service', 'druid-datasketches'] as const;
const ROLES = ['coordinator', 'broker', 'historical', 'indexer'] as const;

/** A file that Roles.java reads: how one server is run in its own class loader. */
async function describeRole(
  context: EngineContext,
  role: string,
  mainClass: string,
  args: readonly string[],
): Promise<void> {
  // Its logging; Role.java.
  const directories = [configured(context, role), context.classes];
  const classPath = [...directories, ...context.jars('druid')].join(delimiter);
  await render(context, 'log4j2.properties', join(role, 'log4j2.properties'), {
    'log.level': 'info',
    'log.name': role,
  });
  await writeFile(configured(context, `${role}.role`), [role, classPath, mainClass, ...args].join('\n'));
}

export const druid: EngineDefinition = {
  name: 'druid',
  needs: [],
  sets: ['druid', 'druid/druid-kafka-indexing-service', 'druid/druid-datasketches'],
  async prepare(context) {
    // Druid keeps nothing in ZooKeeper but who is there. What a killed process announced would stay there until its
    // session ends, which is when a new one announces the same: it may do so just before, and then nobody does.
    await rm(join(context.directory, 'zookeeper'), { recursive: true, force: true });
    await render(context, 'druid/conf/common.properties', 'common.properties');
    await render(context, 'druid/conf/zoo.cfg', 'zookeeper/zoo.cfg');
    const zooKeeper = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    await describeRole(context, 'zookeeper', zooKeeper, [configured(context, 'zookeeper', 'zoo.cfg')]);
    for (const role of ROLES) {
      await render(context, `druid/conf/${role}.properties`, join(role, 'role.properties'));
      await describeRole(context, role, 'Role', [
        role,
        configured(context, 'common.properties'),
        configured(context, role, 'role.properties'),
      ]);
    }
    // Druid loads an extension from a directory with all of its jars.
    await rm(configured(context, 'extensions'), { recursive: true, force: true });
    for (const extension of EXTENSIONS) {
      const directory = configured(context, 'extensions', extension);
      await mkdir(directory, { recursive: true });
      for (const jar of context.jars(`druid/${extension}`))
        await symlink(jar, join(directory, basename(jar)));
    }
  },
  arguments: (context) => [
    ...['-Xms512m', '-Xmx1536m', '-XX:MaxDirectMemorySize=1g', '-XX:+UseSerialGC'],
    ...exports('java.base/jdk.internal.misc', 'java.base/jdk.internal.ref'),
    ...opens(
      'java.base/java.io',
      'java.base/java.lang',
      'java.base/java.nio',
      'java.base/jdk.internal.ref',
      'java.base/sun.nio.ch',
      'jdk.management/com.sun.management.internal',
    ),
    ...commonOptions(context),
    ...['-Dlog4j2.disable.jmx=true', '-Dzookeeper.jmx.log4j.disable=true'],
    `-Dderby.stream.error.file=${join(context.directory, 'tmp', 'derby.log')}`,
    ...['-cp', context.classes, 'Roles'],
    ...['zookeeper', ...ROLES].map((role) => configured(context, `${role}.role`)),
  ],
  async probe({ ports, signal }) {
    const at = (port: number) => `http://127.0.0.1:${port}`;
    const coordinator = at(ports.druidCoordinator);
    for (const leader of ['druid/coordinator/v1/isLeader', 'druid/indexer/v1/isLeader'])
      await getJson(`${coordinator}/${leader}`, signal);
    const workers = await getJson<unknown[]>(`${coordinator}/druid/indexer/v1/workers`, signal);
    if (workers.length === 0) throw new Error('the overlord has no worker yet');
    // Both answer 503 until they know, or have loaded, every segment.
    await getJson(`${at(ports.druidHistorical)}/druid/historical/v1/readiness`, signal);
    await getJson(`${at(ports.druidBroker)}/druid/broker/v1/readiness`, signal);
    const rows = await getJson<{ one: number }[]>(`${at(ports.druidBroker)}/druid/v2/sql`, signal, {
      query: 'SELECT 1 AS "one"',
    });
    if (rows[0]?.one !== 1) throw new Error('the broker does not answer SQL yet');
  },
};
