import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Event, RecordedEvent } from '../domain/events.ts'
import type { SnapshotPlace } from '../domain/JournalCursors.ts'
import type { TenantId } from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import type { GroupRow, UserRow } from '../ops/rows.ts'
import type { JournalReader, ViewReader } from '../views/ViewStore.ts'

/** Streams that are read at once. */
const PAGE = 200
/** View rows that are read at once. */
const ROWS = 1_000

type Told = RecordedEvent & { readonly event: Event }

export interface SnapshotSources {
  readonly log: Pick<LogReader, 'streams'>
  readonly kept: Pick<JournalReader, 'readAll'>
  readonly views: Pick<ViewReader, 'users' | 'groups'>
}

export interface SnapshotEvent {
  readonly event: RecordedEvent
  /** To go on after this event. */
  readonly place: SnapshotPlace
}

/**
 * The tenant's state as of a position of the journal that the views have reached: the journal without what was overwritten since, so every
 * event is a real one, with its own time and actor, and those of a stream come in its order. What was deleted is left out, and with it
 * whatever hung on it. Something that is changed after the position while this runs may be missing here: the change is told after it,
 * for whoever goes on from the position with the journal.
 *
 * `after` goes on within a snapshot of the same position. Some events may then come a second time.
 */
export async function* snapshot(
  { log, kept, views }: SnapshotSources,
  tenant: TenantId,
  position: number,
  after: SnapshotPlace | null,
): AsyncGenerator<readonly SnapshotEvent[]> {
  let page: string | null = after?.page ?? null
  let resume = after
  for (;;) {
    const { streams, next } = await log.streams(tenant, page, PAGE)
    const states = (await kept.readAll(streams)).map((events) => lastOfEach(events, position))
    const living = await shown(views, tenant, states.flat())
    const events = living.map((event) => ({ event, place: { page, stream: event.stream, seq: event.seq } }))
    const seen = resume
    const from =
      seen && events.findIndex(({ event }) => event.stream === seen.stream && event.seq === seen.seq)
    yield from === null ? events : events.slice(from + 1)
    if (next === null) return
    page = next
    resume = null
    await nextTurn()
  }
}

/** Of a stream's events up to the position, those that no later one of them has overwritten. */
function lastOfEach(events: readonly RecordedEvent[], position: number): Told[] {
  const last = new Map<string, Told>()
  for (const recorded of events) {
    const { event } = recorded
    if (recorded.position > position) break
    if (event.type === 'Unknown') continue
    const key = keyOf(event)
    // Set anew, so that the order is that of the last ones.
    last.delete(key)
    last.set(key, { ...recorded, event })
  }
  return [...last.values()]
}

function keyOf(event: Event): string {
  switch (event.type) {
    case 'SetMembership':
      return `${event.type} ${event.userId}`
    case 'SetApiKey':
      return `${event.type} ${event.keyId}`
    default:
      return event.type
  }
}

/** Those of the events whose effect the directory shows. */
async function shown(
  views: SnapshotSources['views'],
  tenant: TenantId,
  events: readonly Told[],
): Promise<Told[]> {
  const userIds = new Set<string>()
  const groupIds = new Set<string>()
  for (const { event } of events) {
    if ('userId' in event) userIds.add(event.userId)
    if ('groupId' in event) groupIds.add(event.groupId)
  }
  const users = await byId(userIds, (ids) => views.users(tenant, ids))
  const groups = await byId(groupIds, (ids) => views.groups(tenant, ids))
  return events.filter(({ event }) => {
    if (event.type === 'SetMembership' && event.role === null) return false
    if ('userId' in event && (users.get(event.userId)?.status ?? 'DELETED') === 'DELETED') return false
    if (!('groupId' in event)) return true
    const group = groups.get(event.groupId)
    if (group === undefined) return false
    // A parent that was deleted since is none, and no event of the group says so.
    return event.type !== 'SetGroupParent' || event.parentId === group.parentId
  })
}

async function byId<Row extends UserRow | GroupRow>(
  ids: ReadonlySet<string>,
  read: (ids: readonly string[]) => Promise<readonly (Row | null)[]>,
): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>()
  const all = [...ids]
  for (let start = 0; start < all.length; start += ROWS) {
    for (const row of await read(all.slice(start, start + ROWS))) if (row !== null) rows.set(row.id, row)
  }
  return rows
}
