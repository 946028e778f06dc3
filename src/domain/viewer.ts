import type { Actor } from './events.ts'
import { holds, type Scope } from './scopes.ts'
import type { TenantId } from './streams.ts'

/** Who asks, within which tenant, and what they may do. Every program gets one; nothing of another tenant exists for it. */
export interface Viewer {
  readonly tenant: TenantId
  readonly actor: Actor
  readonly scopes: readonly Scope[]
  /** Holds the operator key: may make tenants and act in any. */
  readonly operator: boolean
  /** The user whose API key this is; null for the operator and for a tenant's first key. */
  readonly userId: string | null
  readonly keyId: string | null
}

export const may = (viewer: Viewer, scope: Scope): boolean => viewer.operator || holds(viewer.scopes, scope)

/** Owner of the key that createTenant hands out: no user has this id, since ids start with a letter or digit. */
export const TENANT_KEY_OWNER = '_tenant'
