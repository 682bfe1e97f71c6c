import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';

/** Values that answers held, by the name of their field: ids, cursors, names, whatever a caller can send back. */
export class Harvest {
  readonly #byField = new Map<string, Set<string>>();

  add(field: string, value: string): void {
    const known = this.#byField.get(field) ?? new Set();
    this.#byField.set(field, known);
    if (known.size < 40) known.add(value);
  }

  of(field: string): string[] {
    return [...(this.#byField.get(field) ?? [])];
  }
}

const ATTRIBUTES = ['room', 'badge', 'email', 'firstName', 'url', 'note'];
let unique = 0;
/** What a text of this name must look like to be of any use. */
const TEXTS: Readonly<Record<string, (harvest: Harvest) => string[]>> = {
  after: (harvest) => [...harvest.of('endCursor'), ...harvest.of('cursor')],
  attribute: () => ATTRIBUTES,
  attributes: () => ATTRIBUTES,
  occurredAt: () => [new Date(Date.now() - 60_000).toISOString()],
  at: () => [new Date(Date.now() - 60_000).toISOString()],
  messageId: (harvest) => [`sweep-${unique++}`, ...harvest.of('messageId')],
  timeZone: () => ['Europe/Berlin'],
  dialect: () => ['segment', 'graphql'],
  currency: () => ['EUR'],
  type: (harvest) => [
    'Attend Talk',
    'Visit Webpage',
    ...harvest.of('name').filter((name) => name.startsWith('Own')),
  ],
  types: () => ['Attend Talk'],
  query: (harvest) => [
    'talk',
    ...harvest.of('planted'),
    ...harvest.of('planted').map((word) => `${word.slice(0, 5)}*`),
  ],
};
const OBJECTS = new Set(['attributes', 'context', 'traits']);

/** Makes values for arguments and fields of inputs. @param most how many are tried of one text or enum */
export function createValues(harvest: Harvest, most: number) {
  const texts = (name: string): string[] => {
    const own = TEXTS[name]?.(harvest) ?? [...harvest.of(name), ...harvest.of('planted')];
    return (own.length > 0 ? own : ['text']).slice(0, most);
  };

  /** Of an id, some of each kind of object; of a name in a definition, names that are free. */
  const idsOf = (name: string): string[] => {
    const leads = harvest.of('id').filter((id) => id.startsWith('L'));
    if (name === 'lead') return leads.slice(0, most);
    // From the end, so that the others stay to be asked for.
    if (name === 'erasedLead') return leads.slice(-most).reverse();
    const byKind = Map.groupBy(harvest.of('id'), (id) => id.charAt(0));
    return [...byKind.values()].flatMap((ids) => ids.slice(0, most));
  };

  const scalars = (type: string, name: string): unknown[] => {
    switch (type) {
      case 'ID':
        return idsOf(name);
      case 'Int':
        return [2, 0];
      case 'Float':
        return [1.5];
      case 'Boolean':
        return [true, false];
      case 'DateTime':
        return [new Date(Date.now() - 86_400_000).toISOString(), new Date().toISOString()];
      case 'JSON':
      case 'JSONObject':
        return OBJECTS.has(name) ? [{ room: 'aula' }, {}] : [...texts(name), 1, true];
      default:
        return texts(name);
    }
  };

  const required = (type: GraphQLInputObjectType, seen: readonly string[]): Record<string, unknown> => {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return Object.fromEntries(
      fields.map((field) => [field.name, of(field.type, field.name, [...seen, type.name])[0]]),
    );
  };

  /** Values of a type, among them, of an input object, one with each of its fields. */
  function of(type: GraphQLInputType, name: string, seen: readonly string[] = []): unknown[] {
    if (isNonNullType(type)) return of(type.ofType, name, seen);
    if (isListType(type)) return of(type.ofType, name, seen).map((value) => [value]);
    if (isEnumType(type)) return type.getValues().map((value) => value.name);
    if (!isInputObjectType(type)) return scalars(type.name, name);
    const base =
      type.name === 'DefineActivityTypeInput' ? { name: `Sweep ${unique++}`, description: 'x' } : {};
    const fields = Object.values(type.getFields());
    // One level of an input that holds itself is enough, with something that says little.
    if (seen.includes(type.name)) {
      const plain = fields.find((field) => String(field.type) === 'Boolean') ?? fields[0];
      return plain && !seen.slice(0, -1).includes(type.name)
        ? [{ [plain.name]: of(plain.type, plain.name, seen)[0] }]
        : [{}];
    }
    return fields.flatMap((field) =>
      of(field.type, field.name, [...seen, type.name]).map((value) => ({
        ...required(type, seen),
        ...base,
        [field.name]: value,
      })),
    );
  }
  return { of };
}
