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
    // Ids of each kind, however many there are of another.
    const key = field === 'id' ? `id ${value.charAt(0)}` : field;
    const known = this.#byField.get(key) ?? new Set();
    this.#byField.set(key, known);
    if (known.size < 40) known.add(value);
  }

  of(field: string): string[] {
    const keys = [...this.#byField.keys()].filter(
      (key) => key === field || (field === 'id' && key.startsWith('id ')),
    );
    return keys.flatMap((key) => [...(this.#byField.get(key) ?? [])]);
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
/** Runs that are tried: one of them has failed. */
const MOST_RUNS = 12;
const idsOfKind = (harvest: Harvest, letter: string): string[] =>
  harvest.of('id').filter((id) => id.startsWith(letter));
/** Letters of the ids that arguments and fields of these names take. */
const KINDS: Readonly<Record<string, string>> = {
  campaignId: 'S',
  campaign: 'S',
  leadId: 'L',
  leadIds: 'L',
  lead: 'L',
  listId: 'G',
  list: 'G',
  inList: 'G',
  run: 'R',
};
/** The same for what is erased or deleted. */
const GONE: Readonly<Record<string, string>> = { goneLead: 'L', goneCampaign: 'S', goneList: 'G' };
/** What an input needs beside what its types say, to be of any use. */
const BASES: Readonly<Record<string, (harvest: Harvest) => object>> = {
  DefineActivityTypeInput: () => ({ name: `Sweep ${unique++}`, description: 'x' }),
  UpdateSmartCampaignInput: (harvest) => ({ id: idsOfKind(harvest, 'S').at(-1), revision: 1 }),
  UpdateLeadListInput: (harvest) => ({ id: idsOfKind(harvest, 'G')[0], revision: 1 }),
  CampaignDefinitionInput: () => ({
    triggers: [{ type: 'Attend Talk' }],
    flow: [
      {
        otherwise: {
          sendEmail: {
            fromAddress: 'news@shop.example',
            subject: 'To {{ lead.email }}',
            text: 'Dear {{ lead.name }}',
          },
        },
      },
    ],
  }),
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
    const kind = KINDS[name];
    if (kind) return idsOfKind(harvest, kind).slice(0, name === 'run' ? MOST_RUNS : most);
    // From the end, so that the others stay to be asked for.
    const gone = GONE[name];
    if (gone) return idsOfKind(harvest, gone).slice(-most).reverse();
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
        return name === 'to'
          ? [new Date().toISOString()]
          : [new Date(Date.now() - 86_400_000).toISOString(), new Date().toISOString()];
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
      fields.map((field) => {
        const [first] = each(field.type, field.name, [...seen, type.name]);
        return [field.name, first];
      }),
    );
  };

  /** Values one by one: of a required field, only the first is made. */
  function* each(type: GraphQLInputType, name: string, seen: readonly string[]): Generator<unknown> {
    if (isNonNullType(type)) yield* each(type.ofType, name, seen);
    else if (isListType(type)) for (const value of each(type.ofType, name, seen)) yield [value];
    else if (isEnumType(type)) yield* type.getValues().map((value) => value.name);
    else if (isInputObjectType(type)) yield* objects(type, seen);
    else yield* scalars(type.name, name);
  }

  function* objects(type: GraphQLInputObjectType, seen: readonly string[]): Generator<object> {
    const base = BASES[type.name]?.(harvest) ?? {};
    const fields = Object.values(type.getFields());
    // One level of an input that holds itself is enough, with something that says little.
    if (seen.includes(type.name)) {
      const plain = fields.find((field) => String(field.type) === 'Boolean') ?? fields[0];
      if (!plain || seen.slice(0, -1).includes(type.name)) return yield {};
      const [value] = each(plain.type, plain.name, seen);
      return yield { [plain.name]: value };
    }
    for (const field of fields)
      for (const value of each(field.type, field.name, [...seen, type.name]))
        yield { ...required(type, seen), ...base, [field.name]: value };
  }

  /** Values of a type, among them, of an input object, one with each of its fields. */
  const of = (type: GraphQLInputType, name: string): unknown[] => [...each(type, name, [])];
  return { of };
}
