import { profileStream, type TenantId, userStream } from '../domain/streams.ts'
import { mergeVectors, type Vector, vectorOf } from '../domain/token.ts'
import type { Viewer } from '../domain/viewer.ts'
import { type Append, newId, readSeqs } from '../ops/command.ts'
import { type Program, perform } from '../ops/program.ts'
import { atLeast, getUser } from '../ops/query.ts'
import type { UserRow } from '../ops/rows.ts'
import { commitAndSee, type Done, recalled, requireMatch } from './commit.ts'
import { needFreshId, needUser } from './entities.ts'
import { requireScope } from './guard.ts'
import { userVector } from './rows.ts'
import {
  identityChanges,
  identityClaims,
  identityEvents,
  profileChanges,
  profileEvents,
  sameName,
} from './userEvents.ts'
import {
  type CheckedPatch,
  checkNewUser,
  checkPatch,
  type NewUser,
  touches,
  type UserPatch,
} from './userInput.ts'

/** The user as the views show it after the write, and where its streams are. */
export interface UserWritten {
  readonly user: UserRow
  readonly token: Vector
}

/** Creates a user and shows it. USERNAME_TAKEN, EMAIL_TAKEN, BAD_USER_INPUT. */
export function* createUser(viewer: Viewer, input: NewUser): Program<UserWritten> {
  return yield* shown(viewer, yield* addUser(viewer, input))
}

/** Changes the fields that the patch names and no other. NOT_FOUND, STALE_TOKEN, USERNAME_TAKEN, EMAIL_TAKEN, BAD_USER_INPUT. */
export function* updateUser(
  viewer: Viewer,
  id: string,
  patch: UserPatch,
  ifMatch: Vector | null,
): Program<UserWritten> {
  return yield* shown(viewer, yield* patchUser(viewer, id, patch, ifMatch))
}

/** createUser without reading it back. */
export function* addUser(viewer: Viewer, input: NewUser): Program<Done> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const fields = yield* checkNewUser(input)

  const before = yield* recalled('createUser', { ...input })
  if (before !== null) return { id: before.result as string, written: before.written }

  const checks = fields.id === null ? [] : yield* needFreshId(tenant, fields.id, 'user')
  const id = fields.id ?? (yield* perform(newId))
  const written = yield* commitAndSee({
    appends: [
      { stream: userStream(tenant, id), expected: 0, events: identityEvents(id, fields) },
      { stream: profileStream(tenant, id), expected: 0, events: profileEvents(id, fields) },
    ],
    checks,
    claims: identityClaims(tenant, id, fields),
    result: id,
  })
  return { id, written }
}

/** updateUser without reading it back. */
export function* patchUser(
  viewer: Viewer,
  id: string,
  patch: UserPatch,
  ifMatch: Vector | null,
): Program<Done> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const wanted = yield* checkPatch(patch)

  const before = yield* recalled('updateUser', { id, patch: { ...patch } })
  if (before !== null) return { id, written: before.written }

  const current = yield* needUser(tenant, id, 'id')
  const appends: Append[] = []
  if (touches(wanted, ['username', 'email', 'status'])) {
    appends.push({
      stream: userStream(tenant, id),
      expected: current.seq,
      events: identityChanges(id, current, wanted),
    })
  }
  if (touches(wanted, ['name', 'attributes'])) appends.push(yield* profileChanges(tenant, id, wanted))

  yield* requireMatch(
    ifMatch,
    appends.map(({ stream, expected }) => [stream, expected]),
  )
  const held = identityClaims(tenant, id, current)
  const claims = identityClaims(tenant, id, { ...current, ...definedNames(wanted) })
  const written = yield* commitAndSee({
    appends,
    claims: claims.filter((claim) => !held.some((old) => sameName(old, claim))),
    releases: held.filter((old) => !claims.some((claim) => sameName(claim, old))),
    result: id,
  })
  return { id, written }
}

/** Deletes a user: its names are free again, its memberships and keys end. The id is never used again. NOT_FOUND, STALE_TOKEN. */
export function* deleteUser(viewer: Viewer, id: string, ifMatch: Vector | null): Program<Vector> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const before = yield* recalled('deleteUser', { id })
  if (before !== null) return before.written

  const current = yield* needUser(tenant, id, 'id')
  const stream = userStream(tenant, id)
  yield* requireMatch(ifMatch, [[stream, current.seq]])
  return yield* commitAndSee({
    appends: [
      { stream, expected: current.seq, events: [{ type: 'SetUserStatus', userId: id, status: 'DELETED' }] },
    ],
    releases: identityClaims(tenant, id, current),
    result: id,
  })
}

const definedNames = ({ username, email }: CheckedPatch) => ({
  ...(username !== undefined && { username }),
  ...(email !== undefined && { email }),
})

function* shown({ tenant }: Viewer, { id, written }: Done): Program<UserWritten> {
  const user = (yield* perform(getUser(id))) ?? (yield* reached(tenant, id))
  // Committed and applied, yet absent: only a quarantined stream looks so.
  if (user === null) throw new Error(`user ${id} was written but no view shows it`)
  return { user, token: mergeVectors(written, userVector(tenant, user)) }
}

/** Where the stream that makes a user was not written, nobody has waited for it yet. */
function* reached(tenant: TenantId, id: string): Program<UserRow | null> {
  const stream = userStream(tenant, id)
  const [seq = 0] = yield* perform(readSeqs([stream]))
  yield* perform(atLeast(vectorOf([stream, seq]), true))
  return yield* perform(getUser(id))
}
