import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { DomainError, type ErrorCode } from '../lib/errors.ts';
import type { Directory } from './directory.ts';

/** The part of the directory that the operator's commands use. */
export type AdminDirectory = Pick<
  Directory,
  | 'createTenant'
  | 'tenant'
  | 'tenants'
  | 'suspendTenant'
  | 'createKey'
  | 'keyById'
  | 'keys'
  | 'revokeKey'
  | 'revokeToken'
>;
const METHODS: readonly (keyof AdminDirectory)[] = [
  'createTenant',
  'tenant',
  'tenants',
  'suspendTenant',
  'createKey',
  'keyById',
  'keys',
  'revokeKey',
  'revokeToken',
];

/** Where the running server of a data directory listens for commands, and the secret that it wants to hear. */
const channelFile = z.object({ port: z.int().min(1).max(65_535), secret: z.string().min(32) });
const fileOf = (dataDir: string): string => join(dataDir, 'admin-channel.json');

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 64 * 1024;
const TIMEOUT_MS = 30_000;

type Call = { readonly method: keyof AdminDirectory; readonly args: readonly unknown[] };

/**
 * Lets commands on this machine use the directory of a running server by an HTTP endpoint on the loopback interface.
 * The commands need neither the server's database nor its environment. A file of the data directory, readable by its
 * owner only, has the port and a new secret. The last server on a directory owns the file.
 * @returns closes the endpoint and removes the file, if it is its own
 */
export async function openAdminChannel(
  dataDir: string,
  directory: AdminDirectory,
): Promise<() => Promise<void>> {
  const secret = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    void answer(directory, secret, request, response);
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const file = fileOf(dataDir);
  // At once or not at all: a command never reads half of it.
  const temporary = `${file}.${port}`;
  const content = JSON.stringify({ port, secret });
  await writeFile(temporary, content, { mode: 0o600 });
  await rename(temporary, file);
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === content) await rm(file, { force: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

/**
 * The directory of the server that runs on a data directory; undefined when none does.
 * @throws DomainError what the server's directory throws
 */
export async function connectAdminChannel(dataDir: string): Promise<AdminDirectory | undefined> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const found = channelFile.safeParse(parsed(text));
  if (!found.success) return undefined;
  const { port, secret } = found.data;
  const call = async (method: keyof AdminDirectory, args: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(`http://${HOST}:${port}/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({ method, args }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = (await response.json()) as { value?: unknown; error?: { code: ErrorCode; message: string } };
    if (body.error) throw new DomainError(body.error.code, body.error.message);
    return body.value;
  };
  try {
    await call('tenants', []);
  } catch (error) {
    // The file of a server that was killed: nobody listens there, or somebody else does, who does not know the secret.
    if (error instanceof DomainError && error.code !== 'UNAUTHENTICATED') throw error;
    return undefined;
  }
  return Object.fromEntries(
    METHODS.map((method) => [method, (...args: readonly unknown[]) => call(method, args)]),
  ) as unknown as AdminDirectory;
}

async function answer(
  directory: AdminDirectory,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    if (!isSecret(request.headers.authorization, secret)) {
      request.resume();
      send(401, { error: { code: 'UNAUTHENTICATED', message: 'This is not the secret of this server.' } });
      return;
    }
    const { method, args } = await callIn(request);
    const value = await (directory[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    send(200, { value });
  } catch (error) {
    const { code, message } =
      error instanceof DomainError
        ? error
        : { code: 'INTERNAL', message: 'The server could not do this; its log says why.' };
    send(400, { error: { code, message } });
  }
}

async function callIn(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new DomainError('BAD_USER_INPUT', 'The command is too long.');
    chunks.push(chunk as Buffer);
  }
  const call = parsed(Buffer.concat(chunks).toString('utf8')) as Partial<Call> | undefined;
  const method = METHODS.find((name) => name === call?.method);
  if (!method || !Array.isArray(call?.args))
    throw new DomainError('BAD_USER_INPUT', 'The server does not know this command. Use its own version.');
  return { method, args: call.args };
}

function isSecret(authorization: string | undefined, secret: string): boolean {
  const [said, right] = [Buffer.from(authorization ?? ''), Buffer.from(`Bearer ${secret}`)];
  return said.length === right.length && timingSafeEqual(said, right);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
