import { badInput } from '../domain/errors.ts'
import type { SetMembership } from '../domain/events.ts'
import type { MembershipRole } from '../domain/membership.ts'
import { membersStream, type TenantId } from '../domain/streams.ts'
import type { Vector } from '../domain/token.ts'
import type { Viewer } from '../domain/viewer.ts'
import { readSeqs } from '../ops/command.ts'
import { fail, type Program, perform } from '../ops/program.ts'
import { atLeast, getGroup, getMembership } from '../ops/query.ts'
import type { MembershipRow } from '../ops/rows.ts'
import { commitAndSee, recalled, requireMatch } from './commit.ts'
import { needGroup, needUser } from './entities.ts'
import { requireScope } from './guard.ts'

export interface MembershipInput {
  readonly groupId: string
  readonly userId: string
  readonly role?: MembershipRole | null
}

export interface MembershipWritten {
  readonly membership: MembershipRow | null
  readonly token: Vector
}

/** A commit has 100 places: one for each membership, one for each group, one for the idempotency record. */
const MAX_PLACES = 99

/** Puts a user into a group, or changes the role there. NOT_FOUND, STALE_TOKEN, VIEW_BEHIND. */
export function* setMembership(
  viewer: Viewer,
  input: MembershipInput,
  seen: Vector | null,
  ifMatch: Vector | null,
): Program<MembershipWritten> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const role = yield* roleOf(input, 'role')
  if (seen !== null) yield* perform(atLeast(seen))
  return yield* shown(input, yield* putMembership(viewer, { ...input, role }, ifMatch))
}

/** Takes a user out of a group; of one who is not in it, nothing is written. NOT_FOUND, STALE_TOKEN. */
export function* removeMembership(
  viewer: Viewer,
  input: { readonly groupId: string; readonly userId: string },
  ifMatch: Vector | null,
): Program<MembershipWritten> {
  return yield* shown(input, yield* putMembership(viewer, { ...input, role: null }, ifMatch))
}

/**
 * Several at once, all or none, in order: of two for the same place the last one holds. NOT_FOUND, VIEW_BEHIND, BAD_USER_INPUT
 * where it is more than one commit can hold.
 */
export function* setMemberships(
  viewer: Viewer,
  input: readonly MembershipInput[],
  seen: Vector | null,
): Program<{ memberships: readonly MembershipRow[]; token: Vector }> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const wanted: WantedMembership[] = []
  for (const [i, item] of input.entries()) {
    wanted.push({ ...item, role: yield* roleOf(item, `${placeOf(i)}role`) })
  }
  const groupIds = [...new Set(wanted.map(({ groupId }) => groupId))]
  if (wanted.length === 0 || wanted.length + groupIds.length > MAX_PLACES) {
    const rule = `must hold 1 to ${MAX_PLACES} in all, counting each membership and each different group as one`
    yield* fail(badInput('input', wanted.length + groupIds.length, rule))
  }
  if (seen !== null) yield* perform(atLeast(seen))

  const before = yield* recalled('setMemberships', { wanted })
  let token = before?.written
  if (token === undefined) {
    yield* needAll(tenant, wanted, placeOf)
    const seqs = yield* perform(readSeqs(groupIds.map((id) => membersStream(tenant, id))))
    token = yield* commitAndSee({
      appends: groupIds.map((groupId, i) => ({
        stream: membersStream(tenant, groupId),
        expected: seqs[i] ?? 0,
        events: wanted.filter((item) => item.groupId === groupId).map(event),
      })),
      result: null,
    })
  }
  const memberships: MembershipRow[] = []
  for (const { groupId, userId } of wanted) {
    const row = yield* perform(getMembership(groupId, userId))
    if (row !== null) memberships.push(row)
  }
  return { memberships, token }
}

interface WantedMembership {
  readonly groupId: string
  readonly userId: string
  readonly role: MembershipRole | null
}

const event = ({ groupId, userId, role }: WantedMembership): SetMembership => ({
  type: 'SetMembership',
  groupId,
  userId,
  role,
})

/** setMembership and, with role null, removeMembership, without reading it back. */
export function* putMembership(
  viewer: Viewer,
  wanted: WantedMembership,
  ifMatch: Vector | null,
): Program<Vector> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const { groupId } = wanted
  const before = yield* recalled('putMembership', { ...wanted })
  if (before !== null) return before.written

  yield* needAll(tenant, [wanted])
  const stream = membersStream(tenant, groupId)
  const shown = yield* membersSeqWhereSo(wanted)
  const [expected = 0] = yield* perform(readSeqs([stream]))
  yield* requireMatch(ifMatch, [[stream, expected]])
  const events = shown === expected ? [] : [event(wanted)]
  return yield* commitAndSee({ appends: [{ stream, expected, events }], result: null })
}

function* shown({ groupId, userId }: MembershipInput, token: Vector): Program<MembershipWritten> {
  return { membership: yield* perform(getMembership(groupId, userId)), token }
}

/** Without one, a member. Null is none, and to put somebody in with none would be to take them out unawares. */
function* roleOf({ role }: MembershipInput, field: string): Program<MembershipRole> {
  if (role !== null) return role ?? 'MEMBER'
  return yield* fail(
    badInput(field, role, 'must be MEMBER or MAINTAINER: use removeMembership to take a user out'),
  )
}

/** Where one of several memberships stands in the input, before the name of its field. */
const placeOf = (index: number): string => `input[${index}].`

function* needAll(
  tenant: TenantId,
  wanted: readonly WantedMembership[],
  place: (index: number) => string = () => '',
): Program<void> {
  for (const [id, i] of firstOf(wanted, 'groupId')) yield* needGroup(tenant, id, `${place(i)}groupId`)
  for (const [id, i] of firstOf(wanted, 'userId')) yield* needUser(tenant, id, `${place(i)}userId`)
}

/** Each id once, with where it stands first. */
function firstOf(wanted: readonly WantedMembership[], field: 'groupId' | 'userId'): Map<string, number> {
  const places = new Map<string, number>()
  for (const [i, { [field]: id }] of wanted.entries()) if (!places.has(id)) places.set(id, i)
  return places
}

/**
 * Where the stream was in a view that shows it so already: if it is still there, then there is nothing to write. Asked before the
 * log is: between that and the commit nothing is waited for.
 */
function* membersSeqWhereSo({ groupId, userId, role }: WantedMembership): Program<number | null> {
  const group = yield* perform(getGroup(groupId))
  const current = yield* perform(getMembership(groupId, userId))
  return group !== null && (current?.role ?? null) === role ? group.seqs.members : null
}
