import type { Event, SetApiKey } from '../../../src/domain/events.ts'
import type { MembershipRole } from '../../../src/domain/membership.ts'
import type { JsonObject, UserStatus } from '../../../src/domain/user.ts'

/** Events in the shortest words that tests can be read in. */
export const username = (userId: string, name: string): Event => ({
  type: 'SetUsername',
  userId,
  username: name,
})
export const email = (userId: string, address: string | null): Event => ({
  type: 'SetUserEmail',
  userId,
  email: address,
})
export const fullName = (userId: string, name: string | null): Event => ({
  type: 'SetUserName',
  userId,
  name,
})
export const status = (userId: string, value: UserStatus): Event => ({
  type: 'SetUserStatus',
  userId,
  status: value,
})
export const attributes = (userId: string, value: JsonObject): Event => ({
  type: 'SetUserAttributes',
  userId,
  attributes: value,
})
export const groupName = (groupId: string, name: string): Event => ({ type: 'SetGroupName', groupId, name })
export const description = (groupId: string, text: string): Event => ({
  type: 'SetGroupDescription',
  groupId,
  description: text,
})
export const parent = (groupId: string, parentId: string | null): Event => ({
  type: 'SetGroupParent',
  groupId,
  parentId,
})
export const deleteGroup = (groupId: string): Event => ({
  type: 'SetGroupStatus',
  groupId,
  status: 'DELETED',
})
export const membership = (
  groupId: string,
  userId: string,
  role: MembershipRole | null = 'MEMBER',
): Event => ({
  type: 'SetMembership',
  groupId,
  userId,
  role,
})
export const apiKey = (userId: string, keyId: string, changes: Partial<SetApiKey> = {}): Event => ({
  type: 'SetApiKey',
  userId,
  keyId,
  label: `label of ${keyId}`,
  scopes: ['DIRECTORY_READ'],
  hash: `hash of ${keyId}`,
  lastFour: 'abcd',
  createdAt: '2030-01-01T00:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  ...changes,
})
