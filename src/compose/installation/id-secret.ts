import { randomBytes } from 'node:crypto';
import { readIdSecretFile, writeIdSecretFile } from '../../datasources/activity-log/file/id-secret-file.ts';
import type { Db } from '../../datasources/db/db.ts';
import { keepIdSecret, readIdSecret } from '../../datasources/db/installation.ts';
import { badInput } from '../../lib/errors.ts';

/**
 * The secret from which ids of an installation's leads and activities are derived. Without it nobody can compute the id
 * of a person from a guessed e-mail address. The first start of an empty installation creates it, or takes `given`
 * (`ID_SECRET`). An installation from before there were secrets has none and keeps its ids.
 */

const newSecret = (): string => randomBytes(32).toString('base64url');

/** @throws DomainError `BAD_USER_INPUT` when the operator gives another secret than the installation's */
function checkGiven(kept: string | null, given: string | undefined): string | null {
  if (given === undefined || given === kept) return kept;
  throw badInput(
    kept === null
      ? 'ID_SECRET is set, but this installation was made without a secret, and its ids stay as they are. Take ID_SECRET away.'
      : "ID_SECRET is not the secret that this installation's ids are derived from. Set the same, or take it away.",
    'ID_SECRET',
  );
}

/**
 * The secret of an installation with its log in files. It is kept beside the log, from which the database can be
 * rebuilt, and in the database, whose rows may outlive the log.
 * @param isLogEmpty whether the log has no record
 * @throws Error when log and database are of two installations
 */
export async function fileIdSecret(
  { db, dir, isLogEmpty }: { readonly db: Db; readonly dir: string; readonly isLogEmpty: boolean },
  given: string | undefined,
): Promise<string | null> {
  const [besideLog, inDatabase] = await Promise.all([readIdSecretFile(dir), readIdSecret(db)]);
  if (besideLog !== undefined && inDatabase !== undefined && besideLog !== inDatabase)
    throw new Error(
      `${dir} and the database beside it are of two installations: their ids are derived from different secrets. ` +
        'Put back the copy of the one that belongs to the other; docs/runbook.md, "Backups", tells more.',
    );
  const isNew = besideLog === undefined && inDatabase === undefined && isLogEmpty;
  const secret = isNew ? (given ?? newSecret()) : (besideLog ?? inDatabase ?? null);
  checkGiven(secret, given);
  // The file first: what is in the database alone would be lost with it.
  if (secret !== null && besideLog === undefined) await writeIdSecretFile(dir, secret);
  return keepIdSecret(db, secret);
}

/** The secret that a store keeps for all processes: the first who calls makes it. */
export async function sharedIdSecret(
  keep: (secret: string) => Promise<string | null>,
  given: string | undefined,
): Promise<string | null> {
  return checkGiven(await keep(given ?? newSecret()), given);
}
