import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  TypeInfo,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;
type Literal = {
  readonly name: string;
  readonly node: ValueNode;
  readonly type: GraphQLInputType;
  /** Its value, independent of variables. Objects and lists are created for each request, which owns them. */
  readonly constant: string | number | boolean | undefined;
};

/** An operation without conditions and literals: only its selections are left to compile. */
export type Specialised = {
  readonly document: DocumentNode;
  /** The variables for a request, its literals among them; undefined where a literal is not valid with these. */
  variables(coerced: Variables): Record<string, unknown> | undefined;
};

/** Names of the variables in the document's `@skip` and `@include`. */
export function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      const value = isCondition(directive) ? directive.arguments?.[0]?.value : undefined;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/** The values of these conditions as a key; undefined where one is null, though its default is not. */
export function conditionsKey(conditions: readonly string[], coerced: Variables): string | undefined {
  let key = '';
  for (const name of conditions) {
    const value = coerced[name];
    if (value === null) return undefined;
    key += value === true ? '1' : '0';
  }
  return key;
}

/** The operation and the fragments for these variables, without skipped fields. */
export function withoutConditions(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Variables,
): DocumentNode {
  const select = <T extends SelectionNode>(node: T): T | null | undefined => {
    if (!node.directives?.length) return undefined;
    if (!node.directives.every((directive) => isMet(directive, coerced))) return null;
    return { ...node, directives: [] };
  };
  const definitions = document.definitions.filter(
    (definition) => definition === operation || definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  return visit(
    { kind: Kind.DOCUMENT, definitions },
    { Field: select, InlineFragment: select, FragmentSpread: select },
  );
}

/**
 * The operation as it is for these variables' conditions, with a variable in place of every literal.
 *
 * That guards against three faults of the compiler (graphql-jit 0.8.9):
 *
 * - It writes literals into the code that it generates, and runs a string that begins with its own marker for dates. So
 *   it gets no text of a caller's but names.
 * - Its conditions leak from one use of a fragment to another.
 * - Its variables of recursive input types take seconds to compile. Here every variable has the scalar `passed`.
 * @param passed name of a scalar in the compiler's schema that passes values as they are
 */
export function specialise(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Variables,
  passed: string,
): Specialised {
  const taken = new Set((operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value));
  const literals: Literal[] = [];
  const typeInfo = new TypeInfo(schema);

  const hoist = (node: ArgumentNode): ArgumentNode | undefined => {
    const type = typeInfo.getArgument()?.type;
    if (node.value.kind === Kind.VARIABLE || !type) return undefined;
    let name = `literal${literals.length}`;
    while (taken.has(name)) name = `_${name}`;
    literals.push({ name, node: node.value, type, constant: constantOf(node.value, type) });
    return { ...node, value: variable(name, node.value) };
  };

  const bare = withoutConditions(document, operation, coerced);
  const hoisted: DocumentNode = visit(bare, visitWithTypeInfo(typeInfo, { Argument: hoist }));
  const variableDefinitions = [...taken, ...literals.map(({ name }) => name)].map(
    (name): VariableDefinitionNode => ({
      kind: Kind.VARIABLE_DEFINITION,
      variable: variable(name),
      type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: passed } },
    }),
  );
  return {
    document: visit(hoisted, {
      OperationDefinition: (node) => ({ ...node, variableDefinitions, directives: [] }),
    }),
    variables(given) {
      const values: Record<string, unknown> = { ...given };
      for (const { name, node, type, constant } of literals) {
        const value = constant ?? valueFromAST(node, type, given);
        if (value === undefined) return undefined;
        values[name] = value;
      }
      return values;
    },
  };
}

function constantOf(node: ValueNode, type: GraphQLInputType): Literal['constant'] {
  const value: unknown =
    node.kind === Kind.LIST || node.kind === Kind.OBJECT ? undefined : valueFromAST(node, type);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}

const isCondition = (directive: DirectiveNode): boolean =>
  directive.name.value === 'skip' || directive.name.value === 'include';

function isMet(directive: DirectiveNode, coerced: Variables): boolean {
  if (!isCondition(directive)) return true;
  const value = directive.arguments?.[0]?.value;
  const given =
    value?.kind === Kind.VARIABLE ? coerced[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
  return (given === true) === (directive.name.value === 'include');
}

const variable = (name: string, at?: ValueNode) =>
  ({
    kind: Kind.VARIABLE,
    name: { kind: Kind.NAME, value: name },
    ...(at?.loc && { loc: at.loc }),
  }) as const;
