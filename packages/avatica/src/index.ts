export {
  type AvaticaClient,
  type AvaticaOptions,
  type AvaticaValue,
  type CallOptions,
  openAvatica,
} from './client.ts';
export { type GuardOptions, guard } from './guard.ts';
export { AvaticaError, type AvaticaErrorCode, type ServerError, serverErrorOf } from './protocol/errors.ts';
export type { StreamOptions } from './session/stream.ts';
export type { TlsOptions } from './transport/channel.ts';
