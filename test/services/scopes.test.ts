import { describe, expect, test } from 'vitest'
import { SCOPES, type Scope } from '../../src/domain/scopes.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import type { Program } from '../../src/ops/program.ts'
import { createApiKey, revokeApiKey } from '../../src/services/apiKeys.ts'
import * as directory from '../../src/services/directory.ts'
import { addGroup, createGroup, deleteGroup, patchGroup, updateGroup } from '../../src/services/groups.ts'
import {
  putMembership,
  removeMembership,
  setMembership,
  setMemberships,
} from '../../src/services/memberships.ts'
import { createTenant, ensureTenant } from '../../src/services/tenants.ts'
import { addUser, createUser, deleteUser, patchUser, updateUser } from '../../src/services/users.ts'
import { operator, viewer } from '../support/pure.ts'
import { given } from '../support/spec.ts'

type Ask = (viewer: Viewer) => Program<unknown>
const place = { groupId: 'ops', userId: 'ann' }
const FILTER = {
  status: null,
  email: null,
  usernamePrefix: null,
  groupId: null,
  createdAfter: null,
  updatedAfter: null,
  attribute: null,
}
const page = { first: 1, after: null }

const reads: Record<string, Ask> = {
  user: (v) => directory.user(v, 'ann', null),
  userByEmail: (v) => directory.userByEmail(v, 'x', null),
  userByUsername: (v) => directory.userByUsername(v, 'ann', null),
  group: (v) => directory.group(v, 'ops', null),
  groupByName: (v) => directory.groupByName(v, 'Ops', null),
  users: (v) => directory.users(v, { search: null, filter: FILTER, order: 'USERNAME', page }, null),
  groups: (v) =>
    directory.groups(
      v,
      { search: null, filter: { parentId: null, userId: null, namePrefix: null }, page },
      null,
    ),
  memberOf: (v) => directory.memberOf(v, { ...place, transitive: true }, null),
}
const writes: Record<string, Ask> = {
  createUser: (v) => createUser(v, { username: 'bob' }),
  addUser: (v) => addUser(v, { username: 'bob' }),
  updateUser: (v) => updateUser(v, 'ann', { name: 'x' }, null),
  patchUser: (v) => patchUser(v, 'ann', { name: 'x' }, null),
  deleteUser: (v) => deleteUser(v, 'ann', null),
  createGroup: (v) => createGroup(v, { name: 'dev' }),
  addGroup: (v) => addGroup(v, { name: 'dev' }),
  updateGroup: (v) => updateGroup(v, 'ops', { name: 'x' }, null),
  patchGroup: (v) => patchGroup(v, 'ops', { name: 'x' }, null),
  deleteGroup: (v) => deleteGroup(v, 'ops', null),
  setMembership: (v) => setMembership(v, place, null, null),
  putMembership: (v) => putMembership(v, { ...place, role: 'MEMBER' }, null),
  removeMembership: (v) => removeMembership(v, place, null),
  setMemberships: (v) => setMemberships(v, [place], null),
}
const adminOnly: Record<string, Ask> = {
  createApiKey: (v) => createApiKey(v, { userId: 'ann', label: 'k', scopes: ['DIRECTORY_READ'] }),
  revokeApiKey: (v) => revokeApiKey(v, 'ann', 'id-1'),
}
const operatorOnly: Record<string, Ask> = {
  createTenant: (v) => createTenant(v, 'globex', 'Globex'),
  ensureTenant: (v) => ensureTenant(v, 'globex', 'Globex'),
}

const COMBINATIONS: Scope[][] = Array.from({ length: 2 ** SCOPES.length }, (_, bits) =>
  SCOPES.filter((_scope, i) => bits & (1 << i)),
)
const has =
  (...any: Scope[]) =>
  (scopes: readonly Scope[]) =>
    any.some((scope) => scopes.includes(scope))

describe.each([
  [
    'reads need DIRECTORY_READ, or the right to write',
    reads,
    has('DIRECTORY_READ', 'DIRECTORY_WRITE', 'ADMIN'),
  ],
  ['writes need DIRECTORY_WRITE', writes, has('DIRECTORY_WRITE', 'ADMIN')],
  ['keys need ADMIN', adminOnly, has('ADMIN')],
  ['tenants need the operator', operatorOnly, () => false],
] as const)('%s', (_, programs, allowed) => {
  const world = () =>
    given(
      () => createUser(operator, { id: 'ann', username: 'ann' }),
      () => createGroup(operator, { id: 'ops', name: 'Ops' }),
      () => createApiKey(operator, { userId: 'ann', label: 'k', scopes: ['ADMIN'] }),
    )

  test.each(Object.entries(programs))('%s', (_name, ask: Ask) => {
    world()
      .when(() => ask(operator))
      .succeeds()
    for (const scopes of COMBINATIONS) {
      const outcome = world().when(() => ask(viewer(...scopes)))
      if (allowed(scopes)) outcome.succeeds()
      else outcome.fails('FORBIDDEN')
    }
  })

  test('says what is missing, and what there is', () => {
    for (const ask of Object.values<Ask>(programs)) {
      const details = given()
        .when(() => ask(viewer('AUDIT_READ')))
        .fails('FORBIDDEN', /This needs/)
      if (programs !== operatorOnly) expect(details.scopes).toEqual(['AUDIT_READ'])
    }
  })
})

test('whoever may not write is told so before anything is waited for', () => {
  const ahead = { streams: new Map(), position: 1_000 }
  const reader = viewer('DIRECTORY_READ')
  given()
    .when(() => setMembership(reader, place, ahead, null))
    .fails('FORBIDDEN')
  given()
    .when(() => setMemberships(reader, [place], ahead))
    .fails('FORBIDDEN')
})
