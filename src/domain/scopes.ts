/** What a credential can be allowed to do. */
export const SCOPES = [
  'activities:read',
  'activities:write',
  'leads:pii',
  'analytics:read',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];
