import { LRUCache } from 'lru-cache'
import { type DomainError, domainError, excerpt } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { SCOPES } from '../domain/scopes.ts'
import type { TenantId } from '../domain/streams.ts'
import { TENANT_KEY_OWNER, type Viewer } from '../domain/viewer.ts'
import type { ApiKeyRow } from '../ops/rows.ts'
import type { ViewReader } from '../views/ViewStore.ts'
import { FailedKeys } from './failedKeys.ts'
import type { Readiness } from './health.ts'
import { PositionOfTurn } from './PositionOfTurn.ts'
import type { Presented } from './presentedKey.ts'

/** What a client shows: a key, and the tenant it names, if any. */
export interface Credentials {
  readonly presented: Presented
  readonly tenant: string | undefined
}

export const DEFAULT_TENANT: TenantId = 'default'

interface KnownKey {
  readonly viewer: Viewer
  /** Milliseconds since 1970; Infinity for never. */
  readonly expiresAt: number
  /** Where the views were before they were asked: at that very place, and only there, they would say the same again. */
  readonly position: number
}

export type Verdict = Result<Viewer, DomainError>

/**
 * Says who asks. A key that was revoked, or whose user was suspended, is refused from the moment that the views show it:
 * what is remembered of a key holds for one position of the views. Until the views have been level with the log for the first
 * time nobody is let in: UNAVAILABLE. What can be answered at once comes without a promise. Rejects with `ViewsUnavailable`.
 */
export class Authenticator {
  readonly #views: ViewReader
  readonly #position: PositionOfTurn
  readonly #readiness: Pick<Readiness, 'hasBeenLevel'>
  /** Tenants are never deleted, so one that was seen need not be looked up again. */
  readonly #operators = new Map<TenantId, Viewer>()
  readonly #keys = new LRUCache<string, KnownKey>({ max: 10_000 })
  readonly #failedKeys: FailedKeys

  constructor(views: ViewReader, readiness: Pick<Readiness, 'hasBeenLevel'>, maxFailedKeysPerMinute: number) {
    this.#views = views
    this.#position = new PositionOfTurn(views)
    this.#readiness = readiness
    this.#failedKeys = new FailedKeys(maxFailedKeysPerMinute)
  }

  /**
   * The viewer behind these credentials, or UNAUTHENTICATED, FORBIDDEN (a key of another tenant), NOT_FOUND (the operator
   * names a tenant that is not there) or RATE_LIMITED with `retryAfter` in seconds. Only keys that nobody has are counted
   * against an address: a good key is never refused for what others behind the same address do.
   */
  admit(credentials: Credentials, ip: string): Promise<Verdict> | Verdict {
    const verdict = this.identify(credentials)
    return verdict instanceof Promise
      ? verdict.then((later) => this.#count(later, ip))
      : this.#count(verdict, ip)
  }

  #count(verdict: Verdict, ip: string): Verdict {
    if (verdict.ok || verdict.error !== UNKNOWN_KEY) return verdict
    const retryAfter = this.#failedKeys.add(ip)
    if (retryAfter === null) return verdict
    const message = `Too many unknown keys from this address; try again in ${retryAfter} s`
    return err(domainError('RATE_LIMITED', message, { retryAfter }))
  }

  /** As `admit`, but nothing is counted: for a client that was admitted before. */
  identify({ presented, tenant }: Credentials): Promise<Verdict> | Verdict {
    if (!this.#readiness.hasBeenLevel) return err(BUILDING)
    if (!presented.ok) return presented
    const { hashed, isOperator } = presented.value
    return isOperator ? this.#asOperator(tenant ?? DEFAULT_TENANT) : this.#withKey(hashed, tenant)
  }

  #asOperator(tenant: TenantId): Promise<Verdict> | Verdict {
    const known = this.#operators.get(tenant)
    return known === undefined ? this.#asOperatorOfNew(tenant) : ok(known)
  }

  async #asOperatorOfNew(tenant: TenantId): Promise<Verdict> {
    const [row] = await this.#views.tenants([tenant])
    if (row == null) {
      const message = `Rollcall-Tenant: there is no tenant ${excerpt(tenant)}`
      return err(domainError('NOT_FOUND', message, { field: 'Rollcall-Tenant', value: excerpt(tenant) }))
    }
    const viewer = operatorOf(tenant)
    this.#operators.set(tenant, viewer)
    return ok(viewer)
  }

  #withKey(hashed: string, tenant: string | undefined): Promise<Verdict> | Verdict {
    const position = this.#position.known
    const known = position === null ? undefined : this.#keys.get(hashed)
    return known !== undefined && known.position === position
      ? admitted(known, tenant)
      : this.#withKeyLookedUp(hashed, tenant)
  }

  async #withKeyLookedUp(hashed: string, tenant: string | undefined): Promise<Verdict> {
    const position = await this.#position.ask()
    let known = this.#keys.get(hashed)
    if (known === undefined || known.position !== position) {
      const found = await this.#lookUp(hashed, position)
      if (!found.ok) return found
      known = found.value
      this.#keys.set(hashed, known)
    }
    return admitted(known, tenant)
  }

  async #lookUp(hashed: string, position: number): Promise<Result<KnownKey, DomainError>> {
    const row = await this.#views.apiKeyByHash(hashed)
    if (row === null) return err(UNKNOWN_KEY)
    if (row.revokedAt !== null) return err(REVOKED)
    const ofTenant = row.userId === TENANT_KEY_OWNER
    if (!ofTenant && !(await this.#isActive(row.tenant, row.userId))) return err(INACTIVE)
    const expiresAt = row.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(row.expiresAt)
    return ok({ viewer: viewerOf(row, ofTenant), expiresAt, position })
  }

  /** A user that the views do not know yet is no active one: they will in a moment. */
  async #isActive(tenant: TenantId, userId: string): Promise<boolean> {
    const [user] = await this.#views.users(tenant, [userId])
    return user?.status === 'ACTIVE'
  }
}

function admitted({ viewer, expiresAt }: KnownKey, tenant: string | undefined): Verdict {
  if (expiresAt <= Date.now()) return err(EXPIRED)
  if (tenant !== undefined && tenant !== viewer.tenant) {
    return err(domainError('FORBIDDEN', `The key is of another tenant than ${excerpt(tenant)}`))
  }
  return ok(viewer)
}

const operatorOf = (tenant: TenantId): Viewer => ({
  tenant,
  actor: { kind: 'operator', id: null, label: null },
  scopes: SCOPES,
  operator: true,
  userId: null,
  keyId: null,
})

const viewerOf = (row: ApiKeyRow & { readonly tenant: TenantId }, ofTenant: boolean): Viewer => ({
  tenant: row.tenant,
  actor: { kind: 'key', id: row.id, label: row.label },
  scopes: row.scopes,
  operator: false,
  userId: ofTenant ? null : row.userId,
  keyId: row.id,
})

const unauthenticated = (message: string): DomainError => domainError('UNAUTHENTICATED', message)

const BUILDING = domainError(
  'UNAVAILABLE',
  'The views are being built from the log; try again when /readyz answers 200',
)
const UNKNOWN_KEY = unauthenticated('Authorization: nobody has this key')
const REVOKED = unauthenticated('Authorization: the key was revoked')
const EXPIRED = unauthenticated('Authorization: the key has expired')
const INACTIVE = unauthenticated("Authorization: the key's user is suspended or deleted")
