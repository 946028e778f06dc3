import type { Claim } from '../domain/claims.ts'
import { badInput, domainError } from '../domain/errors.ts'
import type { Event } from '../domain/events.ts'
import { MAX_GROUP_DEPTH } from '../domain/group.ts'
import { checkId, checkProse, checkText, LIMITS } from '../domain/input.ts'
import { groupStream, type StreamName, type TenantId } from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import { mergeVectors, type Vector } from '../domain/token.ts'
import type { Viewer } from '../domain/viewer.ts'
import { newId, readHead } from '../ops/command.ts'
import { fail, need, type Program, perform } from '../ops/program.ts'
import { getGroup } from '../ops/query.ts'
import type { GroupRow } from '../ops/rows.ts'
import { commitAndSee, type Done, recalled, requireMatch } from './commit.ts'
import { type GroupState, groupState, needFreshId, needGroup, notFound } from './entities.ts'
import { requireScope } from './guard.ts'
import { groupVector } from './rows.ts'

export interface NewGroup {
  readonly id?: string | null
  readonly name: string
  readonly description?: string | null
  readonly parentId?: string | null
}

/** Absent: leave as it is. parentId null: a group of the top level. */
export interface GroupPatch {
  readonly name?: string | null
  readonly description?: string | null
  readonly parentId?: string | null
}

export interface GroupWritten {
  readonly group: GroupRow
  readonly token: Vector
}

/** Creates a group and shows it. GROUP_NAME_TAKEN, NOT_FOUND (the parent), GROUP_CYCLE (its own parent), BAD_USER_INPUT. */
export function* createGroup(viewer: Viewer, input: NewGroup): Program<GroupWritten> {
  return yield* shown(viewer, yield* addGroup(viewer, input))
}

/** Changes what the patch names. NOT_FOUND, STALE_TOKEN, GROUP_NAME_TAKEN, GROUP_CYCLE, BAD_USER_INPUT. */
export function* updateGroup(
  viewer: Viewer,
  id: string,
  patch: GroupPatch,
  ifMatch: Vector | null,
): Program<GroupWritten> {
  return yield* shown(viewer, yield* patchGroup(viewer, id, patch, ifMatch))
}

/** createGroup without reading it back. */
export function* addGroup(viewer: Viewer, input: NewGroup): Program<Done> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const chosenId = input.id == null ? null : yield* need(checkId('id', input.id))
  const name = yield* need(checkText('name', input.name, LIMITS.groupName))
  const description = yield* need(checkProse('description', input.description ?? '', LIMITS.description))

  const before = yield* recalled('createGroup', { ...input })
  if (before !== null) return { id: before.result as string, written: before.written }

  const fresh = chosenId === null ? [] : yield* needFreshId(tenant, chosenId, 'group')
  const groupId = chosenId ?? (yield* perform(newId))
  const parentId = input.parentId ?? null
  const line = parentId === null ? [] : yield* lineAbove(tenant, groupId, parentId, 'parentId')
  const events = changesOf(groupId, null, { name, description, parentId })
  events.push({ type: 'SetGroupStatus', groupId, status: 'ACTIVE' })
  const written = yield* commitAndSee({
    appends: [{ stream: groupStream(tenant, groupId), expected: 0, events }],
    checks: [...fresh, ...line],
    claims: [nameClaim(tenant, groupId, name)],
    result: groupId,
  })
  return { id: groupId, written }
}

/** updateGroup without reading it back. */
export function* patchGroup(
  viewer: Viewer,
  id: string,
  patch: GroupPatch,
  ifMatch: Vector | null,
): Program<Done> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const wanted = yield* checkPatch(patch)

  const before = yield* recalled('updateGroup', { id, patch: { ...patch } })
  if (before !== null) return { id, written: before.written }

  const current = yield* needGroup(tenant, id, 'id')
  const stream = groupStream(tenant, id)
  yield* requireMatch(ifMatch, [[stream, current.seq]])
  const { parentId } = wanted
  // One that it has already is walked too: it may have been deleted.
  const checks = parentId == null ? [] : yield* lineAbove(tenant, id, parentId, 'patch.parentId')
  const held = nameClaim(tenant, id, current.name)
  const claim = nameClaim(tenant, id, wanted.name ?? current.name)
  const renamed = claim.value !== held.value
  const written = yield* commitAndSee({
    appends: [{ stream, expected: current.seq, events: changesOf(id, current, wanted) }],
    checks,
    claims: renamed ? [claim] : [],
    releases: renamed ? [held] : [],
    result: id,
  })
  return { id, written }
}

/** Deletes a group: its name is free again, its memberships end, its children lose their parent. NOT_FOUND, STALE_TOKEN. */
export function* deleteGroup(viewer: Viewer, id: string, ifMatch: Vector | null): Program<Vector> {
  yield* requireScope(viewer, 'DIRECTORY_WRITE')
  const { tenant } = viewer
  const before = yield* recalled('deleteGroup', { id })
  if (before !== null) return before.written

  const current = yield* needGroup(tenant, id, 'id')
  const stream = groupStream(tenant, id)
  yield* requireMatch(ifMatch, [[stream, current.seq]])
  return yield* commitAndSee({
    appends: [
      { stream, expected: current.seq, events: [{ type: 'SetGroupStatus', groupId: id, status: 'DELETED' }] },
    ],
    releases: [nameClaim(tenant, id, current.name)],
    result: id,
  })
}

/**
 * Walks from a parent to the top and returns each group's stream as a check of the commit: so two moves that would close a
 * cycle together cannot both win. A deleted group ends the line, as it does in the views. GROUP_CYCLE, NOT_FOUND.
 */
function* lineAbove(tenant: TenantId, id: string, parentId: string, field: string) {
  const checks: { stream: StreamName; expected: number }[] = []
  let above: string | null = parentId
  while (above !== null) {
    if (above === id) {
      yield* fail(
        domainError('GROUP_CYCLE', `${field}: ${JSON.stringify(parentId)} is the group itself or below it`, {
          field,
          value: parentId,
        }),
      )
    }
    if (checks.length >= MAX_GROUP_DEPTH) {
      yield* fail(badInput(field, parentId, `must be nested at most ${MAX_GROUP_DEPTH} groups deep`))
    }
    const stream = groupStream(tenant, above)
    const head = yield* perform(readHead(stream))
    const group = groupState(head)
    if (group === null && above === parentId) yield* notFound('group', field, parentId)
    checks.push({ stream, expected: head.seq })
    above = group?.parentId ?? null
  }
  return checks
}

/** A patch, tidied and within bounds: absent means leave. */
interface CheckedPatch {
  readonly name?: string
  readonly description?: string
  readonly parentId?: string | null
}

function* checkPatch({ name, description, parentId }: GroupPatch): Program<CheckedPatch> {
  if (name === null) yield* fail(badInput('patch.name', null, 'must not be null'))
  return {
    ...(name != null && { name: yield* need(checkText('patch.name', name, LIMITS.groupName)) }),
    ...(description !== undefined && {
      description: yield* need(checkProse('patch.description', description ?? '', LIMITS.description)),
    }),
    ...(parentId !== undefined && { parentId }),
  }
}

/** Only what differs from now; of a new group, all but an absent parent. */
function changesOf(groupId: string, current: GroupState | null, wanted: CheckedPatch): Event[] {
  const { name, description, parentId } = wanted
  const events: Event[] = []
  if (name !== undefined && name !== current?.name) events.push({ type: 'SetGroupName', groupId, name })
  if (description !== undefined && description !== current?.description) {
    events.push({ type: 'SetGroupDescription', groupId, description })
  }
  if (parentId !== undefined && parentId !== (current?.parentId ?? null)) {
    events.push({ type: 'SetGroupParent', groupId, parentId })
  }
  return events
}

const nameClaim = (tenant: TenantId, owner: string, name: string): Claim => ({
  tenant,
  kind: 'groupName',
  value: fold(name),
  owner,
})

function* shown({ tenant }: Viewer, { id, written }: Done): Program<GroupWritten> {
  const group = yield* perform(getGroup(id))
  // Another may have deleted it since: NOT_FOUND.
  if (group === null) yield* needGroup(tenant, id, 'id', written)
  if (group === null) throw new Error(`group ${id} was written but no view shows it`)
  return { group, token: mergeVectors(written, groupVector(tenant, group)) }
}
