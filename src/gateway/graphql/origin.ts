/** An object together with the module that returned it, where that is not the home of its type. */
export class Foreign {
  readonly module: string;
  readonly value: object;

  constructor(module: string, value: object) {
    this.module = module;
    this.value = value;
  }
}

/** What a field of `module` returned, with each object in it marked as the module's; errors and nulls stay. */
export function markForeign(value: unknown, module: string): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (isPromise(value)) return value.then((settled) => markForeign(settled, module));
  if (isIterable(value)) return Array.from(value, (item) => markForeign(item, module));
  return new Foreign(module, value);
}

export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

export const isIterable = (value: object): value is Iterable<unknown> =>
  typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function';
