import { describe, expect, test } from 'vitest'
import { hashSecret } from '../../src/domain/secrets.ts'
import { keysStream } from '../../src/domain/streams.ts'
import { vectorOf } from '../../src/domain/token.ts'
import { TENANT_KEY_OWNER } from '../../src/domain/viewer.ts'
import { perform } from '../../src/ops/program.ts'
import { listApiKeys } from '../../src/ops/query.ts'
import {
  createApiKey,
  MAX_KEYS_PER_USER,
  mayReadKeysOf,
  type NewApiKey,
  revokeApiKey,
} from '../../src/services/apiKeys.ts'
import { createTenant } from '../../src/services/tenants.ts'
import { createUser, deleteUser } from '../../src/services/users.ts'
import { operator, viewer } from '../support/pure.ts'
import { given } from '../support/spec.ts'

const admin = viewer('ADMIN')
const ann = () => given(() => createUser(admin, { id: 'ann', username: 'ann' }))
const input: NewApiKey = { userId: 'ann', label: 'laptop', scopes: ['DIRECTORY_READ'] }
const create =
  (changes: Partial<NewApiKey> = {}) =>
  () =>
    createApiKey(admin, { ...input, ...changes })
const revoke =
  (keyId: string, userId = 'ann') =>
  () =>
    revokeApiKey(admin, userId, keyId)
const keys = keysStream('acme', 'ann')

describe('createApiKey', () => {
  test('shows the secret, and keeps its hash', () => {
    const { apiKey, secret, token } = ann()
      .when(
        create({
          scopes: ['DIRECTORY_READ', 'ADMIN', 'DIRECTORY_READ'],
          expiresAt: '2027-01-01T00:00:00+02:00',
        }),
      )
      .writes({
        type: 'SetApiKey',
        userId: 'ann',
        keyId: 'id-1',
        label: 'laptop',
        scopes: ['DIRECTORY_READ', 'ADMIN'],
        hash: hashSecret('rollcall_secret-1'),
        lastFour: 'et-1',
        createdAt: '2026-01-01T00:00:01.000Z',
        expiresAt: '2026-12-31T22:00:00.000Z',
        revokedAt: null,
      })
    expect(secret).toBe('rollcall_secret-1')
    expect(apiKey).toMatchObject({ id: 'id-1', userId: 'ann', lastFour: 'et-1', revokedAt: null })
    expect(JSON.stringify(apiKey)).not.toContain(secret)
    expect(token).toEqual(vectorOf([keys, 1]))
  })

  test.each<[Partial<NewApiKey>, RegExp]>([
    [{ label: '' }, /^label: must not be empty/],
    [{ label: 'x'.repeat(129) }, /^label: must have at most 128/],
    [{ scopes: [] }, /^scopes: must name at least one scope/],
    [{ expiresAt: 'tomorrow' }, /^expiresAt: must be an ISO 8601 .*"tomorrow"/],
    [{ expiresAt: new Date(Number.NaN) }, /^expiresAt: .*"Invalid Date"/],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, /^expiresAt: must be in the future, but was "2020/],
    [{ expiresAt: new Date(8.64e15) }, /^expiresAt: .*up to the year 9999/],
  ])('refuses %j', (changes, message) => {
    ann().when(create(changes)).fails('BAD_USER_INPUT', message)
  })

  test('is for users who are there', () => {
    const world = ann()
    world.when(create({ userId: 'bob' })).fails('NOT_FOUND', /^userId: there is no user "bob"/)
    world.when(create({ userId: TENANT_KEY_OWNER })).fails('NOT_FOUND')
    world.and(() => deleteUser(admin, 'ann', null))
    world.when(create()).fails('NOT_FOUND')
  })

  test('a user who is deleted meanwhile gets none', () => {
    const spec = ann()
    spec.world.beforeNextCommit(() => spec.and(() => deleteUser(admin, 'ann', null)))
    expect(spec.world.run(create())).toMatchObject({ error: { code: 'NOT_FOUND' } })
    expect(spec.world.log.seq(keys)).toBe(0)
  })

  test(`a user has at most ${MAX_KEYS_PER_USER}, revoked ones included`, () => {
    const world = ann()
    for (let n = 1; n <= MAX_KEYS_PER_USER; n++) world.and(create())
    world.and(revoke('id-1'))
    world.when(create()).fails('BAD_USER_INPUT', /^userId: must have fewer than 100 keys/)
  })

  test('a retry does not show the secret again, and does not mind that the key has expired since', () => {
    const world = ann()
    const once = { idempotencyKey: 'k' }
    const soon = create({ expiresAt: '2026-01-01T00:00:03.000Z' })
    const first = world.and(soon, once)
    for (let n = 0; n < 5; n++) world.and(create())
    const again = world.when(soon, once).writes()
    expect(again).toEqual({ ...first, secret: null })
  })
})

describe('revokeApiKey', () => {
  test('says when, and nothing else changes', () => {
    const world = ann()
    const { apiKey } = world.and(create())
    const revoked = world.when(revoke('id-1')).succeeds()
    expect(revoked).toMatchObject({
      secret: null,
      apiKey: { ...apiKey, revokedAt: '2026-01-01T00:00:02.000Z' },
    })
    expect(revoked.token).toEqual(vectorOf([keys, 2]))
  })

  test('a second time writes nothing: a stream of keys stays short', () => {
    const world = ann()
    world.and(create())
    const first = world.and(revoke('id-1'))
    expect(world.when(revoke('id-1')).writes()).toEqual(first)
  })

  test('names the key or the user that is not there', () => {
    const world = ann()
    world.and(create())
    world.when(revoke('none')).fails('NOT_FOUND', /^keyId: the user has no key "none"/)
    world.when(revoke('id-1', 'bob')).fails('NOT_FOUND', /^userId: there is no user "bob"/)
    world.and(() => deleteUser(admin, 'ann', null))
    world.when(revoke('id-1')).fails('NOT_FOUND', /^userId: there is no user "ann"/)
  })

  test('ends the first key of a tenant too', () => {
    const world = given(() => createTenant(operator, 'acme', 'Acme'))
    expect(world.and(revoke('id-1', TENANT_KEY_OWNER)).apiKey.revokedAt).not.toBeNull()
  })

  test('two that revoke at once agree on the time', () => {
    const spec = ann()
    spec.and(create())
    spec.world.beforeNextCommit(() => spec.and(revoke('id-1')))
    spec.and(revoke('id-1'))
    expect(spec.world.log.seq(keys)).toBe(2)
    expect(spec.and(() => perform(listApiKeys('ann')))).toHaveLength(1)
  })
})

describe('mayReadKeysOf', () => {
  test('admins, and whoever holds one of them', () => {
    const world = ann()
    const own = { ...viewer('DIRECTORY_READ'), userId: 'ann' }
    world.when(() => mayReadKeysOf(admin, 'ann')).succeeds()
    world.when(() => mayReadKeysOf(own, 'ann')).succeeds()
    world.when(() => mayReadKeysOf(own, 'bob')).fails('FORBIDDEN')
    world.when(() => mayReadKeysOf(viewer('DIRECTORY_WRITE', 'AUDIT_READ'), 'ann')).fails('FORBIDDEN')
  })
})
