import type { RecordedEvent } from '../domain/events.ts'
import {
  foldGroup,
  foldMembers,
  foldUser,
  type GroupFacts,
  type Place,
  type UserFacts,
  until,
} from '../domain/fold.ts'
import {
  groupStream,
  membersStream,
  parseStream,
  profileStream,
  type TenantId,
  userStream,
} from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import { creationOf } from './exporter.ts'
import type { Action, Line } from './line.ts'

type PastLog = Pick<LogReader, 'streams' | 'readAll' | 'read'>

/** Users or groups that are read at once. */
const BATCH = 300
const EVENTS = 1_000

/**
 * As `exportTenant`, of the state at a time (ISO 8601 UTC with milliseconds), folded from the log; users and groups come in the order
 * of their ids. Groups are held in memory, users are not.
 */
export async function* exportPast(log: PastLog, tenant: TenantId, asOf: string): AsyncGenerator<Line> {
  const line = (at: string, action: Action): Line => ({ at, change: `export-as-of-${asOf}`, tenant, action })
  const then: Then = { log, tenant, asOf }

  for await (const user of users(then)) {
    const { username, status, createdAt, updatedAt } = user
    yield line(createdAt, creationOf(user))
    if (status === 'SUSPENDED') yield line(updatedAt, { op: 'setUserStatus', username, status })
  }
  const groups = await allGroups(then)
  for (const { id, name, description, createdAt } of groups.values()) {
    yield line(createdAt, { op: 'createGroup', group: name, id, description })
  }
  for (const { name, parentId, updatedAt } of groups.values()) {
    const parent = groups.get(parentId ?? '')
    if (parent) yield line(updatedAt, { op: 'setGroupParent', group: name, parent: parent.name })
  }
  for (const { id, name } of groups.values()) {
    for await (const { username, role, since } of members(then, id)) {
      yield line(since, { op: 'setMembership', group: name, username, role })
    }
  }
}

interface Then {
  readonly log: PastLog
  readonly tenant: TenantId
  readonly asOf: string
}

async function* users(then: Then) {
  for await (const ids of idsOf(then, 'user')) yield* await usersAt(then, ids)
}

async function allGroups(then: Then) {
  const groups = new Map<string, GroupFacts & { name: string }>()
  for await (const ids of idsOf(then, 'group')) {
    for (const group of await groupsAt(then, ids)) groups.set(group.id, group)
  }
  return groups
}

async function* members(then: Then, groupId: string) {
  const places = await placesAt(then, groupId)
  const userIds = [...places.keys()].sort()
  for (let at = 0; at < userIds.length; at += BATCH) {
    for (const { id, username } of await usersAt(then, userIds.slice(at, at + BATCH))) {
      const place = places.get(id)
      if (place) yield { username, ...place }
    }
  }
}

/** The ids of all that have a stream of the kind, some at a time. */
async function* idsOf({ log, tenant }: Then, kind: 'user' | 'group') {
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<PastLog['streams']>> = await log.streams(tenant, after, BATCH)
    const ids = page.streams.flatMap((stream) => {
      const parts = parseStream(stream)
      return parts?.kind === kind ? [parts.id] : []
    })
    if (ids.length > 0) yield ids
    after = page.next
  } while (after !== null)
}

/** Those who were there and had not been deleted. */
async function usersAt({ log, tenant, asOf }: Then, ids: readonly string[]) {
  const streams = ids.flatMap((id) => [userStream(tenant, id), profileStream(tenant, id)])
  const events = (await log.readAll(streams)).map((all) => until(all, asOf))
  return ids
    .map((id, i) => foldUser(id, events[2 * i] ?? [], events[2 * i + 1] ?? []))
    .filter((user): user is UserFacts & { username: string } => isNamed(user.username) && lives(user))
}

async function groupsAt({ log, tenant, asOf }: Then, ids: readonly string[]) {
  const events = await log.readAll(ids.map((id) => groupStream(tenant, id)))
  return ids
    .map((id, i) => foldGroup(id, until(events[i] ?? [], asOf)))
    .filter((group): group is GroupFacts & { name: string } => isNamed(group.name) && lives(group))
}

const isNamed = (name: string | null): boolean => name !== null
const lives = ({ status }: { readonly status: string }): boolean => status !== 'DELETED'

async function placesAt({ log, tenant, asOf }: Then, groupId: string) {
  const stream = membersStream(tenant, groupId)
  const places = new Map<string, Place>()
  let page: readonly RecordedEvent[]
  let read = 0
  do {
    page = await log.read(stream, read, EVENTS)
    foldMembers(places, until(page, asOf))
    read += page.length
  } while (page.length === EVENTS && (page.at(-1)?.meta.at ?? '') <= asOf)
  return places
}
