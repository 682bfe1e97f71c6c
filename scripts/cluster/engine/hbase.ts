import { once } from 'node:events';
import { createConnection } from 'node:net';
import { delimiter } from 'node:path';
import type { EngineContext, EngineDefinition } from '../definition.ts';
import { commonOptions, configured, exports, opens, render } from '../render.ts';

/** Options that open parts of Java 17 to Hadoop, HBase and Phoenix; the query server needs them as well. */
export function hbaseModuleOptions(): readonly string[] {
  return [
    ...['--add-modules', 'jdk.unsupported'],
    ...opens(
      'java.base/java.lang',
      'java.base/java.lang.reflect',
      'java.base/java.nio',
      'java.base/java.util',
      'java.base/java.util.concurrent',
      'java.base/jdk.internal.ref',
      'java.base/sun.nio.ch',
    ),
    ...exports('java.base/jdk.internal.misc', 'java.base/sun.net.dns', 'java.base/sun.net.util'),
  ];
}

/** HBase's and the query server's configuration is one file. */
export async function renderHBase(context: EngineContext, name: string): Promise<void> {
  await render(context, 'hbase/hbase-site.xml', 'hbase-site.xml');
  await render(context, 'log4j2.properties', 'log4j2.properties', { 'log.level': 'info', 'log.name': name });
}

export const hbase: EngineDefinition = {
  name: 'hbase',
  needs: [],
  sets: ['hbase'],
  prepare: (context) => renderHBase(context, 'hbase'),
  arguments: (context) => [
    // Two thirds may be written rows and blocks that were read; marking begins above, or it never ends.
    ...['-Xms512m', '-Xmx3g', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=50', '-XX:+ParallelRefProcEnabled'],
    '-XX:InitiatingHeapOccupancyPercent=70',
    '-XX:MaxDirectMemorySize=256m',
    ...hbaseModuleOptions(),
    ...commonOptions(context),
    `-Dlog4j2.configurationFile=${configured(context, 'log4j2.properties')}`,
    ...['-cp', [configured(context), ...context.jars('hbase')].join(delimiter)],
    ...['org.apache.hadoop.hbase.master.HMaster', 'start'],
  ],
  async probe({ ports, wasReady, log, signal }) {
    // The master's own word: its port answers long before tables can be used. Phoenix's probe asks for rows.
    if (!wasReady && !(await log()).includes('Master has completed initialization'))
      throw new Error('the master is not initialised yet');
    for (const port of [ports.hbaseMaster, ports.hbaseRegionServer]) {
      const socket = createConnection(port, '127.0.0.1');
      try {
        await once(socket, 'connect', { signal });
      } finally {
        socket.destroy();
      }
    }
  },
};
