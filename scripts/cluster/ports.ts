import { createServer } from 'node:net';
import type { Addresses, EngineName } from './types.ts';

/** Every port an engine listens on, all on 127.0.0.1. An offset is added to each, for a cluster beside another. */
const BASE = {
  kafka: 9092,
  kafkaController: 9093,
  hbaseZooKeeper: 12181,
  hbaseMaster: 26000,
  hbaseRegionServer: 26020,
  pqs: 18765,
  solr: 18983,
  // Solr's embedded ZooKeeper is always 1,000 above Solr.
  solrZooKeeper: 19983,
  druidZooKeeper: 2181,
  druidDerby: 1527,
  druidCoordinator: 8081,
  druidBroker: 8082,
  druidHistorical: 8083,
  druidIndexer: 8091,
  // Only says how far the job is.
  spark: 14040,
} as const;
type PortName = keyof typeof BASE;
export type Ports = Readonly<Record<PortName, number>>;

const OF_ENGINE: Readonly<Record<EngineName, readonly [PortName, ...PortName[]]>> = {
  kafka: ['kafka', 'kafkaController'],
  hbase: ['hbaseMaster', 'hbaseRegionServer', 'hbaseZooKeeper'],
  pqs: ['pqs'],
  solr: ['solr', 'solrZooKeeper'],
  druid: [
    'druidBroker',
    'druidCoordinator',
    'druidHistorical',
    'druidIndexer',
    'druidZooKeeper',
    'druidDerby',
  ],
  spark: ['spark'],
};
const GREATEST_OFFSET = 65_535 - Math.max(...Object.values(BASE));

/** @throws Error when a port would be out of range */
export function portsAt(offset: number): Ports {
  if (!Number.isInteger(offset) || offset < 0 || offset > GREATEST_OFFSET)
    throw new Error(`The port offset is a whole number from 0 to ${GREATEST_OFFSET}, not ${offset}.`);
  return Object.fromEntries(Object.entries(BASE).map(([name, port]) => [name, port + offset])) as Ports;
}

/** The ports of one engine; first the clients' port. */
export function portsOf(engine: EngineName, ports: Ports): readonly [number, ...number[]] {
  const [first, ...others] = OF_ENGINE[engine];
  return [ports[first], ...others.map((name) => ports[name])];
}

export function addressesAt(ports: Ports): Addresses {
  return {
    kafka: `127.0.0.1:${ports.kafka}`,
    pqs: `http://127.0.0.1:${ports.pqs}`,
    solr: `http://127.0.0.1:${ports.solr}/solr`,
    druid: `http://127.0.0.1:${ports.druidBroker}`,
    druidCoordinator: `http://127.0.0.1:${ports.druidCoordinator}`,
  };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Those of an offset's ports that something listens on already. */
export async function portsInUse(engines: readonly EngineName[], offset: number): Promise<readonly number[]> {
  const ports = portsAt(offset);
  const wanted = engines.flatMap((engine) => portsOf(engine, ports));
  const free = await Promise.all(wanted.map(isFree));
  return wanted.filter((_, index) => !free[index]);
}

/**
 * The first offset whose ports are all free.
 * @param first where to look first (not at 0: that is a developer's own cluster); every hundredth from there
 */
export async function freePortOffset(engines: readonly EngineName[], first = 100): Promise<number> {
  // Up to here no port is among those that the kernel gives to outgoing connections (32768 and above).
  for (let offset = first; offset <= 6_700; offset += 100) {
    if ((await portsInUse(engines, offset)).length === 0) return offset;
  }
  throw new Error('No port offset is free: end clusters that are no longer needed.');
}
