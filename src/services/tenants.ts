import { badInput } from '../domain/errors.ts'
import { checkTenantId, checkText, LIMITS } from '../domain/input.ts'
import { keysStream, TENANTS_STREAM } from '../domain/streams.ts'
import type { Vector } from '../domain/token.ts'
import { TENANT_KEY_OWNER, type Viewer } from '../domain/viewer.ts'
import { type Append, findClaim, newId, newSecret, now, readSeqs } from '../ops/command.ts'
import { fail, need, type Program, perform } from '../ops/program.ts'
import { getTenant } from '../ops/query.ts'
import type { TenantRow } from '../ops/rows.ts'
import { newKey } from './apiKeys.ts'
import { commitAndSee, recalled } from './commit.ts'
import { requireOperator } from './guard.ts'

export interface TenantWritten {
  readonly tenant: TenantRow
  /** An ADMIN key of the tenant. Empty on a retry under the same idempotency key: a secret is shown once. */
  readonly secret: string
  readonly token: Vector
}

/** Makes a tenant and its first ADMIN key, in one commit. Operator only. BAD_USER_INPUT where the id is taken or malformed. */
export function* createTenant(viewer: Viewer, id: string, name: string): Program<TenantWritten> {
  yield* requireOperator(viewer)
  const input = yield* checkTenant(id, name)
  const before = yield* recalled('createTenant', { ...input })
  if (before !== null) return yield* shown(id, '', before.written)

  if ((yield* perform(findClaim(id, 'tenant', id))) !== null) {
    yield* fail(badInput('id', id, 'must be one that no tenant has'))
  }
  const secret = yield* perform(newSecret)
  const key = newKey({
    userId: TENANT_KEY_OWNER,
    keyId: yield* perform(newId),
    label: 'first key of the tenant',
    scopes: ['ADMIN'],
    secret,
    createdAt: yield* perform(now),
    expiresAt: null,
  })
  const written = yield* commitTenant(input, key.keyId, [
    { stream: keysStream(id, TENANT_KEY_OWNER), expected: 0, events: [key] },
  ])
  return yield* shown(id, secret, written)
}

/** Makes a tenant without a key unless it is there: for imports and the default tenant. True where it was made. Operator only. */
export function* ensureTenant(viewer: Viewer, id: string, name: string): Program<boolean> {
  yield* requireOperator(viewer)
  const input = yield* checkTenant(id, name)
  if ((yield* perform(findClaim(id, 'tenant', id))) !== null) return false
  yield* commitTenant(input, yield* perform(newId), [])
  return true
}

function* checkTenant(id: string, name: string): Program<{ id: string; name: string }> {
  return {
    id: yield* need(checkTenantId('id', id)),
    name: yield* need(checkText('name', name, LIMITS.tenantName)),
  }
}

/** The claim's owner is new each time, so that two who make the same tenant at once cannot both succeed. */
function* commitTenant(
  input: { id: string; name: string },
  owner: string,
  further: readonly Append[],
): Program<Vector> {
  const { id, name } = input
  const [expected = 0] = yield* perform(readSeqs([TENANTS_STREAM]))
  return yield* commitAndSee({
    appends: [
      { stream: TENANTS_STREAM, expected, events: [{ type: 'SetTenant', tenantId: id, name }] },
      ...further,
    ],
    claims: [{ tenant: id, kind: 'tenant', value: id, owner }],
    result: id,
  })
}

function* shown(id: string, secret: string, token: Vector): Program<TenantWritten> {
  const tenant = yield* perform(getTenant(id))
  if (tenant === null) throw new Error(`tenant ${id} was written but no view shows it`)
  return { tenant, secret, token }
}
