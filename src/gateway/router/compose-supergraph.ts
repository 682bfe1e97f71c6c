import { composeServices, compositionHasErrors } from '@theguild/federation-composition';
import type { DocumentNode } from 'graphql';

/**
 * Composes the supergraph SDL of subgraphs, the same text for the same input.
 * @param subgraphs name, SDL and the address a router would use
 * @throws Error with every fault of the composition
 */
export function composeSupergraph(
  subgraphs: readonly { readonly name: string; readonly typeDefs: DocumentNode; readonly url: string }[],
): string {
  const result = composeServices(subgraphs.map(({ name, typeDefs, url }) => ({ name, typeDefs, url })));
  if (compositionHasErrors(result))
    throw new Error(
      `The subgraphs don't compose:\n  ${result.errors.map((error) => error.message).join('\n  ')}`,
    );
  return `${result.supergraphSdl.trim()}\n`;
}
