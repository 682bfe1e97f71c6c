import type { Activity, CustomType } from '../../../domain/activity.ts';
import {
  type ActivityTypeDefinition,
  FIRST_CUSTOM_NUMBER,
  standardType,
} from '../../../domain/activity-types.ts';
import type { Queryable } from '../../db/db.ts';
import { takenName } from '../custom-types.ts';

export type TypeRow = {
  readonly number: number;
  readonly definition: CustomType;
};
export const typeFrom = (row: TypeRow): ActivityTypeDefinition => ({
  ...row.definition,
  number: row.number,
  standard: false,
});

/** The types of these activities, by name. */
export async function readTypes(
  q: Queryable,
  tenantId: string,
  activities: readonly Activity[],
): Promise<(name: string) => ActivityTypeDefinition | undefined> {
  const names = [...new Set(activities.map((activity) => activity.type))].filter(
    (name) => !standardType(name),
  );
  const rows =
    names.length === 0
      ? []
      : await q.query<TypeRow>(
          'SELECT number, definition FROM activity_types WHERE tenant_id = $1 AND name = ANY($2)',
          [tenantId, names],
        );
  const own = new Map(rows.map(typeFrom).map((type) => [type.name, type]));
  return (name) => standardType(name) ?? own.get(name);
}

export async function defineType(
  q: Queryable,
  tenantId: string,
  definition: CustomType,
): Promise<ActivityTypeDefinition> {
  await q.query(
    `INSERT INTO activity_types (tenant_id, name, number, definition)
     SELECT $1, $2, coalesce(max(number) + 1, ${FIRST_CUSTOM_NUMBER}), $3::jsonb FROM activity_types WHERE tenant_id = $1
     ON CONFLICT (tenant_id, name) DO NOTHING`,
    [tenantId, definition.name, JSON.stringify(definition)],
  );
  const [row] = await q.query<TypeRow & { same: boolean }>(
    'SELECT number, definition, definition = $3::jsonb AS same FROM activity_types WHERE tenant_id = $1 AND name = $2',
    [tenantId, definition.name, JSON.stringify(definition)],
  );
  if (!row?.same) throw takenName(definition.name);
  return typeFrom(row);
}
