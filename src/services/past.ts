import { badInput } from '../domain/errors.ts'
import type { RecordedEvent, SetApiKey } from '../domain/events.ts'
import { foldGroup, foldKeys, foldUser, type GroupFacts, until } from '../domain/fold.ts'
import {
  groupStream,
  keysStream,
  membersStream,
  type StreamName,
  type TenantId,
  userStreams,
} from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import { type Vector, vectorAt, vectorOf } from '../domain/token.ts'
import type { Json } from '../domain/user.ts'
import type { Viewer } from '../domain/viewer.ts'
import { now } from '../ops/command.ts'
import { keyRow, userRow } from '../ops/factRows.ts'
import { findChildrenEver, getJournalEnd, readRanges, readStreams } from '../ops/past.ts'
import { fail, type Program, perform } from '../ops/program.ts'
import type { PageArgs } from '../ops/query.ts'
import type { ApiKeyRow, Page, PastGroupRow, PastUserRow } from '../ops/rows.ts'
import type { Read } from './directory.ts'
import { requireScope } from './guard.ts'
import { userVector } from './rows.ts'

/**
 * The directory as it was, folded from the log: of each stream the events that had happened by then, whatever else has been written
 * since. Nothing waits for the views. Times are ISO 8601 UTC with milliseconds.
 */

/** Null where there was none yet. BAD_USER_INPUT for a time to come. */
export function* user(viewer: Viewer, id: string, asOf: string): Program<Read<PastUserRow | null>> {
  yield* requirePast(viewer, asOf)
  const row = yield* userAt(viewer.tenant, id, asOf)
  return row === null ? yield* seen(null) : { value: row, token: userVector(viewer.tenant, row) }
}

/** Null where there was none yet, or no more. BAD_USER_INPUT for a time to come. */
export function* group(viewer: Viewer, id: string, asOf: string): Program<Read<PastGroupRow | null>> {
  yield* requirePast(viewer, asOf)
  const row = yield* groupAt(viewer.tenant, id, asOf)
  if (row === null) return yield* seen(null)
  return { value: row, token: vectorOf([groupStream(viewer.tenant, id), row.seq]) }
}

export function* userAt(tenant: TenantId, id: string, asOf: string): Program<PastUserRow | null> {
  const [user = [], profile = [], keys = []] = yield* eventsAt(userStreams(tenant, id), asOf)
  const seqs = { user: user.length, profile: profile.length, keys: keys.length }
  const row = userRow(foldUser(id, user, profile), seqs)
  return row === null ? null : { ...row, asOf }
}

export function* groupAt(tenant: TenantId, id: string, asOf: string): Program<PastGroupRow | null> {
  const [events = []] = yield* eventsAt([groupStream(tenant, id)], asOf)
  return groupRow(foldGroup(id, events), events.length, asOf)
}

/** Oldest first, revoked ones too. */
export function* apiKeys(tenant: TenantId, { id, asOf }: PastUserRow): Program<Read<readonly ApiKeyRow[]>> {
  const [events = []] = yield* eventsAt([keysStream(tenant, id)], asOf)
  const keys: readonly SetApiKey[] = [...foldKeys(events).values()]
  const age = ({ createdAt, keyId }: SetApiKey) => `${createdAt} ${keyId}`
  return yield* seen(keys.toSorted((a, b) => (age(a) < age(b) ? -1 : 1)).map(keyRow))
}

/** The groups directly below, by name. */
export function* children(
  tenant: TenantId,
  { id, asOf }: PastGroupRow,
  page: PageArgs,
): Program<Read<Page<PastGroupRow>>> {
  const rows = (yield* childrenAt(tenant, [id], asOf)).flatMap(({ facts, seq }) => {
    const row = groupRow(facts, seq, asOf)
    return row === null ? [] : [row]
  })
  return yield* seen(pageOf(rows, ({ name, id }) => `${fold(name)}\0${id}`, page))
}

/** Groups that were directly below one of these and had not been deleted. */
export function* childrenAt(
  tenant: TenantId,
  groupIds: readonly string[],
  asOf: string,
): Program<readonly { readonly facts: GroupFacts; readonly seq: number }[]> {
  const ever = [...new Set((yield* perform(findChildrenEver(groupIds))).flat())]
  const found = yield* groupsAt(tenant, ever, asOf)
  return found.filter(({ facts }) => facts.parentId !== null && groupIds.includes(facts.parentId))
}

/** Those of the groups that had not been deleted. */
export function* groupsAt(tenant: TenantId, ids: readonly string[], asOf: string) {
  const streams = yield* eventsAt(
    ids.map((id) => groupStream(tenant, id)),
    asOf,
  )
  return ids
    .map((id, i) => ({ facts: foldGroup(id, streams[i] ?? []), seq: streams[i]?.length ?? 0 }))
    .filter(({ facts }) => facts.status !== 'DELETED')
}

/** Where the group's streams were. */
export function* groupVectorAt(tenant: TenantId, { id, seq, asOf }: PastGroupRow): Program<Vector> {
  const members = yield* membersVectorAt(tenant, id, asOf)
  return { ...members, streams: new Map([[groupStream(tenant, id), seq], ...members.streams]) }
}

export function* membersVectorAt(tenant: TenantId, groupId: string, asOf: string): Program<Vector> {
  const stream = membersStream(tenant, groupId)
  let seq = 0
  yield* eachPageAt([stream], asOf, (_, events) => {
    seq += events.length
  })
  return vectorOf([stream, seq])
}

/** Whole streams, cut at the time. */
export function* eventsAt(streams: readonly StreamName[], asOf: string) {
  const found = streams.length === 0 ? [] : yield* perform(readStreams(streams))
  return found.map((events) => until(events, asOf))
}

const EVENTS = 2_000

/** Streams of any length, part by part, to the time. */
export function* eachPageAt(
  streams: readonly StreamName[],
  asOf: string,
  see: (index: number, events: readonly RecordedEvent[]) => void,
): Program<void> {
  let open = streams.map((stream, index) => ({ stream, index, after: 0 }))
  while (open.length > 0) {
    const pages = yield* perform(
      readRanges(open.map(({ stream, after }) => ({ stream, after, limit: EVENTS }))),
    )
    open = open.flatMap(({ stream, index, after }, i) => {
      const events = until(pages[i] ?? [], asOf)
      see(index, events)
      return events.length < EVENTS ? [] : [{ stream, index, after: after + EVENTS }]
    })
  }
}

/** The journal's end is read last: the token may speak of a little more than the answer shows, never of less. */
export function* seen<A>(value: A): Program<Read<A>> {
  return { value, token: vectorAt(yield* perform(getJournalEnd)) }
}

/** A page of rows that are all there, in the order of their keys; no two have the same key. */
export function pageOf<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  { first, after }: PageArgs,
): Page<Row> {
  const keyed = rows.map((row) => ({ row, key: keyOf(row) }))
  const rest = keyed.filter(({ key }) => after === null || key > String(after))
  const page = rest.toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, first)
  return {
    rows: page.map(({ row }) => row),
    cursors: page.map(({ key }): Json => key),
    hasNextPage: rest.length > page.length,
  }
}

function* requirePast(viewer: Viewer, asOf: string): Program<void> {
  yield* requireScope(viewer, 'DIRECTORY_READ')
  const present = yield* perform(now)
  if (Date.parse(asOf) > Date.parse(present)) {
    yield* fail(badInput('asOf', asOf, `must not be in the future: it is ${present} now`))
  }
}

function groupRow(facts: GroupFacts, seq: number, asOf: string): PastGroupRow | null {
  const { id, name, description, parentId, status, createdAt, updatedAt } = facts
  if (name === null || status === 'DELETED') return null
  return { id, name, description, parentId, createdAt, updatedAt, seq, asOf }
}
