import { describe, expect, test } from 'vitest'
import { vectorOf } from '../../src/domain/token.ts'
import type { Program } from '../../src/ops/program.ts'
import { createApiKey, revokeApiKey } from '../../src/services/apiKeys.ts'
import { createGroup, deleteGroup, updateGroup } from '../../src/services/groups.ts'
import { removeMembership, setMembership, setMemberships } from '../../src/services/memberships.ts'
import { createTenant } from '../../src/services/tenants.ts'
import { createUser, deleteUser, updateUser } from '../../src/services/users.ts'
import { operator } from '../support/pure.ts'
import { given } from '../support/spec.ts'

const directory = () =>
  given(
    () => createUser(operator, { id: 'ann', username: 'ann' }),
    () => createGroup(operator, { id: 'ops', name: 'Ops' }),
    () => createApiKey(operator, { userId: 'ann', label: 'k', scopes: ['ADMIN'] }),
  )
const KEY = { idempotencyKey: 'k' }
const place = { groupId: 'ops', userId: 'ann' }

const commands: Record<string, () => Program<unknown>> = {
  createUser: () => createUser(operator, { username: 'bob', email: 'bob@example.org' }),
  'createUser with an id': () => createUser(operator, { id: 'bob', username: 'bob' }),
  updateUser: () => updateUser(operator, 'ann', { username: 'anna', name: 'Anna' }, null),
  'updateUser that changes nothing': () => updateUser(operator, 'ann', { username: 'ann' }, null),
  deleteUser: () => deleteUser(operator, 'ann', null),
  createGroup: () => createGroup(operator, { name: 'Dev' }),
  updateGroup: () => updateGroup(operator, 'ops', { name: 'Operations' }, null),
  deleteGroup: () => deleteGroup(operator, 'ops', null),
  setMembership: () => setMembership(operator, place, null, null),
  setMemberships: () => setMemberships(operator, [place], null),
  removeMembership: () => removeMembership(operator, place, null),
  createApiKey: () => createApiKey(operator, { userId: 'ann', label: 'other', scopes: ['ADMIN'] }),
  revokeApiKey: () => revokeApiKey(operator, 'ann', 'id-1'),
  createTenant: () => createTenant(operator, 'globex', 'Globex'),
}

const SHOWN_ONCE: Record<string, object> = { createApiKey: { secret: null }, createTenant: { secret: '' } }

/** As plain data; vectors without the streams that they name at 0, since that says nothing. */
const sayings = (answer: unknown): object =>
  JSON.parse(
    JSON.stringify(answer, (_, value: unknown) =>
      value instanceof Map ? Object.fromEntries([...value].filter(([, seq]) => seq !== 0)) : value,
    ),
  )

describe.each(Object.entries(commands))('%s', (name, command) => {
  test('again with the same key: the first result, and nothing is written', () => {
    const world = directory()
    const first = world.and(command, KEY)
    const again = world.when(command, KEY).writes()
    expect(sayings(again)).toEqual({ ...sayings(first), ...SHOWN_ONCE[name] })
  })

  test('two retries at the same time: it takes effect once', () => {
    const spec = directory()
    spec.world.beforeNextCommit(() => spec.and(command, KEY))
    const before = spec.world.log.events.length
    spec.and(command, KEY)
    const written = spec.world.log.events.length - before
    const other = directory()
    other.and(command)
    expect(written).toBe(other.world.log.events.length - before)
  })

  test('another command with its key is refused', () => {
    const world = directory()
    world.and(() => createUser(operator, { username: 'first' }), KEY)
    world.when(command, KEY).fails('IDEMPOTENCY_MISMATCH')
  })

  test('a retry waits for the views like the first time', () => {
    const spec = directory()
    spec.world.holdViews()
    const first = sayings(spec.world.run(command, KEY))
    const again = sayings(spec.world.run(command, KEY))
    expect(again).toEqual(first)
  })
})

test('the same command with other input is another command', () => {
  const world = directory()
  world.and(() => updateUser(operator, 'ann', { name: 'A' }, null), KEY)
  world.when(() => updateUser(operator, 'ann', { name: 'B' }, null), KEY).fails('IDEMPOTENCY_MISMATCH')
  world.when(() => updateUser(operator, 'bob', { name: 'A' }, null), KEY).fails('IDEMPOTENCY_MISMATCH')
})

test('putting in and taking out are different commands', () => {
  const world = directory()
  world.and(() => setMembership(operator, place, null, null), KEY)
  world.when(() => removeMembership(operator, place, null), KEY).fails('IDEMPOTENCY_MISMATCH')
})

test('a command that failed leaves its key unused', () => {
  const world = directory()
  world.when(() => createUser(operator, { username: 'ANN' }), KEY).fails('USERNAME_TAKEN')
  world.when(() => createUser(operator, { username: 'bob' }), KEY).succeeds()
})

test('a retry of a conditional write succeeds, although its token is stale by now', () => {
  const world = directory()
  const { token } = world.and(() => updateUser(operator, 'ann', { name: 'A' }, null))
  const rename = () => updateUser(operator, 'ann', { name: 'B' }, token)
  const first = world.and(rename, KEY)
  expect(world.when(rename, KEY).writes()).toEqual(first)
  world.when(rename).fails('STALE_TOKEN')
})

test('a retry shows what is there now, with a token that covers both', () => {
  const world = directory()
  const rename = () => updateUser(operator, 'ann', { username: 'anna' }, null)
  const { token: first } = world.and(rename, KEY)
  world.and(() => updateUser(operator, 'ann', { username: 'anne' }, null))
  const { user, token } = world.and(rename, KEY)
  expect(user.username).toBe('anne')
  for (const [stream, seq] of first.streams) expect(token.streams.get(stream)).toBeGreaterThanOrEqual(seq)
  expect(token).not.toEqual(vectorOf(...first.streams))
})
