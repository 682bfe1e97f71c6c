import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Claims } from '../../src/consumers/claims.ts';
import { createClaimsTable, createPhoenixClaims } from '../../src/consumers/claims-phoenix.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { messageHash } from '../../src/domain/ids.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { type AvaticaClient, openAvatica } from '../../src/wire/avatica/client.ts';
import { engine, engineSkip } from '../support/engines.ts';

const signal = new AbortController().signal;
const [acme, globex] = [verifyTenant('acme'), verifyTenant('globex')];

describe('claims in Phoenix', { skip: engineSkip('phoenix') }, () => {
  const schema = `T${randomBytes(5).toString('hex').toUpperCase()}`;
  let client: AvaticaClient;
  let claims: Claims;

  before(async () => {
    client = openAvatica({ url: engine('phoenix'), connections: 8, timeoutMs: 60_000 });
    await createClaimsTable(client, { schema }, signal);
    await createClaimsTable(client, { schema }, signal);
    claims = createPhoenixClaims(client, { schema });
  });
  after(async () => {
    await client.query(`DROP TABLE IF EXISTS ${schema}.MESSAGE_CLAIMS`);
    await client.query(`DROP SCHEMA IF EXISTS ${schema}`);
    await client.close();
  });

  const entries = (tenant: Tenant, name: string, count: number, partition: number) =>
    Array.from({ length: count }, (_, index) => ({
      hash: messageHash(tenant.id, `${name}-${index}`),
      position: { partition, offset: index + 2 ** 33 },
    }));

  test('the first position has the message for ever; asked again it has it still, and no other', async () => {
    for (const count of [1, 17, 1_200]) {
      const first = entries(acme, `size-${count}`, count, 1);
      const other = first.map(({ hash, position }) => ({ hash, position: { ...position, partition: 2 } }));
      const later = first.map(({ hash, position }) => ({
        hash,
        position: { ...position, offset: position.offset + 1 },
      }));
      assert.ok((await claims.claim(acme, first, signal)).every((one) => one));
      for (const refused of [other, later])
        assert.ok((await claims.claim(acme, refused, signal)).every((one) => !one));
      const again = await claims.claim(acme, first, signal);
      assert.equal(again.length, count);
      assert.ok(again.every((one) => one));
    }
    assert.deepEqual(await claims.claim(acme, [], signal), []);
  });

  test('of many that claim the same messages at once, one has each', async () => {
    const rivals = Array.from({ length: 8 }, (_, partition) => entries(acme, 'race', 300, partition));
    const answers = await Promise.all(rivals.map((own) => claims.claim(acme, own, signal)));
    for (let index = 0; index < 300; index += 1)
      assert.equal(answers.filter((answer) => answer[index]).length, 1, `message ${index}`);
    assert.deepEqual(await Promise.all(rivals.map((own) => claims.claim(acme, own, signal))), answers);
  });

  test('one tenant takes nothing from another, not even with the same hash', async () => {
    const own = entries(acme, 'shared', 20, 1);
    const elsewhere = own.map(({ hash }, index) => ({ hash, position: { partition: 5, offset: index } }));
    assert.ok((await claims.claim(acme, own, signal)).every((one) => one));
    assert.ok((await claims.claim(globex, elsewhere, signal)).every((one) => one));
    assert.ok((await claims.claim(acme, own, signal)).every((one) => one));
    await assert.rejects(
      claims.claim({ id: 'acme' } as unknown as Tenant, own, signal),
      (error) => error instanceof DomainError && error.code === 'FORBIDDEN',
    );
  });
});
