import { NOT_AUTHORISED, type ServerError } from '../protocol/errors.ts';
import { decodeError } from '../protocol/responses.ts';
import { decodeEnvelope, type Envelope } from '../protocol/wire.ts';
import type { Channel, Outcome } from './channel.ts';

/** The outcome of a request: an answer of the expected kind, a refusal, or a failure on the way. */
export type Reply =
  | { readonly is: 'ok'; readonly message: Uint8Array }
  /** The server reports why it refused the request, or its fault while it ran. */
  | { readonly is: 'refused'; readonly error: ServerError }
  | Exclude<Outcome, { is: 'answered' }>;

const HTTP_OK = 200;

/**
 * Posts a request and opens the answer's envelope.
 * @param expected the message that answers, e.g. `ExecuteResponse`
 */
export async function rpc(
  channel: Channel,
  request: Uint8Array,
  expected: string,
  options: { dial: boolean; signal: AbortSignal },
): Promise<Reply> {
  const outcome = await channel.post(request, options);
  if (outcome.is !== 'answered') return outcome;
  const { status, body } = outcome;
  const envelope = envelopeOf(body);
  if (envelope?.name === 'ErrorResponse') return { is: 'refused', error: decodeError(envelope.message) };
  if (status === HTTP_OK && envelope?.name === expected) return { is: 'ok', message: envelope.message };
  if (status === 401 || status === 403)
    return {
      is: 'refused',
      error: { errorCode: NOT_AUTHORISED, sqlState: '00000', message: `HTTP ${status}` },
    };
  // Something before the server answered for it, or the server no longer speaks the protocol.
  return { is: 'lost', cause: new Error(`no Avatica answer, HTTP status ${status}`) };
}

function envelopeOf(body: Uint8Array): Envelope | undefined {
  try {
    return decodeEnvelope(body);
  } catch {
    return undefined;
  }
}
