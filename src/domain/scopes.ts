export const SCOPES = ['DIRECTORY_READ', 'DIRECTORY_WRITE', 'AUDIT_READ', 'ADMIN'] as const
export type Scope = (typeof SCOPES)[number]

/** ADMIN includes every other scope; the rest stand alone, except that a writer may read. AUDIT_READ adds to what a reader sees. */
export function holds(scopes: readonly Scope[], wanted: Scope): boolean {
  if (scopes.includes('ADMIN') || scopes.includes(wanted)) return true
  return wanted === 'DIRECTORY_READ' && scopes.includes('DIRECTORY_WRITE')
}
