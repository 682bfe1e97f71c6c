import { C, F, type SqlExpression, SqlFunction } from 'druid-query-toolkit';
import type { JsonObject } from '../../../../domain/json.ts';
import type { LeadKey } from '../../../../domain/lead.ts';
import type { Tenant } from '../../../../domain/tenant.ts';
import { EXPORT_START, type ExportedBatch, type PersonalRecord } from '../../../personal-data.ts';
import { EVIDENCE } from '../../evidence.ts';
import { EARLIEST, groupedBy, LATEST, rowsOf, selecting } from '../sql.ts';
import type { ForgetParts } from './forget.ts';

const KEYS = ['campaign', 'asset', 'lead'] as const;

/** Sends of the person. Rows of activities are derived from the store's, which has more. See `PersonalData.export`. */
export async function* exportSends(
  { prefix, all }: Pick<ForgetParts, 'prefix' | 'all'>,
  tenant: Tenant,
  leads: readonly LeadKey[],
  after: string,
  signal: AbortSignal,
): AsyncGenerator<ExportedBatch> {
  if (after !== EXPORT_START || leads.length === 0) return;
  const rows = rowsOf({ prefix, tenant }, 'emails', EARLIEST, LATEST).addWhere(C('lead').in([...leads]));
  const columns: (readonly [string, SqlExpression])[] = [
    ['sentAt', SqlFunction.min(C('sentAt'))],
    ['signAt', SqlFunction.min(C('signAt'))],
    ...EVIDENCE.map((name) => [name, F('COALESCE', SqlFunction.max(C(name)), 0)] as const),
  ];
  const query = selecting(
    groupedBy(
      rows,
      KEYS.map((name) => [name, C(name)]),
    ),
    columns,
  );
  const names = [...KEYS, ...columns.map(([name]) => name)];
  const records = (await all('emails', tenant, query, signal)).map((row): PersonalRecord => {
    const data: JsonObject = Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]));
    return { kind: 'send', data };
  });
  yield { records, next: 'sends' };
}
