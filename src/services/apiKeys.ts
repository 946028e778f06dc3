import { badInput, domainError } from '../domain/errors.ts'
import type { RecordedEvent, SetApiKey } from '../domain/events.ts'
import { checkInstant, checkText, LIMITS } from '../domain/input.ts'
import type { Scope } from '../domain/scopes.ts'
import { hashSecret } from '../domain/secrets.ts'
import { keysStream, type TenantId, userStream } from '../domain/streams.ts'
import type { Vector } from '../domain/token.ts'
import { TENANT_KEY_OWNER, type Viewer } from '../domain/viewer.ts'
import { newId, newSecret, now, readStream } from '../ops/command.ts'
import { fail, need, type Program, perform } from '../ops/program.ts'
import { listApiKeys } from '../ops/query.ts'
import type { ApiKeyRow } from '../ops/rows.ts'
import { commitAndSee, recalled } from './commit.ts'
import { needUser } from './entities.ts'
import { requireScope } from './guard.ts'

export interface NewApiKey {
  readonly userId: string
  readonly label: string
  readonly scopes: readonly Scope[]
  readonly expiresAt?: Date | string | null
}

export interface ApiKeyWritten {
  readonly apiKey: ApiKeyRow
  /** Null where it is not new: a revocation, or the retry of a creation under the same idempotency key. */
  readonly secret: string | null
  readonly token: Vector
}

/** Revoked ones count: a user's key stream stays short enough to be read whole. */
export const MAX_KEYS_PER_USER = 100

/** Makes an API key for a user; the secret is answered this once. Needs ADMIN. NOT_FOUND, BAD_USER_INPUT. */
export function* createApiKey(viewer: Viewer, input: NewApiKey): Program<ApiKeyWritten> {
  yield* requireScope(viewer, 'ADMIN')
  const { tenant } = viewer
  const { userId } = input
  const label = yield* need(checkText('label', input.label, LIMITS.keyLabel))
  if (input.scopes.length === 0) yield* fail(badInput('scopes', input.scopes, 'must name at least one scope'))
  const expiresAt = input.expiresAt == null ? null : yield* need(checkInstant('expiresAt', input.expiresAt))

  const before = yield* recalled('createApiKey', { ...input })
  if (before !== null) return yield* shown(tenant, userId, before.result as string, null, before.written)

  const createdAt = yield* perform(now)
  if (expiresAt !== null && expiresAt <= createdAt) {
    yield* fail(badInput('expiresAt', expiresAt, 'must be in the future'))
  }
  const user = yield* needUser(tenant, userId, 'userId')
  const events = yield* perform(readStream(keysStream(tenant, userId)))
  if (keysIn(events).size >= MAX_KEYS_PER_USER) {
    yield* fail(
      badInput('userId', userId, `must have fewer than ${MAX_KEYS_PER_USER} keys, revoked ones included`),
    )
  }
  const secret = yield* perform(newSecret)
  const key = newKey({
    userId,
    keyId: yield* perform(newId),
    label,
    scopes: input.scopes,
    secret,
    createdAt,
    expiresAt,
  })
  const written = yield* commitAndSee({
    appends: [{ stream: keysStream(tenant, userId), expected: headOf(events), events: [key] }],
    // A user who is deleted meanwhile gets no key.
    checks: [{ stream: userStream(tenant, userId), expected: user.seq }],
    result: key.keyId,
  })
  return yield* shown(tenant, userId, key.keyId, secret, written)
}

/**
 * Ends a key at once; one that is revoked already stays as it is. The keys of a deleted user have ended: NOT_FOUND. Needs ADMIN.
 */
export function* revokeApiKey(viewer: Viewer, userId: string, keyId: string): Program<ApiKeyWritten> {
  yield* requireScope(viewer, 'ADMIN')
  const { tenant } = viewer
  const before = yield* recalled('revokeApiKey', { userId, keyId })
  if (before !== null) return yield* shown(tenant, userId, keyId, null, before.written)

  yield* needKeyOwner(tenant, userId)
  const events = yield* perform(readStream(keysStream(tenant, userId)))
  const key = keysIn(events).get(keyId)
  if (key === undefined) {
    return yield* fail(
      domainError('NOT_FOUND', `keyId: the user has no key ${JSON.stringify(keyId)}`, {
        field: 'keyId',
        value: keyId,
      }),
    )
  }
  const revoked = key.revokedAt === null ? [{ ...key, revokedAt: yield* perform(now) }] : []
  const written = yield* commitAndSee({
    appends: [{ stream: keysStream(tenant, userId), expected: headOf(events), events: revoked }],
    result: keyId,
  })
  return yield* shown(tenant, userId, keyId, null, written)
}

/** A user's keys are for admins, and for whoever holds one of them. FORBIDDEN. */
export function* mayReadKeysOf(viewer: Viewer, userId: string): Program<void> {
  if (viewer.userId !== userId) yield* requireScope(viewer, 'ADMIN')
}

/** The event that gives a key: the secret itself is never part of it. */
export function newKey(key: {
  userId: string
  keyId: string
  label: string
  scopes: readonly Scope[]
  secret: string
  createdAt: string
  expiresAt: string | null
}): SetApiKey {
  const { secret, scopes, ...rest } = key
  return {
    type: 'SetApiKey',
    ...rest,
    scopes: [...new Set(scopes)],
    hash: hashSecret(secret),
    lastFour: secret.slice(-4),
    revokedAt: null,
  }
}

const headOf = (events: readonly RecordedEvent[]): number => events.at(-1)?.seq ?? 0

/** The keys of a stream as its events leave them. */
function keysIn(events: readonly RecordedEvent[]): Map<string, SetApiKey> {
  const keys = new Map<string, SetApiKey>()
  for (const { event } of events) if (event.type === 'SetApiKey') keys.set(event.keyId, event)
  return keys
}

function* needKeyOwner(tenant: TenantId, userId: string): Program<void> {
  if (userId !== TENANT_KEY_OWNER) yield* needUser(tenant, userId, 'userId')
}

function* shown(
  tenant: TenantId,
  userId: string,
  keyId: string,
  secret: string | null,
  token: Vector,
): Program<ApiKeyWritten> {
  const keys = yield* perform(listApiKeys(userId))
  const apiKey = keys.find(({ id }) => id === keyId)
  // Its user may have been deleted since: NOT_FOUND.
  if (apiKey === undefined) yield* needKeyOwner(tenant, userId)
  if (apiKey === undefined) throw new Error(`key ${keyId} was written but no view shows it`)
  return { apiKey, secret, token }
}
