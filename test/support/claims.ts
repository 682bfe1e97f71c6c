import type { Claims } from '../../src/consumers/claims.ts';
import type { Db } from '../../src/datasources/db/db.ts';

/** Claims in a table of PostgreSQL, for tests that are not about where claims are kept. */
export async function openTestClaims(db: Db): Promise<Claims> {
  await db.exec(
    `CREATE TABLE IF NOT EXISTS test_claims (tenant text, hash text, part int4, place int8, PRIMARY KEY (tenant, hash))`,
  );
  return {
    async claim(tenant, entries, signal) {
      const sorted = [...entries].sort((a, b) => (a.hash < b.hash ? -1 : 1));
      await db.query(
        `INSERT INTO test_claims SELECT $1, * FROM unnest($2::text[], $3::int4[], $4::int8[]) ON CONFLICT DO NOTHING`,
        [
          tenant.id,
          sorted.map(({ hash }) => hash),
          sorted.map(({ position }) => position.partition),
          sorted.map(({ position }) => position.offset),
        ],
        { signal },
      );
      const rows = await db.query<{ hash: string; part: number; place: number }>(
        'SELECT hash, part, place FROM test_claims WHERE tenant = $1 AND hash = ANY($2::text[])',
        [tenant.id, sorted.map(({ hash }) => hash)],
        { signal },
      );
      const owners = new Map(rows.map((row) => [row.hash, row]));
      return entries.map(({ hash, position }) => {
        const owner = owners.get(hash);
        return owner?.part === position.partition && owner.place === position.offset;
      });
    },
  };
}
