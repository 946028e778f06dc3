import { expect, test } from 'vitest'
import { DirectoryCopy } from '../support/DirectoryCopy.ts'

test('somebody who was deleted before the snapshot is not there, though an older change of another stream comes after it', () => {
  const copy = new DirectoryCopy()
  const profile = { stream: 'default/user/u1/profile', seq: 2 }
  copy.apply({ ...profile, event: { __typename: 'SetUserName', userId: 'u1', name: 'Ann' } })
  const membership = { __typename: 'SetMembership', userId: 'u1', groupId: 'g1', role: 'MEMBER' }
  copy.apply({ stream: 'default/group/g1/members', seq: 1, event: membership })
  expect(copy.state()).toEqual({ users: [], groups: [] })
})
