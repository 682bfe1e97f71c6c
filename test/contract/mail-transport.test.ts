import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createFileTransport } from '../../src/datasources/mail-transport/file/adapter.ts';
import type { Message } from '../../src/datasources/mail-transport/port.ts';
import { temporaryDirectory } from '../support/temp.ts';

const message = (more: Partial<Message> = {}): Message => ({
  messageId: '<one@mail.example>',
  from: { name: 'Müller & Söhne', address: 'news@shop.example' },
  replyTo: null,
  to: 'ann@example.com',
  subject: 'Grüße',
  text: 'Hello Ann',
  html: '<p>Hello Ann</p>',
  headers: { 'X-Campaign': 'c1' },
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
  ...more,
});
async function tempDir(t: TestContext): Promise<string> {
  const { path, remove } = await temporaryDirectory();
  t.after(remove);
  return path;
}

const signal = new AbortController().signal;

describe('messages as files', () => {
  test('a message is one file of RFC 5322, whatever happens twice', async (t) => {
    const dir = await tempDir(t);
    const transport = createFileTransport(dir);
    const sends = await Promise.all(
      Array.from({ length: 8 }, () => transport.send('acme', message(), signal)),
    );
    assert.deepEqual(new Set(sends.map(({ status }) => status)), new Set(['SENT']));
    await transport.send('acme', message({ messageId: '<two@mail.example>', html: null }), signal);
    const files = await readdir(join(dir, 'acme'));
    assert.equal(files.length, 2);
    const texts = await Promise.all(files.map((file) => readFile(join(dir, 'acme', file), 'latin1')));
    const one = texts.find((text) => text.includes('<one@mail.example>')) ?? '';
    assert.match(one, /^Date: Fri, 02 Jan 2026 03:04:05 \+0000\r$/m);
    assert.match(one, /^To: ann@example\.com\r$/m);
    assert.match(one, /^X-Campaign: c1\r$/m);
    assert.doesNotMatch(one, /[^\r]\n/, 'every line ends with CRLF');
    assert.doesNotMatch(one, /[^\x20-\x7e\r\n]/, 'headers and body are ASCII');
  });

  test('tenants have folders of their own, and nothing else names a folder', async (t) => {
    const dir = await tempDir(t);
    const transport = createFileTransport(dir);
    await transport.send('acme', message(), signal);
    await transport.send('globex', message(), signal);
    assert.deepEqual((await readdir(dir)).sort(), ['acme', 'globex']);
    for (const name of ['../acme', 'a/b', '', '.'])
      await assert.rejects(transport.send(name, message(), signal), /id of a tenant/);
  });

  test('a header is one line, whatever its value says', async (t) => {
    const dir = await tempDir(t);
    await createFileTransport(dir).send('acme', message({ subject: 'a\r\nBcc: evil@example.com' }), signal);
    const [file = ''] = await readdir(join(dir, 'acme'));
    assert.doesNotMatch(await readFile(join(dir, 'acme', file), 'latin1'), /^Bcc:/im);
  });
});
