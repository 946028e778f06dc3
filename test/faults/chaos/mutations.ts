import type { Told } from '../../validators/history.ts'
import type { Command } from './commands.ts'
import type { Subject } from './Eye.ts'
import type { Known } from './Known.ts'

/** A command whose subjects are known: as it is sent, and what it asks the journal to say. */
export interface Mutation {
  /** Its field is called `done`. It takes `ifMatch`, a token of the subject, where it can be conditional. */
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly sets: readonly Told[]
  readonly subject: Subject
}

/** Null where nobody is there yet whom it could concern. `id` makes its texts unlike all others. */
export const mutationOf = (command: Command, id: string, known: Known): Mutation | null =>
  MUTATIONS[command.op](command, id, known)

type Make = (command: Command, id: string, known: Known) => Mutation | null

/** So that writers meet: these differ in case alone. */
const CONTESTED = ['ann', 'ANN', 'bob', 'Bob'] as const
const usernameOf = (drawn: number, id: string): string =>
  drawn % 5 === 0 ? (CONTESTED[drawn % 4] ?? id) : `user-${id}`
const groupNameOf = (drawn: number, id: string): string => (drawn % 7 === 0 ? 'crew' : `group-${id}`)

const UPDATE_USER =
  'mutation ($id: ID!, $patch: UserPatch!, $ifMatch: ConsistencyToken) { done: updateUser(id: $id, patch: $patch, ifMatch: $ifMatch) { token } }'
const UPDATE_GROUP =
  'mutation ($id: ID!, $patch: GroupPatch!, $ifMatch: ConsistencyToken) { done: updateGroup(id: $id, patch: $patch, ifMatch: $ifMatch) { token } }'

const ofUser = (id: string): Subject => ({ kind: 'user', id })
const ofGroup = (id: string): Subject => ({ kind: 'group', id })

const MUTATIONS: Readonly<Record<Command['op'], Make>> = {
  createUser({ other, flag }, id, known) {
    const userId = known.newUser()
    const username = usernameOf(other, id)
    const email = flag ? `${id}@example.org` : null
    return {
      document: 'mutation ($input: CreateUserInput!) { done: createUser(input: $input) { token } }',
      variables: { input: { id: userId, username, email } },
      sets: [
        { __typename: 'SetUsername', userId, username },
        { __typename: 'SetUserStatus', userId, status: 'ACTIVE' },
        ...(email === null ? [] : [{ __typename: 'SetUserEmail', userId, email }]),
      ],
      subject: ofUser(userId),
    }
  },
  updateUser({ user, flag }, id, known) {
    const userId = known.user(user)
    if (userId === null) return null
    const name = `Name ${id}`
    const more = flag ? { username: `renamed-${id}` } : { attributes: { by: id } }
    return {
      document: UPDATE_USER,
      variables: { id: userId, patch: { name, ...more } },
      sets: [
        { __typename: 'SetUserName', userId, name },
        { __typename: flag ? 'SetUsername' : 'SetUserAttributes', userId, ...more },
      ],
      subject: ofUser(userId),
    }
  },
  setStatus({ user, flag }, _, known) {
    const userId = known.user(user)
    if (userId === null) return null
    const status = flag ? 'ACTIVE' : 'SUSPENDED'
    return {
      document: UPDATE_USER,
      variables: { id: userId, patch: { status } },
      sets: [{ __typename: 'SetUserStatus', userId, status }],
      subject: ofUser(userId),
    }
  },
  deleteUser({ user }, _, known) {
    const userId = known.user(user)
    if (userId === null) return null
    known.forget(userId)
    return {
      document:
        'mutation ($id: ID!, $ifMatch: ConsistencyToken) { done: deleteUser(id: $id, ifMatch: $ifMatch) { token } }',
      variables: { id: userId },
      sets: [{ __typename: 'SetUserStatus', userId, status: 'DELETED' }],
      subject: ofUser(userId),
    }
  },
  createGroup({ other }, id, known) {
    const groupId = known.newGroup()
    const name = groupNameOf(other, id)
    return {
      document: 'mutation ($input: CreateGroupInput!) { done: createGroup(input: $input) { token } }',
      variables: { input: { id: groupId, name } },
      sets: [
        { __typename: 'SetGroupName', groupId, groupName: name },
        { __typename: 'SetGroupStatus', groupId, groupStatus: 'ACTIVE' },
      ],
      subject: ofGroup(groupId),
    }
  },
  updateGroup({ group, flag }, id, known) {
    const groupId = known.group(group)
    if (groupId === null) return null
    const description = `Description ${id}`
    const name = flag ? `regrouped-${id}` : undefined
    return {
      document: UPDATE_GROUP,
      variables: { id: groupId, patch: { name, description } },
      sets: [
        { __typename: 'SetGroupDescription', groupId, description },
        ...(name === undefined ? [] : [{ __typename: 'SetGroupName', groupId, groupName: name }]),
      ],
      subject: ofGroup(groupId),
    }
  },
  moveGroup({ group, other }, _, known) {
    const [groupId, parentId] = [known.group(group), known.group(other)]
    if (groupId === null || parentId === null) return null
    return {
      document: UPDATE_GROUP,
      variables: { id: groupId, patch: { parentId } },
      sets: [{ __typename: 'SetGroupParent', groupId, parentId }],
      subject: ofGroup(groupId),
    }
  },
  deleteGroup({ group }, _, known) {
    const groupId = known.group(group)
    if (groupId === null) return null
    known.forget(groupId)
    return {
      document:
        'mutation ($id: ID!, $ifMatch: ConsistencyToken) { done: deleteGroup(id: $id, ifMatch: $ifMatch) { token } }',
      variables: { id: groupId },
      sets: [{ __typename: 'SetGroupStatus', groupId, groupStatus: 'DELETED' }],
      subject: ofGroup(groupId),
    }
  },
  setMembership({ user, group, flag }, _, known) {
    const [userId, groupId] = [known.user(user), known.group(group)]
    if (userId === null || groupId === null) return null
    const role = flag ? 'MEMBER' : 'MAINTAINER'
    return {
      document:
        'mutation ($userId: ID!, $groupId: ID!, $role: MembershipRole, $ifMatch: ConsistencyToken) { done: setMembership(userId: $userId, groupId: $groupId, role: $role, ifMatch: $ifMatch) { token } }',
      variables: { userId, groupId, role },
      sets: [{ __typename: 'SetMembership', groupId, userId, role }],
      subject: ofGroup(groupId),
    }
  },
  removeMembership({ user, group }, _, known) {
    const [userId, groupId] = [known.user(user), known.group(group)]
    if (userId === null || groupId === null) return null
    return {
      document:
        'mutation ($userId: ID!, $groupId: ID!, $ifMatch: ConsistencyToken) { done: removeMembership(userId: $userId, groupId: $groupId, ifMatch: $ifMatch) { token } }',
      variables: { userId, groupId },
      sets: [{ __typename: 'SetMembership', groupId, userId, role: null }],
      subject: ofGroup(groupId),
    }
  },
  /** In one commit, often to the streams of two groups. */
  setMemberships({ user, other, group, flag }, _, known) {
    const [first, second] = [known.user(user), known.user(other)]
    const [groupId, otherGroup] = [known.group(group), known.group(other)]
    if (first === null || second === null || groupId === null || otherGroup === null) return null
    const role = flag ? 'MEMBER' : 'MAINTAINER'
    const places = [{ userId: first, groupId, role }]
    if (first !== second) places.push({ userId: second, groupId: otherGroup, role })
    return {
      document: 'mutation ($input: [MembershipInput!]!) { done: setMemberships(input: $input) { token } }',
      variables: { input: places },
      sets: places.map((place) => ({ __typename: 'SetMembership', ...place })),
      subject: ofGroup(groupId),
    }
  },
  createApiKey({ user }, id, known) {
    const userId = known.user(user)
    if (userId === null) return null
    return {
      document:
        'mutation ($input: CreateApiKeyInput!) { done: createApiKey(input: $input) { token apiKey { id } } }',
      variables: { input: { userId, label: id, scopes: ['DIRECTORY_READ'] } },
      sets: [{ __typename: 'SetApiKey', userId, label: id }],
      subject: ofUser(userId),
    }
  },
  revokeApiKey({ other }, _, known) {
    const key = known.key(other)
    if (key === null) return null
    return {
      document:
        'mutation ($userId: ID!, $keyId: ID!) { done: revokeApiKey(userId: $userId, keyId: $keyId) { token } }',
      variables: { ...key },
      sets: [{ __typename: 'SetApiKey', ...key }],
      subject: ofUser(key.userId),
    }
  },
}
