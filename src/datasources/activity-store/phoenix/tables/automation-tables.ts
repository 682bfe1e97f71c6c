import type { Table } from './table.ts';

/** Of rows that change by `changeVersioned`. */
const DOCUMENT = 'REV VARCHAR, BODY VARCHAR';
/** Longer than any lease, in seconds: a person's row is needed while one lasts. */
const PERSON_TTL = 86_400;

/**
 * The tables of campaigns; see the ADR "Runs in HBase". Bodies are JSON.
 *
 * - `SMART_CAMPAIGNS`, `LEAD_LISTS`: definitions. `MEMBERSHIPS` says who is a member, `LIST_MEMBERS` finds members by list.
 * - `RUNS`: a run with its steps and its lease. `RUNS_BY` finds runs by campaign (`c` and its id) and by person (`p` and
 *   the key). `RUN_NOTES` has what steps were about to do.
 * - `RUN_QUEUE`: where runs are due, by what their priority costs. `RUN_LANES` says when the first of a cost is due.
 * - `RUN_PERSONS`: the leased run of a person.
 * - `CAMPAIGN_ENTRIES`, `CAMPAIGN_SENDS`: a person's entries into a campaign, and messages.
 */
export const AUTOMATION_TABLES: readonly Table[] = [
  { name: 'SMART_CAMPAIGNS', columns: `ID VARCHAR NOT NULL, ${DOCUMENT}`, key: 'ID', compressed: true },
  { name: 'LEAD_LISTS', columns: `ID VARCHAR NOT NULL, ${DOCUMENT}`, key: 'ID', compressed: true },
  {
    name: 'MEMBERSHIPS',
    columns: `LEAD VARCHAR NOT NULL, LIST_ID VARCHAR NOT NULL, ${DOCUMENT}`,
    key: 'LEAD, LIST_ID',
  },
  { name: 'LIST_MEMBERS', columns: 'LIST_ID VARCHAR NOT NULL, LEAD VARCHAR NOT NULL', key: 'LIST_ID, LEAD' },
  { name: 'RUNS', columns: `ID VARCHAR NOT NULL, ${DOCUMENT}`, key: 'ID', compressed: true },
  {
    name: 'RUNS_BY',
    columns: 'OWNER VARCHAR NOT NULL, RECEIVED_AT UNSIGNED_LONG NOT NULL, ID VARCHAR NOT NULL',
    key: 'OWNER, RECEIVED_AT DESC, ID DESC',
  },
  {
    name: 'RUN_NOTES',
    columns: `RUN_ID VARCHAR NOT NULL, PATH VARCHAR NOT NULL, ${DOCUMENT}`,
    key: 'RUN_ID, PATH',
  },
  {
    name: 'RUN_QUEUE',
    columns: 'COST UNSIGNED_LONG NOT NULL, DUE_AT UNSIGNED_LONG NOT NULL, ID VARCHAR NOT NULL',
    key: 'COST, DUE_AT, ID',
  },
  {
    name: 'RUN_LANES',
    columns: 'COST UNSIGNED_LONG NOT NULL, NEXT_DUE UNSIGNED_LONG, REV VARCHAR',
    key: 'COST',
  },
  {
    name: 'RUN_PERSONS',
    columns: `PERSON VARCHAR NOT NULL, ${DOCUMENT}`,
    key: 'PERSON',
    options: `TTL=${PERSON_TTL}`,
  },
  {
    name: 'CAMPAIGN_ENTRIES',
    columns: `PERSON VARCHAR NOT NULL, CAMPAIGN VARCHAR NOT NULL, ${DOCUMENT}`,
    key: 'PERSON, CAMPAIGN',
  },
  { name: 'CAMPAIGN_SENDS', columns: `PERSON VARCHAR NOT NULL, ${DOCUMENT}`, key: 'PERSON' },
];
