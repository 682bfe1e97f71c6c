import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openInstallation, type TestInstallation } from '../support/application.ts';
import { temporaryDirectory } from '../support/temp.ts';

const CLI = join(import.meta.dirname, '../../src/cli/import.ts');
const TIME = '2026-06-10T10:00:00Z';
const MAPPING = {
  type: { value: 'Visit Webpage' },
  externalId: { column: 'user' },
  occurredAt: { column: 'time' },
  attributes: { title: { column: 'title' } },
};

for (const profile of ['embedded', 'postgres'] as const)
  describe(`npm run import through a server (${profile})`, () => {
    let installation: TestInstallation;
    let directory: { path: string; remove(): Promise<void> };
    let token: string;
    let serial = 0;
    before(async () => {
      installation = await openInstallation({}, profile);
      token = await installation.token('one', ['activities:read', 'activities:write', 'leads:pii']);
      directory = await temporaryDirectory();
    });
    after(async () => {
      await installation.close();
      await directory.remove();
    });

    const file = async (content: string | Buffer, name: string) => {
      const path = join(directory.path, `${serial++}-${name}`);
      await writeFile(path, content);
      return path;
    };
    /** Runs the command. */
    const run = async (args: readonly string[], mapping: object = MAPPING, input: string | Buffer = '') => {
      const mappingFile = await file(JSON.stringify(mapping), 'mapping.json');
      const child = spawn(
        process.execPath,
        [CLI, '--mapping', mappingFile, '--url', installation.address, ...args],
        {
          env: { ...process.env, JOURNEYGRAPH_TOKEN: token, DATA_DIR: join(directory.path, 'no-data') },
        },
      );
      child.stdin.end(input);
      const [[code], out, errors] = await Promise.all([
        once(child, 'exit'),
        text(child.stdout),
        text(child.stderr),
      ]);
      return { code, out, errors };
    };
    /** Imports one file. */
    const imported = async (
      content: string | Buffer,
      name: string,
      mapping: object = MAPPING,
      args: readonly string[] = [],
    ) => {
      const path = await file(content, name);
      const done = await run([...args, path], mapping);
      const rejects = await readFile(`${path}.rejects.jsonl`, 'utf8').catch(() => '');
      return {
        ...done,
        path,
        rejects: rejects
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      };
    };
    /** What is there of a person, oldest first. */
    const activitiesOf = async (externalId: string) => {
      const query = `query ($id: String!) { lead(externalId: $id) {
        email traits activities(first: 50) { nodes { messageId occurredAt type { name } attributes context } } } }`;
      const { body } = await installation.graphql(token, query, { id: externalId });
      return { lead: body.data.lead, nodes: (body.data.lead?.activities.nodes ?? []).toReversed() };
    };
    const titles = async (externalId: string) =>
      (await activitiesOf(externalId)).nodes.map(
        ({ attributes }: { attributes: { title?: string } }) => attributes.title,
      );

    test('files that others lose or spoil arrive as they are meant', async () => {
      const long = `user,time,title\nl1,${TIME},a\nl2,${TIME},${'y'.repeat(1_100_000)}\n${[3, 4, 5, 6, 7].map((n) => `l${n},${TIME},b\n`).join('')}`;
      const longRow = await imported(long, 'long.csv');
      assert.equal(longRow.code, 1);
      assert.match(longRow.out, /6 accepted, 0 there already, 1 rejected, of 7 rows\./);
      assert.deepEqual(
        longRow.rejects.map(({ line, code }) => [line, code]),
        [[3, 'TOO_LARGE']],
      );
      assert.deepEqual(await titles('l7'), ['b']);

      const mixed = await imported(
        `user,time,title\nm1,${TIME},a\r\nm2,${TIME},"b"\r\nm3,${TIME},c\n`,
        'mixed.csv',
      );
      assert.deepEqual([mixed.code, mixed.rejects], [0, []]);
      assert.deepEqual([await titles('m1'), await titles('m2'), await titles('m3')], [['a'], ['b'], ['c']]);

      const quotes = await imported(
        `user,time,title\nq1,${TIME},a\nq2,${TIME},550-""refused ""here""\nq3,${TIME},caf\ufffd\n`,
        'quotes.csv',
      );
      assert.equal(quotes.code, 0);
      assert.deepEqual([await titles('q2'), await titles('q3')], [['550-""refused ""here""'], ['caf\ufffd']]);

      const blank = await imported(`user,time,title\n\n\ne1,${TIME},a\n\n   \ne2,never,b\n`, 'blank.csv');
      assert.deepEqual(
        blank.rejects.map(({ line, row }) => [line, row]),
        [[7, 'e2,never,b']],
      );
      assert.match(blank.out, /of 2 rows/);

      const large = [5, 7]
        .map((n) => `{"user":900719925474099${n},"time":"${TIME}","title":"n${n}"}\n`)
        .join('');
      assert.equal((await imported(large, 'large.jsonl')).code, 0);
      assert.deepEqual(await titles('9007199254740997'), ['n7']);

      const latin = Buffer.from(`user,time,title\nw1,${TIME},Zo\xeb\n`, 'latin1');
      assert.equal(
        (await imported(gzipSync(latin), 'latin.csv.gz', MAPPING, ['--encoding', 'windows-1252'])).code,
        0,
      );
      assert.deepEqual(await titles('w1'), ['Zoë']);
    });

    test('a mapping or header that does not fit is exit code 2, and nothing is written', async () => {
      const missing = await imported(`user,time,titel\nx1,${TIME},a\n`, 'missing.csv');
      assert.equal(missing.code, 2);
      assert.match(missing.errors, /missing\.csv: .*'title', which the file lacks\. Is 'titel' meant/);
      const twice = await imported(`user,time,title,title\nx1,${TIME},a,b\n`, 'twice.csv');
      assert.deepEqual([twice.code, /'title' 2 times/.test(twice.errors)], [2, true]);
      const good = await file(`user,time,title\nx1,${TIME},a\n`, 'good.csv');
      const bad = await file('user,title\n', 'bad.csv');
      const both = await run([good, bad]);
      assert.deepEqual([both.code, /bad\.csv.*'time'/.test(both.errors)], [2, true]);
      assert.equal((await activitiesOf('x1')).lead, null, 'not the good file either');
      assert.equal((await run([good, '--url', 'http://127.0.0.1:9'])).code, 2, 'no server');
      assert.match((await run([good, '--token', 'nonsense'])).errors, /refused/);
      assert.match((await run([good, '--tenant', 'two'])).errors, /of the tenant 'one', not of 'two'/);
      assert.deepEqual((await run([join(directory.path, 'none.csv')])).code, 2);
      assert.match(
        (await run([good, '--zone', 'Mars'])).errors,
        /--zone: 'Mars' is no time zone[\s\S]*npm run import/,
      );
    });

    test('times of all kinds with a zone, several files and the standard input in one command', async () => {
      const mapping = {
        ...MAPPING,
        occurredAt: { column: 'time', format: ['iso', 'dd/mm/yyyy', 'spreadsheet'] },
      };
      const times = [
        '2026-06-10 10:00:00.000',
        '2026-06-10 08:00:00+00',
        '10/06/2026 10:00',
        '46183.4166667',
        '2026-06-10',
      ];
      const one = await file(
        `user,time,title\n${times.map((time, n) => `t1,${time},${n}\n`).join('')}`,
        'times.csv',
      );
      const work = join(directory.path, 'work');
      const done = await run(
        ['--zone', 'Europe/Berlin', '--work-dir', work, '--format', 'csv', one, '-'],
        mapping,
        `user,time,title\nt2,${times[0]},s\nt2,never,x\n`,
      );
      assert.equal(done.code, 1);
      assert.match(
        done.out,
        /times\.csv: 5 accepted[\s\S]*-: 1 accepted, 0 there already, 1 rejected[\s\S]*Together: 6 accepted/,
      );
      const at = (await activitiesOf('t1')).nodes.map(({ occurredAt }: { occurredAt: string }) => occurredAt);
      assert.deepEqual(at, [
        '2026-06-09T22:00:00.000Z',
        ...Array.from({ length: 4 }, () => '2026-06-10T08:00:00.000Z'),
      ]);
      assert.deepEqual(await readdir(work), ['stdin.rejects.jsonl']);
      assert.match((await run(['--format', 'csv', one], MAPPING)).errors, /^$|rejected/);
    });

    test('visits and orders of the same rows, and their people, in one go; events take whatever properties they have', async () => {
      const mapping = {
        zone: 'UTC',
        externalId: { column: 'id' },
        occurredAt: { value: '2026-05-01' },
        activities: [
          {
            type: { value: 'Visit Webpage' },
            when: { column: 'visit', equals: '1' },
            context: { 'page.url': { column: 'page' } },
          },
          {
            type: { value: 'Complete Order' },
            when: { column: 'conversion', equals: '1' },
            attributes: { revenue: { column: 'spend' } },
          },
          {
            type: { value: 'Track Event' },
            attributes: { event: { value: 'Segmented' }, segment: { column: 'segment' }, plan: { value: 3 } },
          },
        ],
        lead: {
          externalId: { column: 'id' },
          email: { column: 'mail' },
          traits: { segment: { column: 'segment' } },
          at: { value: '2026-05-01' },
        },
      };
      const rows =
        'id,visit,conversion,spend,segment,page,mail\nh1,1,1,29.99,Mens,https://a.example/x?utm_source=news,h1@example.com\nh2,0,0,0,None,,\n';
      const first = await imported(rows, 'hillstrom.csv', mapping);
      assert.equal(first.code, 0, first.errors + JSON.stringify(first.rejects));
      assert.match(
        first.out,
        /6 accepted, 0 there already, 0 rejected, of 6 activities and people in 2 rows/,
      );
      const { lead, nodes } = await activitiesOf('h1');
      assert.deepEqual([lead.email, lead.traits], ['h1@example.com', { segment: 'Mens' }]);
      const byType = Object.fromEntries(
        nodes.map((node: { type: { name: string } }) => [node.type.name, node]),
      );
      assert.deepEqual(byType['Complete Order'].attributes, { revenue: 29.99 });
      assert.deepEqual(byType['Track Event'].attributes, { event: 'Segmented', segment: 'Mens', plan: 3 });
      assert.equal(byType['Visit Webpage'].context.page.url, 'https://a.example/x?utm_source=news');
      const grown = await imported(
        `${rows.replaceAll('\n', '\r\n')}h3,1,0,0,Mens,,\r\n`,
        'grown.csv',
        mapping,
      );
      assert.match(grown.out, /5 accepted, 4 there already, 0 rejected/);
    });

    test('a dry run shows what would be sent, and what would be refused, and writes nothing', async () => {
      const path = await file(
        `user,time,title\nd1,${TIME},a\nd1,${TIME.slice(0, 10)},b\nd1,${TIME},c\n`,
        'dry.csv',
      );
      const two = await run(['--dry-run', '2', path]);
      assert.equal(two.code, 1);
      const [good, bad] = two.out
        .split('\n')
        .slice(0, 2)
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        [good.line, good.verdict, good.sent.externalId, good.sent.occurredAt],
        [2, 'ACCEPTED', 'd1', '2026-06-10T10:00:00.000Z'],
      );
      assert.deepEqual([bad.line, bad.verdict, bad.error.code], [3, 'REJECTED', 'INVALID_TIME']);
      assert.match(two.out, /1 would be accepted, 1 rejected, of 2 rows\./);
      assert.match((await run([path, '--dry-run'])).out, /2 would be accepted, 1 rejected, of 3 rows\./);
      const unknown = await run(['--dry-run', path], { ...MAPPING, type: { value: 'No Such Type' } });
      assert.match(unknown.out, /UNKNOWN_TYPE[\s\S]*0 would be accepted, 3 rejected/);
      assert.equal((await activitiesOf('d1')).lead, null);
      assert.deepEqual(
        (await readdir(directory.path)).filter((name) => name.includes('dry.csv.')),
        [],
      );
    });
  });
