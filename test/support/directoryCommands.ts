import fc from 'fast-check'
import type { MembershipRole } from '../../src/domain/membership.ts'
import type { Program } from '../../src/ops/program.ts'
import { perform } from '../../src/ops/program.ts'
import { listGroups, listMembers, listUsers } from '../../src/ops/query.ts'
import { createGroup, deleteGroup, updateGroup } from '../../src/services/groups.ts'
import { removeMembership, setMembership } from '../../src/services/memberships.ts'
import { createUser, deleteUser, updateUser } from '../../src/services/users.ts'
import { operator, type PureWorld } from './pure.ts'

export type Command =
  | { op: 'createUser'; id: string; username: string; email: string | null }
  | {
      op: 'updateUser'
      id: string
      patch: { username?: string; email?: string | null; name?: string | null }
    }
  | { op: 'deleteUser'; id: string }
  | { op: 'createGroup'; id: string; name: string; parentId: string | null }
  | { op: 'updateGroup'; id: string; patch: { name?: string; parentId?: string | null } }
  | { op: 'deleteGroup'; id: string }
  | { op: 'setMembership'; groupId: string; userId: string; role: MembershipRole }
  | { op: 'removeMembership'; groupId: string; userId: string }

// Few values, so that commands meet; ids of users and groups overlap, names differ in case alone.
const userId = fc.constantFrom('u1', 'u2', 'u3', 'x')
const groupId = fc.constantFrom('g1', 'g2', 'g3', 'g4', 'x')
const username = fc.constantFrom('ann', 'ANN', 'bob', 'straße', 'STRASSE')
const email = fc.constantFrom('a@x', 'A@X', 'b@x', null)
const groupName = fc.constantFrom('ops', 'Ops', 'dev', 'web', 'sre')
const parentId = fc.oneof({ weight: 3, arbitrary: groupId }, { weight: 1, arbitrary: fc.constant(null) })
const optional = { requiredKeys: [] }

/** Any command of the directory, sensible or not. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ op: fc.constant('createUser' as const), id: userId, username, email }),
  fc.record({
    op: fc.constant('updateUser' as const),
    id: userId,
    patch: fc.record({ username, email, name: fc.constantFrom('A', 'B', null) }, optional),
  }),
  fc.record({ op: fc.constant('deleteUser' as const), id: userId }),
  fc.record({ op: fc.constant('createGroup' as const), id: groupId, name: groupName, parentId }),
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('updateGroup' as const),
      id: groupId,
      patch: fc.record({ name: groupName, parentId }, optional),
    }),
  },
  fc.record({ op: fc.constant('deleteGroup' as const), id: groupId }),
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('setMembership' as const),
      groupId,
      userId,
      role: fc.constantFrom('MEMBER' as const, 'MAINTAINER' as const),
    }),
  },
  fc.record({ op: fc.constant('removeMembership' as const), groupId, userId }),
)

export function commandOf(command: Command): Program<unknown> {
  switch (command.op) {
    case 'createUser':
      return createUser(operator, command)
    case 'updateUser':
      return updateUser(operator, command.id, command.patch, null)
    case 'deleteUser':
      return deleteUser(operator, command.id, null)
    case 'createGroup':
      return createGroup(operator, command)
    case 'updateGroup':
      return updateGroup(operator, command.id, command.patch, null)
    case 'deleteGroup':
      return deleteGroup(operator, command.id, null)
    case 'setMembership':
      return setMembership(operator, command, null, null)
    case 'removeMembership':
      return removeMembership(operator, command, null)
  }
}

export interface DirectoryState {
  /** id → [username, email, name] */
  readonly users: Readonly<Record<string, readonly [string, string | null, string | null]>>
  /** id → [name, parent, direct members with their roles, everyone in it or below] */
  readonly groups: Readonly<
    Record<string, readonly [string, string | null, Record<string, MembershipRole>, string[]]>
  >
}

/** The whole directory as queries show it. */
export function stateOf(world: PureWorld): DirectoryState {
  const result = world.run(readAll)
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

const ALL = { first: 1_000, after: null }
const EVERY_USER = {
  status: null,
  email: null,
  usernamePrefix: null,
  groupId: null,
  createdAfter: null,
  updatedAfter: null,
  attribute: null,
}
const EVERY_GROUP = { parentId: null, userId: null, namePrefix: null }

function* readAll(): Program<DirectoryState> {
  const users = yield* perform(listUsers({ search: null, filter: EVERY_USER, order: 'USERNAME', page: ALL }))
  const groups = yield* perform(listGroups({ search: null, filter: EVERY_GROUP, page: ALL }))
  const shown: Record<string, DirectoryState['groups'][string]> = {}
  for (const { id, name, parentId } of groups.rows) {
    const direct = yield* perform(listMembers(id, false, ALL))
    const all = yield* perform(listMembers(id, true, ALL))
    const roles = Object.fromEntries(direct.rows.map(({ userId, role }) => [userId, role]))
    shown[id] = [name, parentId, roles, all.rows.map(({ userId }) => userId)]
  }
  return {
    users: Object.fromEntries(
      users.rows.map(({ id, username, email, name }) => [id, [username, email, name]]),
    ),
    groups: shown,
  }
}
