import { documentsTable } from '../../db/documents.ts';
import type { Migration } from '../../db/migrate.ts';

export const LISTS_TABLE = 'lead_lists';

/** Lists, and the members of static lists by the keys of their leads. */
export const listsMigrations: readonly Migration[] = [
  {
    id: 'lists-001',
    sql: `${documentsTable(LISTS_TABLE)}
CREATE TABLE lead_list_members (
  tenant_id text COLLATE "C" NOT NULL,
  list_id   text COLLATE "C" NOT NULL,
  lead_key  text COLLATE "C" NOT NULL,
  added_at  int8 NOT NULL,
  PRIMARY KEY (tenant_id, list_id, lead_key)
);
CREATE INDEX lead_list_members_by_lead ON lead_list_members (tenant_id, lead_key);`,
  },
];
