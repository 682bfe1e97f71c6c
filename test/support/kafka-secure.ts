import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineContext } from '../../scripts/cluster/definition.ts';
import { kafka } from '../../scripts/cluster/engine/kafka.ts';
import { fetchJars, jarPaths, LOCK_FILE, parseLock } from '../../scripts/cluster/jars.ts';
import { cacheDirectory, findJava } from '../../scripts/cluster/java.ts';
import { lastLines } from '../../scripts/cluster/logs.ts';
import { freePortOffset, portsAt } from '../../scripts/cluster/ports.ts';
import { configured } from '../../scripts/cluster/render.ts';
import certificates from './certificates.json' with { type: 'json' };
import { endWithUs } from './child.ts';
import { temporaryDirectory } from './temp.ts';
import { until } from './until.ts';

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
/** With what has to be escaped where it is quoted. */
export const CREDENTIALS = { username: 'journeygraph', password: 'a "quoted" \\ secret' } as const;

export type SecureKafka = {
  /** `host:port` of the listener that asks for TLS, a client certificate, and a name with a password. */
  readonly broker: string;
  stop(): Promise<void>;
};

/** A broker of its own, with the configuration of `npm run cluster` and one more listener. */
export async function startSecureKafka(): Promise<SecureKafka> {
  const lock = parseLock(readFileSync(LOCK_FILE, 'utf8'));
  const cache = cacheDirectory();
  await fetchJars({ cache, sets: kafka.sets, lock, onProgress: () => {} });
  const directory = await temporaryDirectory();
  const context: EngineContext = {
    java: findJava(),
    // Between those of other tests' engines, which are multiples of 100.
    ports: portsAt(await freePortOffset([kafka.name], 150)),
    directory: directory.path,
    jars: jarPaths(cache, lock),
    classes: '',
  };
  mkdirSync(join(directory.path, 'tmp'));
  const port = context.ports.kafka + 2;
  await kafka.prepare(context);
  secure(context, port);

  const logFile = join(directory.path, 'kafka.log');
  const log = openSync(logFile, 'a');
  const broker = spawn(context.java.java, [...kafka.arguments(context)], { stdio: ['ignore', log, log] });
  closeSync(log);
  endWithUs(broker);
  const ended = once(broker, 'exit');
  const stop = async (): Promise<void> => {
    broker.kill('SIGKILL');
    await ended;
    await directory.remove();
  };
  try {
    const probe = { ...context, wasReady: false, log: async () => '', signal: AbortSignal.timeout(600_000) };
    await until('the broker answers', async () => {
      if (broker.exitCode !== null) throw new Error(`Kafka has ended:\n${await lastLines(logFile, 20)}`);
      return kafka.probe(probe).then(
        () => true,
        () => false,
      );
    });
    await addScram(context);
  } catch (error) {
    await stop();
    throw error;
  }
  return { broker: `127.0.0.1:${port}`, stop };
}

function secure(context: EngineContext, port: number): void {
  const { server, client } = certificates;
  const pem = (name: string, ...texts: readonly string[]): string => {
    const file = configured(context, name);
    writeFileSync(file, texts.join('\n'));
    return file;
  };
  const { ports } = context;
  const jaas = (text: string) => text.replaceAll(/["\\]/g, '\\$&').replaceAll('\\', '\\\\');
  const { username, password } = CREDENTIALS;
  const login = 'org.apache.kafka.common.security';
  const settings = {
    // Later lines win over those before them.
    listeners: `PLAINTEXT://127.0.0.1:${ports.kafka},SECURE://127.0.0.1:${port},CONTROLLER://127.0.0.1:${ports.kafkaController}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.kafka},SECURE://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL',
    'listener.name.secure.ssl.keystore.type': 'PEM',
    'listener.name.secure.ssl.keystore.location': pem('server.pem', server.key, server.cert),
    'listener.name.secure.ssl.truststore.type': 'PEM',
    'listener.name.secure.ssl.truststore.location': pem('client.pem', client.cert),
    'listener.name.secure.ssl.client.auth': 'required',
    'listener.name.secure.sasl.enabled.mechanisms': SASL_MECHANISMS.join(),
    'listener.name.secure.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_${username}="${jaas(password)}";`,
    'listener.name.secure.scram-sha-256.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  appendFileSync(configured(context, 'server.properties'), `\n${lines.join('')}`);
}

/** By Kafka's own tool, which takes one of a user's credentials at a time. */
async function addScram(context: EngineContext): Promise<void> {
  for (const mechanism of SASL_MECHANISMS.filter((name) => name !== 'PLAIN'))
    await promisify(execFile)(
      context.java.java,
      [
        ...['-Xmx128m', 'kafka.admin.ConfigCommand'],
        ...['--bootstrap-server', `127.0.0.1:${context.ports.kafka}`, '--alter'],
        ...['--entity-type', 'users', '--entity-name', CREDENTIALS.username],
        ...['--add-config', `${mechanism}=[password=${CREDENTIALS.password}]`],
      ],
      { env: { ...process.env, CLASSPATH: context.jars('kafka').join(delimiter) } },
    );
}
