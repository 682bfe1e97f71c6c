import type { RouteHandlerMethod } from 'fastify';
import type { TokenIssuer } from '../../auth/client-credentials.ts';
import { DomainError } from '../../lib/errors.ts';
import { formOf, searchOf } from './query.ts';

/** The OAuth 2.0 client credentials grant, with its own errors (RFC 6749, 5.2). */
export const signIn =
  (tokens: TokenIssuer): RouteHandlerMethod =>
  async (request, reply) => {
    const query = searchOf(request);
    const form = request.method === 'POST' ? formOf(request) : query;
    const parameter = (name: string): string => query.get(name) ?? form.get(name) ?? '';
    if (parameter('grant_type') !== 'client_credentials')
      return reply.code(400).send({
        error: 'unsupported_grant_type',
        error_description: "Send 'grant_type=client_credentials'.",
      });
    try {
      const { token, expiresInSeconds, subject } = await tokens.issue(
        parameter('client_id'),
        parameter('client_secret'),
        request.ip,
      );
      return reply.send({
        access_token: token,
        token_type: 'bearer',
        expires_in: expiresInSeconds,
        scope: subject,
      });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'UNAUTHENTICATED') throw error;
      return reply.code(401).send({ error: 'invalid_client', error_description: error.message });
    }
  };
