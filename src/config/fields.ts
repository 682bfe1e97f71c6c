import { z } from 'zod';

/** Kinds of variables of the environment. */

export const integer = (fallback: number, min: number, max: number) =>
  z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(min)
    .max(max)
    .default(fallback);

export const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], { error: "must be 'true' or 'false'" })
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true');

/** Origins whose pages may use an address: `*`, or `https://app.example.com,https://www.example.com`. */
export const origins = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context): '*' | readonly string[] => {
      const names = text
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean);
      if (names.length === 1 && names[0] === '*') return '*';
      for (const name of names)
        if (!URL.canParse(name) || new URL(name).origin !== name)
          context.addIssue({
            code: 'custom',
            message: `'${name}' is no origin, which is a scheme, a host and a port at most: https://app.example.com`,
          });
      return names;
    });

/** Undefined where it is not set. */
export const flagOrUnset = z
  .enum(['true', 'false'], { error: "must be 'true' or 'false'" })
  .optional()
  .transform((text) => (text === undefined ? undefined : text === 'true'));
