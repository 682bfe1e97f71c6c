import {
  __DirectiveLocation,
  __Type,
  type DocumentNode,
  type ExecutionResult,
  GraphQLDirective,
  GraphQLSchema,
  getIntrospectionQuery,
  Kind,
  type OperationDefinitionNode,
  print,
  stripIgnoredCharacters,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** Answers to introspection, each made once: they depend on nothing but the schema. */
export interface Introspection {
  /** The answer to an operation that asks for the schema alone; undefined where it is not known. */
  find(document: DocumentNode, operation: OperationDefinitionNode): ExecutionResult | undefined;
  /** Keeps the answer to an operation that asks for the schema alone, where it is of a usual size. */
  keep(document: DocumentNode, operation: OperationDefinitionNode, result: ExecutionResult): void;
}

/** Points of an answer that is known. */
export const KNOWN_ANSWER_COST = 10;
/** Characters of JSON kept of answers to the standard query, with all its options, and to others. */
const STANDARD_CHARACTERS = 8 * 1024 * 1024;
const OTHER_CHARACTERS = 2 * 1024 * 1024;

export function createIntrospection(): Introspection {
  const standard = new Set(standardQueries());
  const keys = new WeakMap<DocumentNode, string>();
  const cache = (maxSize: number) =>
    new LRUCache<string, string>({ maxSize, sizeCalculation: (text, key) => text.length + key.length });
  // Apart, so that nobody's other questions push out what every tool asks first.
  const answers = { standard: cache(STANDARD_CHARACTERS), other: cache(OTHER_CHARACTERS) };
  const answersOf = (key: string) => (standard.has(key) ? answers.standard : answers.other);

  const keyOf = (document: DocumentNode, operation: OperationDefinitionNode): string => {
    let key = keys.get(document);
    if (key === undefined) {
      key = normalised(print(withOnly(document, operation)));
      keys.set(document, key);
    }
    return key;
  };

  return {
    find(document, operation) {
      const key = keyOf(document, operation);
      const text = answersOf(key).get(key);
      return text === undefined ? undefined : { data: JSON.parse(text) };
    },
    keep(document, operation, { data, errors }) {
      if (!data || errors?.length) return;
      const key = keyOf(document, operation);
      answersOf(key).set(key, JSON.stringify(data));
    },
  };
}

/** The operation and the fragments, without other operations, on which the answer does not depend. */
const withOnly = (document: DocumentNode, operation: OperationDefinitionNode): DocumentNode => ({
  kind: Kind.DOCUMENT,
  definitions: document.definitions.filter(
    (definition) => definition === operation || definition.kind === Kind.FRAGMENT_DEFINITION,
  ),
});

/** A document without parts that don't change its answer: white space, and the name of its operation. */
const normalised = (text: string): string =>
  stripIgnoredCharacters(text).replace(/^query(?: ?\w+)?(?=\{)/, '');

/** The introspection query of graphql-js with every choice of its options, and the depth that older versions have. */
function* standardQueries(): Generator<string> {
  const options = [
    'descriptions',
    'specifiedByUrl',
    'directiveIsRepeatable',
    'schemaDescription',
    'inputValueDeprecation',
    'oneOf',
  ] as const;
  for (let choice = 0; choice < 2 ** options.length; choice += 1)
    for (const typeDepth of [7, 9]) {
      const chosen = Object.fromEntries(options.map((name, bit) => [name, (choice & (1 << bit)) !== 0]));
      yield normalised(getIntrospectionQuery({ ...chosen, typeDepth }));
    }
}

/**
 * A location of directives that graphql-js 16.15 knows and the current specification does not; graphql-core up to 3.2
 * (Python's gql) fails on its name.
 */
const UNKNOWN_TO_OTHERS = 'DIRECTIVE_DEFINITION';

/** Removes the location from the list of `__DirectiveLocation`. All schemas share the types of introspection. */
function hideLocation(): void {
  const field = __Type.getFields()['enumValues'];
  const resolve = field?.resolve;
  if (!resolve) return;
  field.resolve = (type, args, context, info) => {
    const values: unknown = resolve(type, args, context, info);
    return type === __DirectiveLocation && Array.isArray(values)
      ? values.filter(({ name }: { readonly name: string }) => name !== UNKNOWN_TO_OTHERS)
      : values;
  };
}
hideLocation();

/** The schema as older clients can read it: with directive locations of the current specification alone. */
export function withKnownLocations(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  const directives = config.directives.map((directive) =>
    directive.locations.some((location) => String(location) === UNKNOWN_TO_OTHERS)
      ? new GraphQLDirective({
          ...directive.toConfig(),
          locations: directive.locations.filter((location) => String(location) !== UNKNOWN_TO_OTHERS),
        })
      : directive,
  );
  return new GraphQLSchema({ ...config, directives });
}
