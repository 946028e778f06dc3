import { describe, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { keysStream, TENANTS_STREAM } from '../../src/domain/streams.ts'
import { vectorOf } from '../../src/domain/token.ts'
import { TENANT_KEY_OWNER, type Viewer } from '../../src/domain/viewer.ts'
import { perform } from '../../src/ops/program.ts'
import { listApiKeys } from '../../src/ops/query.ts'
import { createApiKey, revokeApiKey } from '../../src/services/apiKeys.ts'
import { group, memberOf, user, userByEmail, users } from '../../src/services/directory.ts'
import { createGroup, deleteGroup, updateGroup } from '../../src/services/groups.ts'
import { setMembership } from '../../src/services/memberships.ts'
import { createTenant, ensureTenant } from '../../src/services/tenants.ts'
import { createUser, deleteUser, updateUser } from '../../src/services/users.ts'
import { operator, viewer } from '../support/pure.ts'
import { given } from '../support/spec.ts'

const create =
  (id: string, name = 'Globex') =>
  () =>
    createTenant(operator, id, name)
const GLOBEX = { tenant: 'globex' }

describe('createTenant', () => {
  test('makes the tenant and its first ADMIN key in one commit', () => {
    const world = given()
    const { tenant, secret, token } = world.when(create('globex', ' Globex ')).succeeds()
    expect(tenant).toMatchObject({ id: 'globex', name: 'Globex' })
    expect(token).toEqual(vectorOf([TENANTS_STREAM, 1], [keysStream('globex', TENANT_KEY_OWNER), 1]))
    expect(world.world.log.events.map(({ event }) => event)).toMatchObject([
      { type: 'SetTenant', tenantId: 'globex', name: 'Globex' },
      {
        type: 'SetApiKey',
        userId: TENANT_KEY_OWNER,
        scopes: ['ADMIN'],
        hash: hashSecret(secret),
        expiresAt: null,
      },
    ])
    expect(world.and(() => perform(listApiKeys(TENANT_KEY_OWNER)), GLOBEX)).toHaveLength(1)
  })

  test.each(['', 'Globex', 'a b', '-a', 'a/b', 'a_b', 'x'.repeat(64), 'a\n'])('refuses the id %j', (id) => {
    given()
      .when(create(id))
      .fails('BAD_USER_INPUT', /^id: must be 1 to 63 of a-z 0-9 -/)
  })

  test('refuses a name that is empty, and an id that a tenant has', () => {
    given()
      .when(create('globex', ' '))
      .fails('BAD_USER_INPUT', /^name: must not be empty/)
    given(create('globex'))
      .when(create('globex', 'Other'))
      .fails('BAD_USER_INPUT', /^id: must be one that no tenant has.*"globex"/)
  })

  test('of two at the same time one wins', () => {
    const spec = given()
    spec.world.beforeNextCommit(() => spec.and(create('globex', 'First')))
    expect(spec.world.run(create('globex', 'Second'))).toMatchObject({ error: { code: 'BAD_USER_INPUT' } })
    expect(spec.world.log.seq(TENANTS_STREAM)).toBe(1)
  })

  test('of two different ones at the same time both win', () => {
    const spec = given()
    spec.world.beforeNextCommit(() => spec.and(create('globex')))
    spec.and(create('initech'))
    expect(spec.world.retries).toBe(1)
  })

  test('a retry does not show the secret again', () => {
    const world = given()
    const first = world.and(create('globex'), { idempotencyKey: 'k' })
    expect(world.when(create('globex'), { idempotencyKey: 'k' }).writes()).toEqual({ ...first, secret: '' })
  })

  test('is for the operator alone', () => {
    given()
      .when(() => createTenant(viewer('ADMIN'), 'globex', 'Globex'))
      .fails('FORBIDDEN', /operator key/)
    given()
      .when(() => ensureTenant(viewer('ADMIN'), 'globex', 'Globex'))
      .fails('FORBIDDEN', /operator key/)
  })
})

describe('ensureTenant', () => {
  const ensure = (id: string) => () => ensureTenant(operator, id, 'Globex')

  test('makes it once, without a key', () => {
    const world = given()
    expect(
      world.when(ensure('globex')).writes({ type: 'SetTenant', tenantId: 'globex', name: 'Globex' }),
    ).toBe(true)
    expect(world.when(ensure('globex')).writes()).toBe(false)
    world.when(create('globex')).fails('BAD_USER_INPUT')
  })

  test('refuses a malformed id', () => {
    given().when(ensure('No Tenant')).fails('BAD_USER_INPUT', /^id/)
  })
})

describe('nothing of another tenant exists', () => {
  const acme = viewer('ADMIN')
  const globex: Viewer = { ...acme, tenant: 'globex' }
  const ANN = { id: 'ann', username: 'ann', email: 'ann@example.org' }
  const world = () =>
    given(
      () => createUser(acme, ANN),
      () => createGroup(acme, { id: 'ops', name: 'Ops' }),
      () => setMembership(acme, { groupId: 'ops', userId: 'ann' }, null, null),
      () => createApiKey(acme, { userId: 'ann', label: 'k', scopes: ['ADMIN'] }),
    )

  test('not for reading', () => {
    const spec = world()
    const filter = {
      status: null,
      email: null,
      usernamePrefix: null,
      groupId: null,
      createdAfter: null,
      updatedAfter: null,
      attribute: null,
    }
    const all = { search: null, filter, order: 'USERNAME', page: { first: 10, after: null } } as const
    expect(spec.and(() => user(globex, 'ann', null), GLOBEX).value).toBeNull()
    expect(spec.and(() => userByEmail(globex, ANN.email, null), GLOBEX).value).toBeNull()
    expect(spec.and(() => group(globex, 'ops', null), GLOBEX).value).toBeNull()
    expect(spec.and(() => users(globex, all, null), GLOBEX).value.rows).toEqual([])
    const place = { groupId: 'ops', userId: 'ann', transitive: true }
    expect(spec.and(() => memberOf(globex, place, null), GLOBEX).value).toBe(false)
    expect(spec.and(() => users(acme, all, null)).value.rows).toHaveLength(1)
  })

  test('not for writing', () => {
    const spec = world()
    const fails = (program: Parameters<typeof spec.when>[0]) => spec.when(program, GLOBEX).fails('NOT_FOUND')
    fails(() => updateUser(globex, 'ann', { name: 'x' }, null))
    fails(() => deleteUser(globex, 'ann', null))
    fails(() => updateGroup(globex, 'ops', { name: 'x' }, null))
    fails(() => deleteGroup(globex, 'ops', null))
    fails(() => createGroup(globex, { name: 'x', parentId: 'ops' }))
    fails(() => setMembership(globex, { groupId: 'ops', userId: 'ann' }, null, null))
    fails(() => createApiKey(globex, { userId: 'ann', label: 'k', scopes: ['ADMIN'] }))
    fails(() => revokeApiKey(globex, 'ann', 'id-1'))
  })

  test('not even for names, ids and idempotency keys', () => {
    const spec = world()
    const key = { idempotencyKey: 'k' }
    spec.and(() => createUser(acme, { username: 'bob' }), key)
    expect(spec.and(() => createUser(globex, ANN), { ...GLOBEX, ...key }).user).toMatchObject(ANN)
    spec.and(() => createGroup(globex, { id: 'ops', name: 'Ops' }), GLOBEX)
  })
})
