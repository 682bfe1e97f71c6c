import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { portsAt } from '../../scripts/cluster/ports.ts';
import { serveEnvironment } from '../../scripts/cluster/serve-environment.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const compose = read('compose.yaml');

/** The entries of a file of properties, less those that depend on the place (they have a placeholder). */
function properties(path: string): [key: string, value: string][] {
  return read(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('@'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
}

/** The lines of one service or anchor of compose.yaml. */
function block(start: RegExp): string {
  const lines = compose.split('\n');
  const from = lines.findIndex((line) => start.test(line));
  assert.notEqual(from, -1, String(start));
  const indent = /^ */.exec(lines[from] ?? '')?.[0].length ?? 0;
  const rest = lines.slice(from + 1);
  const length = rest.findIndex((line) => line !== '' && (/^ */.exec(line)?.[0].length ?? 0) <= indent);
  return rest.slice(0, length === -1 ? rest.length : length).join('\n');
}

/** The value of a key in a block, or undefined. */
function valueIn(text: string, key: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.trim().startsWith(`${key}: `));
  return line
    ?.trim()
    .slice(key.length + 2)
    .replace(/^'(.*)'$/, '$1');
}

describe('compose.yaml has the settings of npm run cluster', () => {
  it('for Kafka', () => {
    const kafka = block(/^ {2}kafka:$/);
    // How clients and brokers reach a broker is another matter between containers.
    const ofThePlace = /^(listeners|advertised|inter\.broker|listener\.|controller\.)/;
    for (const [key, value] of properties('cluster/kafka/server.properties')) {
      if (ofThePlace.test(key)) continue;
      assert.equal(valueIn(kafka, `KAFKA_${key.replaceAll('.', '_').toUpperCase()}`), value, key);
    }
  });

  for (const role of ['coordinator', 'broker', 'historical', 'indexer']) {
    it(`for Druid's ${role}`, () => {
      const settings = block(/^x-druid-settings:/) + block(new RegExp(`^ {2}druid-${role}:$`));
      const wanted = [
        ...properties('cluster/druid/conf/common.properties'),
        ...properties(`cluster/druid/conf/${role}.properties`),
      ];
      // The image names its services itself, and takes the container's address.
      const ofThePlace = [
        'druid.host',
        'druid.bindOnHost',
        'druid.service',
        'druid.metadata.storage.connector.host',
      ];
      for (const [key, value] of wanted) {
        if (ofThePlace.includes(key)) continue;
        assert.equal(valueIn(settings, key.replaceAll('.', '_')), value, key);
      }
    });
  }

  it('with the same ports for clients, all of them on 127.0.0.1', () => {
    const published = [...compose.matchAll(/ports: \[(.*)\]/g)].map((match) => match[1]);
    const ports = portsAt(0);
    const clients = [
      ports.kafka,
      ports.pqs,
      ports.solr,
      ports.druidCoordinator,
      ports.druidBroker,
      ports.druidHistorical,
      ports.druidIndexer,
      4000,
    ];
    assert.deepEqual(
      published,
      clients.map((port) => `'127.0.0.1:${port}:${port}'`),
    );
  });

  it('with the same versions', () => {
    // The last: a pom may itself be called as an artifact that it asks for.
    const version = (pom: string, artifact: string) =>
      [
        ...read(pom).matchAll(new RegExp(`<artifactId>${artifact}</artifactId>\\s*<version>([^<]+)<`, 'g')),
      ].at(-1)?.[1];
    for (const [image, pom, artifact] of [
      ['apache/kafka', 'cluster/kafka/pom.xml', 'kafka_2.13'],
      ['solr', 'cluster/solr/pom.xml', 'solr-core'],
      ['apache/druid', 'cluster/druid/pom.xml', 'druid'],
    ] as const) {
      assert.ok(compose.includes(`image: ${image}:${version(pom, artifact)}\n`), image);
    }
  });

  it('for the API, with the variables that say where the engines are', () => {
    const ofThePlace = 'elsewhere';
    const addresses = {
      kafka: ofThePlace,
      pqs: ofThePlace,
      solr: ofThePlace,
      druid: ofThePlace,
      druidCoordinator: ofThePlace,
    };
    const api = block(/^ {2}api:$/);
    for (const [name, value] of Object.entries(serveEnvironment(addresses, ofThePlace))) {
      const actual = valueIn(api, name);
      if (value === ofThePlace) assert.ok(actual, name);
      else assert.equal(actual, value, name);
    }
  });

  it("with Solr's time-out of a session", () => {
    const timeout = /name="zkClientTimeout">(\d+)</.exec(read('cluster/solr/conf/solr.xml'))?.[1];
    assert.equal(valueIn(block(/^ {2}solr:$/), 'ZK_CLIENT_TIMEOUT'), timeout);
  });
});
