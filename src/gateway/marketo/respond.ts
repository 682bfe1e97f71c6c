import { errors } from 'jose';
import { DomainError } from '../../lib/errors.ts';

/** An error in Marketo's terms: its code and message (Marketo REST API, "Error Codes"). */
export type MarketoFault = { readonly code: string; readonly message: string };

/** A call that fails as a whole. */
export class MarketoError extends Error {
  readonly fault: MarketoFault;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'MarketoError';
    this.fault = { code, message };
  }
}

/** The body of an answer that succeeded. */
export const succeeded = (requestId: string, content: object) => ({ requestId, success: true, ...content });

/** The body of an answer that failed as a whole. Its HTTP status is 200, as Marketo's is. */
export const failed = (requestId: string, fault: MarketoFault) => ({
  requestId,
  success: false,
  errors: [fault],
});

/** An error of ours in Marketo's terms; undefined for an unexpected error. */
export function faultOf(error: unknown): MarketoFault | undefined {
  if (error instanceof MarketoError) return error.fault;
  if (!(error instanceof DomainError)) return undefined;
  switch (error.code) {
    case 'UNAUTHENTICATED':
      return error.cause instanceof errors.JWTExpired
        ? { code: '602', message: 'Access token expired' }
        : { code: '601', message: 'Access token invalid' };
    case 'FORBIDDEN':
      return { code: '603', message: 'Access denied' };
    case 'TIMEOUT':
      return { code: '604', message: 'Request time-out' };
    case 'RATE_LIMITED':
      return {
        code: '606',
        message: `Max rate limit exceeded; retry in '${Math.ceil((error.retryAfterMs ?? 1000) / 1000)}' secs`,
      };
    case 'BACKEND_UNAVAILABLE':
      return { code: '608', message: 'API Temporarily Unavailable' };
    case 'NOT_FOUND':
      return { code: '610', message: 'Requested resource not found' };
    case 'BAD_USER_INPUT':
      return { code: '1003', message: error.message };
    case 'INTERNAL':
      return undefined;
    default:
      return error.code satisfies never;
  }
}
