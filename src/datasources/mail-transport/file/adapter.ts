import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { isTenantId } from '../../../domain/tenant.ts';
import type { Delivery, MailTransport, Message } from '../port.ts';

/** Writes messages in the form of RFC 5322, without sending anything. */
const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

/**
 * Messages as files: `<dir>/<tenant>/<digest of the message id>.eml`. A message id has one file, so that a repeated
 * hand-over is no second message. A file has its name only when it is whole and on disk.
 */
export function createFileTransport(dir: string): MailTransport {
  return {
    async send(tenantId, message, signal) {
      signal.throwIfAborted();
      const folder = folderOf(dir, tenantId);
      const path = join(folder, fileOf(message.messageId));
      if (await exists(path)) return SENT;
      await mkdir(folder, { recursive: true });
      const { message: bytes } = await composer.sendMail(composed(message));
      const partial = `${path}.${randomUUID()}.part`;
      const file = await open(partial, 'w', 0o600);
      try {
        await file.writeFile(bytes as Buffer);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(partial, path);
      return SENT;
    },
    close: async () => {},
  };
}

const SENT: Delivery = { status: 'SENT' };

/** The folder of a tenant's messages. @throws Error for a text that is no id of a tenant */
function folderOf(dir: string, tenantId: string): string {
  if (!isTenantId(tenantId)) throw new Error('a folder of messages needs the id of a tenant');
  return join(dir, tenantId);
}

const fileOf = (messageId: string): string =>
  `${createHash('sha256').update(messageId).digest('hex').slice(0, 40)}.eml`;

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const composed = ({ from, to, replyTo, headers, at, ...rest }: Message) => ({
  ...rest,
  from: { name: from.name ?? '', address: from.address },
  to: { name: '', address: to },
  ...(replyTo !== null && { replyTo: { name: '', address: replyTo } }),
  html: rest.html ?? undefined,
  date: new Date(at),
  headers: { ...headers },
  // Texts of users are data: they name no file and no address to fetch.
  disableFileAccess: true,
  disableUrlAccess: true,
});
