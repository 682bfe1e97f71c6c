import type { LogRecord } from '../../../domain/activity.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { badInput } from '../../../lib/errors.ts';
import type { Lane, Outgoing } from './lane.ts';
import { encodeMessage, placeOf } from './message.ts';

/** Messages for one lane; `indexes` says which of the records they are. */
export type LaneRequest = {
  readonly lane: Lane;
  readonly messages: Outgoing[];
  readonly indexes: number[];
  bytes: number;
};

const MIB = 1024 * 1024;
/** The size of a request, unless a single record is longer: several of the writer's batches, for one is under way at a time. */
export const BATCH_BYTES = 4 * MIB;
/** As in the segment log. */
const MAX_RECORD_BYTES = 16 * MIB;
/** The cost of a message besides its value. */
const OVERHEAD_BYTES = 64;

/**
 * Lays records out for their lanes, in requests of a bounded size.
 * @param partitions how many the topic has
 * @returns the requests, and the partition of each record
 * @throws DomainError `BAD_USER_INPUT` for a record that is too long
 */
export function layOut(
  tenant: Tenant,
  records: readonly LogRecord[],
  lanes: readonly Lane[],
  partitions: number,
): { readonly requests: readonly LaneRequest[]; readonly placed: readonly number[] } {
  const requests: LaneRequest[] = [];
  const open = new Map<Lane, LaneRequest>();
  const placed = records.map((record, index) => {
    const value = encodeMessage(tenant.id, record);
    if (value.length > MAX_RECORD_BYTES)
      throw badInput(`The record is too long: ${value.length} bytes, at most ${MAX_RECORD_BYTES}.`);
    const { key, partition } = placeOf(tenant, record, partitions);
    const lane = lanes[partition % lanes.length] as Lane;
    const bytes = value.length + OVERHEAD_BYTES;
    let request = open.get(lane);
    if (!request || request.bytes + bytes > BATCH_BYTES) {
      request = { lane, messages: [], indexes: [], bytes: 0 };
      open.set(lane, request);
      requests.push(request);
    }
    request.messages.push({ partition, key, value });
    request.indexes.push(index);
    request.bytes += bytes;
    return partition;
  });
  return { requests, placed };
}
