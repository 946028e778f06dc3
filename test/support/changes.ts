import fc from 'fast-check'
import type { Change, DirectoryCopy } from '../../src/client/index.ts'

/** A change in short: its type, of whom, and what is so now. */
export type Fact = readonly [type: string, id: string, value: unknown, role?: string | null]

const STREAMS: Readonly<Record<string, (id: string) => string>> = {
  SetUserName: (id) => `t/user/${id}/profile`,
  SetUserAttributes: (id) => `t/user/${id}/profile`,
  SetMembership: (id) => `t/group/${id}/members`,
}
const FIELDS: Readonly<Record<string, string>> = {
  SetUsername: 'username',
  SetUserEmail: 'email',
  SetUserName: 'name',
  SetUserStatus: 'status',
  SetUserAttributes: 'attributes',
  SetGroupName: 'groupName',
  SetGroupDescription: 'description',
  SetGroupParent: 'parentId',
  SetGroupStatus: 'groupStatus',
}

/** As a server would tell them: numbered within their streams. */
export function changesOf(facts: readonly Fact[]): Change[] {
  const seqs = new Map<string, number>()
  return facts.map(([type, id, value, role]) => {
    const isOfGroup = type.startsWith('SetGroup') || type === 'SetMembership'
    const stream = STREAMS[type]?.(id) ?? `t/${isOfGroup ? 'group' : 'user'}/${id}`
    const seq = (seqs.get(stream) ?? 0) + 1
    seqs.set(stream, seq)
    const fields = type === 'SetMembership' ? { userId: value, role } : { [FIELDS[type] as string]: value }
    const event = { __typename: type, [isOfGroup ? 'groupId' : 'userId']: id, ...fields }
    const actor = { kind: 'operator', id: null, label: null }
    return {
      cursor: '',
      stream,
      seq,
      at: '2026-01-01T00:00:00.000Z',
      actor,
      cause: null,
      event,
      token: '',
    } as Change
  })
}

const user = fc.constantFrom('u1', 'u2', 'u3')
const group = fc.constantFrom('g1', 'g2', 'g3')

/** Whatever may be said of three users and three groups. */
export const facts: fc.Arbitrary<Fact[]> = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constantFrom('SetUsername', 'SetUserEmail', 'SetUserName'),
      user,
      fc.string({ maxLength: 3 }),
    ),
    fc.tuple(fc.constant('SetUserStatus'), user, fc.constantFrom('ACTIVE', 'SUSPENDED', 'DELETED')),
    fc.tuple(fc.constantFrom('SetGroupName', 'SetGroupDescription'), group, fc.string({ maxLength: 3 })),
    fc.tuple(fc.constant('SetGroupParent'), group, fc.option(group)),
    fc.tuple(fc.constant('SetGroupStatus'), group, fc.constantFrom('ACTIVE', 'DELETED')),
    fc.tuple(fc.constant('SetMembership'), group, user, fc.option(fc.constantFrom('MEMBER', 'MAINTAINER'))),
  ),
  { maxLength: 40 },
)

/** A copy in the form of `directoryOf`. */
export function stateOf(copy: DirectoryCopy) {
  const byId = <Row extends { readonly id: string }>(rows: Iterable<Row>) =>
    [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    users: byId(copy.users()),
    groups: byId(copy.groups()).map((each) => ({
      ...each,
      members: Object.fromEntries(copy.members(each.id).map(({ userId, role }) => [userId, role])),
    })),
  }
}
