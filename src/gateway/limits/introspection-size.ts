import {
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { Size } from './arguments.ts';

type Sizes = Readonly<Record<string, number>>;
const known = new WeakMap<GraphQLSchema, Sizes>();

/**
 * How many items the lists of introspection have in this schema. Types and directives are exact. Lists of one type are
 * the mean, since a query usually asks for them of all types.
 */
export function introspectionSizes(schema: GraphQLSchema): (parent: string, field: string) => Size {
  return (parent, field) => {
    let sizes = known.get(schema);
    if (!sizes) known.set(schema, (sizes = measure(schema)));
    const size = sizes[`${parent}.${field}`] ?? 1;
    return () => size;
  };
}

function measure(schema: GraphQLSchema): Sizes {
  const types = Object.values(schema.getTypeMap());
  const sum = { fields: 0, args: 0, inputFields: 0, interfaces: 0, possibleTypes: 0, enumValues: 0 };
  for (const type of types) {
    if (isObjectType(type) || isInterfaceType(type)) {
      const fields = Object.values(type.getFields());
      sum.fields += fields.length;
      for (const { args } of fields) sum.args += args.length;
      sum.interfaces += type.getInterfaces().length;
    }
    if (isAbstractType(type)) sum.possibleTypes += schema.getPossibleTypes(type).length;
    if (isInputObjectType(type)) sum.inputFields += Object.keys(type.getFields()).length;
    if (isEnumType(type)) sum.enumValues += type.getValues().length;
  }
  const each = (count: number): number => count / types.length;
  return {
    '__Schema.types': types.length,
    '__Schema.directives': schema.getDirectives().length,
    '__Type.fields': each(sum.fields),
    '__Type.inputFields': each(sum.inputFields),
    '__Type.interfaces': each(sum.interfaces),
    '__Type.possibleTypes': each(sum.possibleTypes),
    '__Type.enumValues': each(sum.enumValues),
    '__Field.args': sum.args / Math.max(1, sum.fields),
  };
}
