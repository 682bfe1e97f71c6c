import type { Scope } from '../domain/scopes.ts';

/** The credential that a field needs: none besides that of its object, any, or a credential with any of the scopes. */
export type Rule = 'open' | 'authenticated' | readonly Scope[];

/** Rules of one type: one for all of its fields, or by field, where `*` stands for the other fields. */
export type TypeRules = Rule | { readonly [field: string]: Rule };

/** Rules by type. A field without a rule can't be read. */
export type Rules = { readonly [type: string]: TypeRules };

/** For fields whose object is reached only through another field with a rule. */
export const open: Rule = 'open';

/** For any valid credential. */
export const authenticated: Rule = 'authenticated';

/** For a credential with at least one of the scopes. */
export const scope = (...scopes: readonly Scope[]): readonly Scope[] => scopes;

/** The rule of a field; undefined where it has none. */
export function ruleOf(rules: Rules, type: string, field: string): Rule | undefined {
  const own = rules[type];
  if (own === undefined || isRule(own)) return own;
  return own[field] ?? own['*'];
}

/** Names of the fields with rules of their own, `*` among them. */
export const ruledFields = (rules: TypeRules): readonly string[] =>
  isRule(rules) ? ['*'] : Object.keys(rules);

const isRule = (rules: TypeRules): rules is Rule => typeof rules === 'string' || Array.isArray(rules);
