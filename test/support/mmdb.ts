/** A value of a database in MaxMind's format, as far as tests need. */
type Value = string | number | { readonly [key: string]: Value } | readonly Value[];

const control = (type: number, size: number): Buffer => {
  const length = size < 29 ? [] : [size - 29];
  if (size > 29 + 255) throw new Error('too long for this writer');
  const first = Math.min(size, 29);
  return Buffer.from(type <= 7 ? [(type << 5) | first, ...length] : [first, type - 7, ...length]);
};

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value, 'utf8');
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value as { readonly [key: string]: Value });
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, of]) => [encode(key), encode(of)]),
  ]);
}

type Node = (number | Node | null)[];

/**
 * A database file of IPv4 networks (MaxMind DB File Format Specification 2.0): a binary tree over the bits of an address
 * with records of 24 bits, and a section of values.
 * @param networks network in CIDR notation → its record
 */
export function mmdb(networks: Readonly<Record<string, Value>>): Buffer {
  const root: Node = [null, null];
  const values: Buffer[] = [];
  let offset = 0;
  for (const [network, value] of Object.entries(networks)) {
    const [address = '', length = ''] = network.split('/');
    const bits = address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
      .slice(0, Number(length));
    let node = root;
    for (const bit of bits.slice(0, -1)) {
      const next = node[Number(bit)];
      if (Array.isArray(next)) node = next;
      else node = node[Number(bit)] = [null, null];
    }
    node[Number(bits.at(-1))] = offset;
    const bytes = encode(value);
    values.push(bytes);
    offset += bytes.length;
  }

  const nodes: Node[] = [];
  const number = (node: Node): void => {
    nodes.push(node);
    for (const child of node) if (Array.isArray(child)) number(child);
  };
  number(root);
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.forEach((node, index) =>
    node.forEach((child, side) => {
      const record =
        child === null
          ? nodes.length
          : Array.isArray(child)
            ? nodes.indexOf(child)
            : nodes.length + 16 + child;
      tree.writeUIntBE(record, index * 6 + side * 3, 3);
    }),
  );
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test-Country',
    description: { en: 'made by a test' },
    ip_version: 4,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 24,
  });
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...values,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}
