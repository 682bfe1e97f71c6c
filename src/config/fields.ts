import { z } from 'zod';
import { isTenantId } from '../domain/tenant.ts';

/**
 * Kinds of variables of the environment. `allowed` in their metadata describes the values that a JSON schema can't
 * describe; docs/configuration.md shows it.
 */

const whole = (min: number, max: number) =>
  z.coerce.number({ error: 'must be a whole number' }).int('must be a whole number').min(min).max(max);

/** A whole number between two bounds, both included. */
export const integer = (fallback: number, min: number, max: number) => whole(min, max).default(fallback);

/** A whole number between two bounds, or undefined where it is not set. */
export const optionalInteger = (min: number, max: number) => whole(min, max).optional();

const trueOrFalse = z.enum(['true', 'false'], { error: "must be 'true' or 'false'" });

export const flag = (fallback: boolean) =>
  trueOrFalse.default(fallback ? 'true' : 'false').transform((text) => text === 'true');

/** True, false, or undefined where it is not set. */
export const flagOrUnset = trueOrFalse
  .optional()
  .transform((text) => (text === undefined ? undefined : text === 'true'));

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
    })
    .meta({ allowed: '`*`, or origins separated by commas' });

/** Hosts with their ports: `127.0.0.1:8080,hooks.internal`. */
export const hosts = z
  .string()
  .default('')
  .transform((text, context): ReadonlySet<string> => {
    const names = text
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    for (const name of names)
      if (!URL.canParse(`http://${name}`) || new URL(`http://${name}`).host !== name)
        context.addIssue({ code: 'custom', message: `'${name}' is no host, with its port where it has one` });
    return new Set(names);
  })
  .meta({ allowed: 'hosts, with their ports, separated by commas' });

/** An absolute http(s) address. */
export const address = z
  .url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' })
  .optional()
  .meta({ allowed: 'an absolute http(s) address' });

/** An address with https, or with http on this machine. */
export const secureUrl = z
  .url({ protocol: /^https?$/, error: 'must be an absolute http(s) address' })
  .refine((text) => {
    const url = new URL(text);
    return url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  }, 'must use https, except on this machine')
  .meta({ allowed: 'an https address; http on this machine' });

/** `acme,globex`, or `*` for every tenant. */
export const tenantList = z
  .string()
  .transform((text, context): '*' | readonly string[] => {
    if (text.trim() === '*') return '*';
    const tenants = text.split(',').map((id) => id.trim());
    for (const id of tenants)
      if (!isTenantId(id))
        context.addIssue({
          code: 'custom',
          message: `'${id}' is no tenant id; list ids with commas, or say *`,
        });
    return tenants;
  })
  .meta({ allowed: '`*`, or tenant ids separated by commas' });
