import { foldMembers, foldUser, type Place, until } from '../domain/fold.ts'
import { MAX_GROUP_DEPTH } from '../domain/group.ts'
import { membersStream, parseStream, type TenantId, userStream } from '../domain/streams.ts'
import { findMembershipEvents, readRanges } from '../ops/past.ts'
import { type Program, perform } from '../ops/program.ts'
import type { PageArgs } from '../ops/query.ts'
import type { Page, PastGroupRow, PastMembershipRow, PastUserRow } from '../ops/rows.ts'
import type { Read } from './directory.ts'
import { childrenAt, eachPageAt, eventsAt, groupsAt, pageOf, seen } from './past.ts'

/** Users or groups whose streams are held in memory at once. */
const BATCH = 500

/** Who was in the group, by user id; transitive: also in those below, each user once, with the membership nearest to the group. */
export function* members(
  tenant: TenantId,
  group: PastGroupRow,
  transitive: boolean,
  { first, after }: PageArgs,
): Program<Read<Page<PastMembershipRow>>> {
  const places = yield* placesIn(tenant, group, transitive)
  const userIds = [...places.keys()].filter((id) => after === null || id > String(after)).sort()
  const shown: string[] = []
  for (let at = 0; at < userIds.length && shown.length <= first; at += BATCH) {
    shown.push(...(yield* living(tenant, userIds.slice(at, at + BATCH), group.asOf)))
  }
  const rows = shown.slice(0, first).flatMap((userId) => places.get(userId) ?? [])
  return yield* seen({
    rows,
    cursors: rows.map(({ userId }) => userId),
    hasNextPage: shown.length > first,
  })
}

/** Costs as many reads of users as there were members: whoever had been deleted does not count. */
export function* memberCount(
  tenant: TenantId,
  group: PastGroupRow,
  transitive: boolean,
): Program<Read<number>> {
  const userIds = [...(yield* placesIn(tenant, group, transitive)).keys()]
  let count = 0
  for (let at = 0; at < userIds.length; at += BATCH) {
    count += (yield* living(tenant, userIds.slice(at, at + BATCH), group.asOf)).length
  }
  return yield* seen(count)
}

/** By group id; transitive as the present list has it. */
export function* memberships(
  tenant: TenantId,
  { id: userId, status, asOf }: PastUserRow,
  transitive: boolean,
  page: PageArgs,
): Program<Read<Page<PastMembershipRow>>> {
  if (status === 'DELETED') return yield* seen(pageOf<PastMembershipRow>([], () => '', page))
  const ranges = yield* perform(findMembershipEvents(userId))
  const events = (yield* perform(readRanges(ranges))).flatMap((found) => until(found, asOf))
  const byGroup = Map.groupBy(events, ({ stream }) => parseStream(stream)?.id ?? '')
  const rows = new Map<string, PastMembershipRow>()
  for (const [groupId, ofGroup] of byGroup) {
    const places = new Map<string, Place>()
    foldMembers(places, ofGroup)
    const place = places.get(userId)
    if (place) rows.set(groupId, { groupId, userId, ...place, asOf })
  }
  const groups = yield* groupsAt(tenant, [...rows.keys()], asOf)
  const direct = groups.flatMap(({ facts }) => rows.get(facts.id) ?? [])
  const all = transitive ? yield* withThoseAbove(tenant, direct, groups, asOf) : direct
  return yield* seen(pageOf(all, ({ groupId }) => groupId, page))
}

type Groups = readonly { readonly facts: { readonly id: string; readonly parentId: string | null } }[]

/** Also a row for each group above, since the first of the memberships that lead there. */
function* withThoseAbove(
  tenant: TenantId,
  direct: readonly PastMembershipRow[],
  groups: Groups,
  asOf: string,
): Program<readonly PastMembershipRow[]> {
  const known = new Map(groups.map(({ facts }) => [facts.id, facts.parentId]))
  let level = groups
  for (let depth = 0; depth < MAX_GROUP_DEPTH && level.length > 0; depth++) {
    const parents = level.flatMap(({ facts }) => facts.parentId ?? []).filter((id) => !known.has(id))
    level = yield* groupsAt(tenant, [...new Set(parents)], asOf)
    for (const { facts } of level) known.set(facts.id, facts.parentId)
  }
  const rows = new Map(direct.map((row) => [row.groupId, row]))
  const isDirect = new Set(rows.keys())
  for (const { groupId, userId, since } of direct) {
    for (const above of lineAbove(groupId, known)) {
      const row = rows.get(above)
      if (isDirect.has(above) || (row !== undefined && row.since <= since)) continue
      rows.set(above, { groupId: above, userId, role: 'MEMBER', since, asOf })
    }
  }
  return [...rows.values()]
}

/** The groups above, as far as they are known. */
function lineAbove(groupId: string, parents: ReadonlyMap<string, string | null>): ReadonlySet<string> {
  const line = new Set<string>()
  let above = parents.get(groupId)
  while (above != null && parents.has(above) && above !== groupId && !line.has(above)) {
    line.add(above)
    above = parents.get(above)
  }
  return line
}

/** By user id, deleted users too. */
function* placesIn(
  tenant: TenantId,
  { id, asOf }: PastGroupRow,
  transitive: boolean,
): Program<ReadonlyMap<string, PastMembershipRow>> {
  const groupIds = transitive ? yield* atAndBelow(tenant, id, asOf) : [id]
  const places = groupIds.map(() => new Map<string, Place>())
  const streams = groupIds.map((groupId) => membersStream(tenant, groupId))
  yield* eachPageAt(streams, asOf, (i, events) => foldMembers(places[i] ?? new Map(), events))
  const nearest = new Map<string, PastMembershipRow>()
  for (const [i, groupId] of groupIds.entries()) {
    for (const [userId, place] of places[i] ?? []) {
      if (!nearest.has(userId)) nearest.set(userId, { groupId, userId, ...place, asOf })
    }
  }
  return nearest
}

/** The group and those below, the nearer first. */
function* atAndBelow(tenant: TenantId, id: string, asOf: string): Program<readonly string[]> {
  const found = new Set([id])
  let level: readonly string[] = [id]
  for (let depth = 0; depth < MAX_GROUP_DEPTH && level.length > 0; depth++) {
    const below = (yield* childrenAt(tenant, level, asOf)).map(({ facts }) => facts.id)
    level = below.filter((child) => !found.has(child)).sort()
    for (const child of level) found.add(child)
  }
  return [...found]
}

/** Those of the users who had not been deleted, in the order given. */
function* living(tenant: TenantId, userIds: readonly string[], asOf: string): Program<readonly string[]> {
  const streams = yield* eventsAt(
    userIds.map((id) => userStream(tenant, id)),
    asOf,
  )
  return userIds.filter((id, i) => foldUser(id, streams[i] ?? [], []).status !== 'DELETED')
}
