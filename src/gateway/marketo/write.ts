import type { Viewer } from '../../auth/viewer.ts';
import { isJsonObject, type Json, roughBytesOf } from '../../domain/json.ts';
import { marketoActivityId } from '../../domain/marketo-ids.ts';
import { decodeMarketo, MARKETO, type MarketoSources } from '../../ingest/dialects/marketo/decode.ts';
import type { Collector } from '../../ingest/door/collector.ts';
import type { ItemError, Verdict } from '../../ingest/draft/draft.ts';
import { MarketoError, type MarketoFault } from './respond.ts';

const MAX_ACTIVITIES = 300;

export type WriteOptions = MarketoSources & {
  readonly collector: Collector;
};

/** `POST /rest/v1/activities/external.json`: a verdict for each activity, in order. */
export async function addActivities(options: WriteOptions, viewer: Viewer, body: Json, signal: AbortSignal) {
  const input = isJsonObject(body) ? body['input'] : undefined;
  if (!Array.isArray(input) || input.length === 0) throw new MarketoError('701', 'input cannot be blank');
  if (input.length > MAX_ACTIVITIES)
    throw new MarketoError(
      '1003',
      `Invalid data: 'input' has ${input.length} activities; at most ${MAX_ACTIVITIES} are allowed`,
    );
  const inputs = input as readonly Json[];
  const items = await decodeMarketo(options, viewer.tenant, inputs, signal);
  const verdicts = await options.collector.collect(
    viewer.tenant,
    {
      policy: MARKETO,
      sender: viewer,
      items,
      bytes: roughBytesOf(inputs),
      originalOf: (index) => inputs[index] ?? null,
    },
    signal,
  );
  return { result: verdicts.map(resultOf) };
}

function resultOf(verdict: Verdict) {
  switch (verdict.status) {
    case 'accepted':
    case 'duplicate':
      return { id: marketoActivityId(verdict.id), marketoGUID: verdict.id, status: 'added' };
    case 'rejected':
      return skipped(reasonOf(verdict.error));
    case 'dropped':
      return skipped({ code: '1003', message: verdict.reason });
    default:
      return verdict satisfies never;
  }
}

/** Marketo's pages disagree on the name: `errors` in Add Custom Activities, `reasons` in Error Codes. */
const skipped = (reason: MarketoFault) => ({ status: 'skipped', errors: [reason], reasons: [reason] });

/** Our reason as one of Marketo's record-level errors. */
function reasonOf({ code, message, path, detail }: ItemError): MarketoFault {
  const field = path?.replace(/^attributes\./, '') ?? '';
  switch (code) {
    case 'INVALID_VALUE':
      return detail === 'AMBIGUOUS_LEAD'
        ? { code: '1007', message }
        : { code: '1001', message: `Invalid value for '${field}'. ${message}` };
    case 'INVALID_TIME':
      return { code: '1001', message: `Invalid value for '${field}'. ${message}` };
    case 'MISSING_VALUE':
      return { code: '1002', message: `Missing value for the required parameter '${field}'` };
    case 'LEAD_NOT_FOUND':
      return { code: '1004', message: 'Lead not found' };
    case 'UNKNOWN_ATTRIBUTE':
      return { code: '1006', message: `Field '${field}' not found` };
    case 'TOO_LARGE':
      return { code: '1049', message: `Failed to Create Activity. ${message}` };
    case 'FORBIDDEN':
      return { code: '603', message };
    case 'UNKNOWN_TYPE':
    case 'CONFLICT':
    case 'STEP_FAILED':
      return { code: '1003', message: `Invalid data: ${message}` };
    default:
      return code satisfies never;
  }
}
