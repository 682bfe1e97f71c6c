import type { Activity } from '../../../domain/activity.ts';
import { type ActivityId, HASH_START, ID_BYTES, readIdInto, writeId } from '../../../domain/ids.ts';

/** Remembers under which id each of the latest messages was accepted. */
export type RecentIds = {
  /** As what the message of this activity was accepted; undefined when that is not remembered. */
  firstOf(id: ActivityId): Pick<Activity, 'id' | 'contentDigest'> | undefined;
  add(id: ActivityId, contentDigest: Activity['contentDigest']): void;
};

/** Places that a message may be remembered in: with more, fewer are forgotten early; each costs a comparison. */
const WAYS = 4;
/** Of 32 bits, in a hash. */
const WORDS = 4;
/** Characters of a content digest. */
const DIGEST_LENGTH = 8;

/**
 * At most `max` ids, in one block of memory that is invisible to the garbage collector. A map of so many texts costs
 * more in collections than in look-ups. The 128 bits of its hash identify a message; they are part of its ids and
 * depend on the tenant. They also give its place in memory, where it replaces the oldest message.
 */
export function createRecentIds(max: number): RecentIds {
  const sets = Math.max(1, Math.ceil(max / WAYS));
  const ids = Buffer.alloc(sets * WAYS * ID_BYTES);
  /** Of each id, the words of its hash, so that looking needs no call out of the engine. */
  const hashes = new Int32Array(sets * WAYS * WORDS);
  /** Of each id, the content digest as text; zeros where there is none. */
  const digests = Buffer.alloc(sets * WAYS * DIGEST_LENGTH);
  const filled = new Uint8Array(sets);
  const next = new Uint8Array(sets);
  const probe = Buffer.alloc(ID_BYTES);
  const words = new Int32Array(WORDS);

  /** Reads an id into `probe` and `words`. @returns the first place of its message */
  const placeOf = (id: ActivityId): number => {
    readIdInto(probe, id);
    for (let word = 0; word < WORDS; word += 1) words[word] = probe.readInt32LE(HASH_START + 4 * word);
    return (probe.readUInt32LE(HASH_START) % sets) * WAYS;
  };
  const isAt = (place: number): boolean => {
    for (let word = 0; word < WORDS; word += 1)
      if (hashes[place * WORDS + word] !== words[word]) return false;
    return true;
  };
  const find = (first: number): number => {
    const end = first + (filled[first / WAYS] ?? 0);
    for (let place = first; place < end; place += 1) if (isAt(place)) return place;
    return -1;
  };

  return {
    firstOf(id) {
      const place = find(placeOf(id));
      if (place === -1) return undefined;
      const start = place * DIGEST_LENGTH;
      const contentDigest =
        digests[start] === 0 ? null : digests.toString('latin1', start, start + DIGEST_LENGTH);
      return { id: writeId(ids, place * ID_BYTES), contentDigest };
    },
    add(id, contentDigest) {
      const first = placeOf(id);
      if (find(first) !== -1) return;
      const set = first / WAYS;
      const way = next[set] ?? 0;
      probe.copy(ids, (first + way) * ID_BYTES);
      hashes.set(words, (first + way) * WORDS);
      digests.fill(0, (first + way) * DIGEST_LENGTH, (first + way + 1) * DIGEST_LENGTH);
      if (contentDigest !== null) digests.write(contentDigest, (first + way) * DIGEST_LENGTH, 'latin1');
      next[set] = (way + 1) % WAYS;
      filled[set] = Math.max(filled[set] ?? 0, way + 1);
    },
  };
}
