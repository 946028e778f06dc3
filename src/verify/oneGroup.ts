import type { RecordedEvent } from '../domain/events.ts'
import { foldGroup, foldMembers, type Place, upTo } from '../domain/fold.ts'
import {
  type GroupStreams,
  groupStream,
  groupStreams,
  membersStream,
  type TenantId,
} from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import type { Json } from '../domain/user.ts'
import type { LogReader } from '../log/EventLog.ts'
import { listMembers } from '../ops/query.ts'
import type { MembershipRow, Page } from '../ops/rows.ts'
import { compareGroup, type SeenGroup } from './compareGroup.ts'
import { atOneMoment, noteUnsettled, problemsOf, type VerifyContext } from './context.ts'
import type { Difference, Entity, Problem } from './problems.ts'
import { checkStanding, standingOf } from './standing.ts'
import { checkWayBack } from './wayBack.ts'

const PAGE = 1_000
/** A group that is moved at every look is given up after so many. */
const LOOKS = 10

/** One group as of one moment: what is wrong with it is wrong. */
export async function* checkOne(context: VerifyContext, entity: Entity): AsyncGenerator<Problem> {
  const { log, tally } = context
  const { tenant, id } = entity
  const streams = groupStreams(tenant, id)
  const look = await lookAt(context, entity)
  if (look === null) return noteUnsettled(context, entity)
  const { events, facts, seqs, seen, parentId, position } = look
  const places = await placesAt(log, streams[1], seqs.members)
  const { differences, missing } = compareGroup(streams, facts, places, { seen, parentId, seqs })
  tally.memberships += seen.members.length
  yield* problemsOf(entity, [...differences, ...(await trulyMissing(context, tenant, streams, missing))])
  yield* problemsOf(entity, await standing(context, entity, position, [seqs.group, seqs.members], events))
  yield* checkWayBack(context, tenant, seen.members)
}

/** All that is shown of a group at one moment, beside what the log says of it at the same. Null: it changes too fast. */
async function lookAt(context: VerifyContext, { tenant, id }: Entity) {
  const { log, views } = context
  const streams = groupStreams(tenant, id)
  for (let looks = 0; looks < LOOKS; looks++) {
    const [known = []] = await log.readAll([streams[0]])
    const name = fold(foldGroup(id, known).name ?? '')
    const parents = parentsIn(known)
    const position = await views.position()
    const moment = await atOneMoment(
      context,
      async () => ({
        applied: await views.applied([...streams, ...parents.map((parent) => groupStream(tenant, parent))]),
        row: (await views.groups(tenant, [id]))[0] ?? null,
      }),
      async () => ({
        members: await allMembers(context, tenant, id),
        byName: (await views.groupsByName(tenant, [name]))[0] ?? null,
      }),
    )
    if (moment === null) return null
    const { applied, row } = moment.look
    const [group = 0, members = 0, ...ofParents] = applied
    const [events = []] = await log.readAll([streams[0]])
    const facts = foldGroup(id, upTo(events, group))
    // It was moved between the two looks at the log.
    if (facts.parentId !== null && !parents.includes(facts.parentId)) continue
    const parentSeq = ofParents[parents.indexOf(facts.parentId ?? '')] ?? 0
    const parentId = (await isDeletedAt(log, tenant, facts.parentId, parentSeq)) ? null : facts.parentId
    // Where the views are not at its present name yet, it was not looked up by the name that they have.
    const byName = fold(facts.name ?? '') === name ? moment.seen.byName : row
    const seen: SeenGroup = { row, byName, members: moment.seen.members }
    return { events, facts, seqs: { group, members }, seen, parentId, position }
  }
  return null
}

/** Members that the log has and the views have not: right for users who have been deleted. */
async function trulyMissing(
  { views }: VerifyContext,
  tenant: TenantId,
  [, members]: GroupStreams,
  missing: readonly (readonly [userId: string, place: Place])[],
): Promise<readonly Difference[]> {
  const differences: Difference[] = []
  for (let at = 0; at < missing.length; at += PAGE) {
    const some = missing.slice(at, at + PAGE)
    const users = await views.users(
      tenant,
      some.map(([userId]) => userId),
    )
    for (const [i, [userId, { role }]] of some.entries()) {
      if (users[i]?.status === 'DELETED') continue
      differences.push({ stream: members, what: `member ${userId}`, log: role, view: null })
    }
  }
  return differences
}

export async function standing(
  context: VerifyContext,
  { tenant, id }: Entity,
  position: number,
  [group, members]: readonly [number, number],
  events: readonly RecordedEvent[],
): Promise<readonly Difference[]> {
  const { log } = context
  const stream = membersStream(tenant, id)
  const [head = 0] = await log.seqs([stream])
  const next = members < head ? (await log.read(stream, members, 1))[0] : undefined
  return checkStanding(context, position, [
    standingOf(groupStream(tenant, id), group, events),
    { stream, applied: members, head, next },
  ])
}

/** Who is in a group after its stream's first `seq` events. */
export async function placesAt(
  log: LogReader,
  stream: GroupStreams[1],
  seq: number,
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>()
  for (let read = 0; read < seq; ) {
    const events = await log.read(stream, read, Math.min(PAGE, seq - read))
    if (events.length === 0) break
    foldMembers(places, events)
    read += events.length
  }
  return places
}

async function allMembers(
  { views }: VerifyContext,
  tenant: TenantId,
  id: string,
): Promise<readonly MembershipRow[]> {
  const members: MembershipRow[] = []
  for (let after: Json | null = null; ; ) {
    const pages: readonly Page<MembershipRow>[] = await views.listMembers(tenant, [
      listMembers(id, false, { first: PAGE, after }),
    ])
    const [page] = pages
    for (const row of page?.rows ?? []) members.push(row)
    if (!page?.hasNextPage) return members
    after = page.cursors.at(-1) ?? null
  }
}

const parentsIn = (events: readonly RecordedEvent[]): readonly string[] => [
  ...new Set(
    events.flatMap(({ event }) =>
      event.type === 'SetGroupParent' && event.parentId !== null ? [event.parentId] : [],
    ),
  ),
]

async function isDeletedAt(
  log: LogReader,
  tenant: TenantId,
  id: string | null,
  seq: number,
): Promise<boolean> {
  if (id === null) return false
  const [events = []] = await log.readAll([groupStream(tenant, id)])
  return foldGroup(id, upTo(events, seq)).status === 'DELETED'
}
