/** Permissions that a credential can have. */
export const SCOPES = [
  'activities:read',
  'activities:write',
  'leads:pii',
  'analytics:read',
  'campaigns:write',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];
