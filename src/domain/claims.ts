import type { TenantId } from './streams.ts'

/**
 * A claim makes a name unique within its tenant. It is taken and released in the same commit as the event that gives the name,
 * so no name is ever held by two, or by nobody who has it.
 */
export type ClaimKind = 'username' | 'email' | 'groupName' | 'tenant'

export interface Claim {
  readonly tenant: TenantId
  readonly kind: ClaimKind
  /** Folded: see `fold` in text.ts. */
  readonly value: string
  /** The id of the user or group that holds it. */
  readonly owner: string
}
