import { badInput, domainError } from '../domain/errors.ts'
import type { Event, EventType, RecordedEvent } from '../domain/events.ts'
import { groupStream, type TenantId, userStream } from '../domain/streams.ts'
import type { Vector } from '../domain/token.ts'
import { type Head, readHead, readSeqs } from '../ops/command.ts'
import { fail, type Program, perform } from '../ops/program.ts'

/** The newest event of a type among those of a head. */
export function latest<T extends EventType>(
  events: readonly RecordedEvent[],
  type: T,
): Extract<Event, { type: T }> | undefined {
  return events.findLast(({ event }) => event.type === type)?.event as Extract<Event, { type: T }> | undefined
}

/** What the log says of a user now. */
export interface UserState {
  readonly seq: number
  readonly username: string
  readonly email: string | null
  readonly status: 'ACTIVE' | 'SUSPENDED'
}

export interface GroupState {
  readonly seq: number
  readonly name: string
  readonly description: string
  readonly parentId: string | null
}

/** Null where there is no such user, or it was deleted. */
export function userState({ seq, latest: events }: Head): UserState | null {
  const username = latest(events, 'SetUsername')?.username
  const status = latest(events, 'SetUserStatus')?.status ?? 'ACTIVE'
  if (username === undefined || status === 'DELETED') return null
  return { seq, username, status, email: latest(events, 'SetUserEmail')?.email ?? null }
}

/** Null where there is no such group, or it was deleted. */
export function groupState({ seq, latest: events }: Head): GroupState | null {
  const name = latest(events, 'SetGroupName')?.name
  if (name === undefined || latest(events, 'SetGroupStatus')?.status === 'DELETED') return null
  return {
    seq,
    name,
    description: latest(events, 'SetGroupDescription')?.description ?? '',
    parentId: latest(events, 'SetGroupParent')?.parentId ?? null,
  }
}

/** The user as the log has it: the truth, whatever the views have seen. Ends the program with NOT_FOUND. */
export function* needUser(tenant: TenantId, id: string, field: string): Program<UserState> {
  const state = userState(yield* perform(readHead(userStream(tenant, id))))
  return state ?? (yield* notFound('user', field, id))
}

/** As needUser. `done`: the program has written; NOT_FOUND says so, since a client would take it for a write that was refused. */
export function* needGroup(
  tenant: TenantId,
  id: string,
  field: string,
  done: Vector | null = null,
): Program<GroupState> {
  const state = groupState(yield* perform(readHead(groupStream(tenant, id))))
  return state ?? (yield* notFound('group', field, id, done))
}

export function* notFound(
  what: string,
  field: string,
  id: string,
  done: Vector | null = null,
): Program<never> {
  const there = `${field}: there is no ${what} ${JSON.stringify(id)}`
  const details = { field, value: id }
  if (done === null) return yield* fail(domainError('NOT_FOUND', there, details))
  const gone = `${there} any more: the write was done, and another has deleted it since`
  return yield* fail(domainError('NOT_FOUND', gone, { ...details, committed: true, wanted: done }))
}

/**
 * An id chosen by a client must be new, for users and groups alike, since `node(id)` answers for both. Returns the check that
 * keeps the other kind's stream empty until the commit.
 */
export function* needFreshId(tenant: TenantId, id: string, kind: 'user' | 'group') {
  const [own, other] =
    kind === 'user'
      ? [userStream(tenant, id), groupStream(tenant, id)]
      : [groupStream(tenant, id), userStream(tenant, id)]
  const seqs = yield* perform(readSeqs([own, other]))
  if (seqs.some((seq) => seq > 0)) yield* fail(badInput('id', id, 'must be one that was never used'))
  return [{ stream: other, expected: 0 }] as const
}
