import { LRUCache } from 'lru-cache'
import { type DomainError, domainError, excerpt, plainExcerpt } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { SCOPES } from '../domain/scopes.ts'
import type { TenantId } from '../domain/streams.ts'
import { TENANT_KEY_OWNER, type Viewer } from '../domain/viewer.ts'
import type { ApiKeyRow } from '../ops/rows.ts'
import type { ViewReader, ViewState } from '../views/ViewStore.ts'
import { FailedKeys } from './failedKeys.ts'
import type { Readiness } from './health.ts'
import type { Presented } from './presentedKey.ts'
import type { StateOfTurn } from './StateOfTurn.ts'

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
  /** Of the views before they were asked: with that very one, and only then, they would say the same again. */
  readonly version: string
}

export type Verdict = Result<Viewer, DomainError>

/**
 * Says who asks. A key that was revoked, or whose user was suspended, is refused from the moment that the views show it:
 * what is remembered of a key holds for one version of the views. Until the views have been level with the log for the first
 * time nobody is let in: UNAVAILABLE. What can be answered at once comes without a promise. Rejects with `ViewsUnavailable`.
 */
export class Authenticator {
  readonly #views: ViewReader
  readonly #state: StateOfTurn
  readonly #readiness: Pick<Readiness, 'hasBeenLevel'>
  /** Tenants are never deleted, so one that was seen need not be looked up again. */
  readonly #operators = new Map<TenantId, Viewer>()
  readonly #keys = new LRUCache<string, KnownKey>({ max: 10_000 })
  readonly #failedKeys: FailedKeys

  /** `state`: of the same views. */
  constructor(
    views: ViewReader,
    state: StateOfTurn,
    readiness: Pick<Readiness, 'hasBeenLevel'>,
    maxFailedKeysPerMinute: number,
  ) {
    this.#views = views
    this.#state = state
    this.#readiness = readiness
    this.#failedKeys = new FailedKeys(maxFailedKeysPerMinute)
  }

  /**
   * The viewer behind these credentials, or UNAUTHENTICATED, FORBIDDEN (a key of another tenant), NOT_FOUND (the operator
   * names a tenant that is not there) or RATE_LIMITED with `retryAfter` in seconds. Only keys that nobody has are counted
   * against an address: a good key is never refused for what others behind the same address do.
   */
  admit(credentials: Credentials, ip: string): Promise<Verdict> | Verdict {
    const verdict = this.#identify(credentials, this.#state.known)
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

  /**
   * As `admit`, but nothing is counted: for a client that was admitted before. It asks the views, whoever has asked in this turn:
   * what is told to the client may have come since.
   */
  identify(credentials: Credentials): Promise<Verdict> | Verdict {
    return this.#identify(credentials, null)
  }

  #identify({ presented, tenant }: Credentials, state: ViewState | null): Promise<Verdict> | Verdict {
    if (!this.#readiness.hasBeenLevel) return err(BUILDING)
    if (!presented.ok) return presented
    const { hashed, isOperator } = presented.value
    return isOperator ? this.#asOperator(tenant ?? DEFAULT_TENANT) : this.#withKey(hashed, tenant, state)
  }

  #asOperator(tenant: TenantId): Promise<Verdict> | Verdict {
    const known = this.#operators.get(tenant)
    return known === undefined ? this.#asOperatorOfNew(tenant) : ok(known)
  }

  async #asOperatorOfNew(tenant: TenantId): Promise<Verdict> {
    const [row] = await this.#views.tenants([tenant])
    if (row == null) {
      const message = `Rollcall-Tenant: there is no tenant ${excerpt(tenant)}`
      return err(domainError('NOT_FOUND', message, { field: 'Rollcall-Tenant', value: plainExcerpt(tenant) }))
    }
    const viewer = operatorOf(tenant)
    this.#operators.set(tenant, viewer)
    return ok(viewer)
  }

  #withKey(hashed: string, tenant: string | undefined, state: ViewState | null): Promise<Verdict> | Verdict {
    const known = state === null ? undefined : this.#keys.get(hashed)
    return known !== undefined && known.version === state?.version
      ? admitted(known, tenant)
      : this.#withKeyLookedUp(hashed, tenant)
  }

  async #withKeyLookedUp(hashed: string, tenant: string | undefined): Promise<Verdict> {
    const { version } = await this.#state.ask()
    let known = this.#keys.get(hashed)
    if (known === undefined || known.version !== version) {
      const found = await this.#lookUp(hashed, version)
      if (!found.ok) return found
      known = found.value
      this.#keys.set(hashed, known)
    }
    return admitted(known, tenant)
  }

  async #lookUp(hashed: string, version: string): Promise<Result<KnownKey, DomainError>> {
    const row = await this.#views.apiKeyByHash(hashed)
    if (row === null) return err(UNKNOWN_KEY)
    if (row.revokedAt !== null) return err(REVOKED)
    const ofTenant = row.userId === TENANT_KEY_OWNER
    if (!ofTenant && !(await this.#isActive(row.tenant, row.userId))) return err(INACTIVE)
    const expiresAt = row.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(row.expiresAt)
    return ok({ viewer: viewerOf(row, ofTenant), expiresAt, version })
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
