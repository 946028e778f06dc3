import { foldGroup, type GroupFacts } from '../domain/fold.ts'
import { groupStream, groupStreams, membersStream, type TenantId } from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import type { LogReader } from '../log/EventLog.ts'
import { listMembers } from '../ops/query.ts'
import type { MembershipRow } from '../ops/rows.ts'
import { compareGroup, type GroupComparison } from './compareGroup.ts'
import { problemsOf, type VerifyContext } from './context.ts'
import { checkOne, placesAt, standing } from './oneGroup.ts'
import type { Entity, Problem } from './problems.ts'
import { checkWayBack } from './wayBack.ts'

/** A group with more members is read by itself. */
const PAGE = 1_000

/** Compares groups, their members and how they are found by name. What changes while it is read is read again. */
export async function* checkGroups(
  context: VerifyContext,
  tenant: TenantId,
  ids: readonly string[],
): AsyncGenerator<Problem> {
  const { log, views, tally } = context
  const events = await log.readAll(ids.map((id) => groupStream(tenant, id)))
  const facts = ids.map((id, i) => foldGroup(id, events[i] ?? []))
  const deleted = await deletedGroups(log, tenant, facts)

  const streams = ids.flatMap((id) => groupStreams(tenant, id))
  const position = await views.position()
  const before = await views.applied(streams)
  const rows = await views.groups(tenant, ids)
  const byName = await views.groupsByName(
    tenant,
    facts.map(({ name }) => fold(name ?? '')),
  )
  const pages = await views.listMembers(
    tenant,
    ids.map((id) => listMembers(id, false, { first: PAGE, after: null })),
  )
  const after = await views.applied(streams)
  tally.lookups += ids.length

  const pairs: MembershipRow[] = []
  for (const [i, id] of ids.entries()) {
    const entity: Entity = { kind: 'group', tenant, id }
    const own = facts[i] as GroupFacts
    const [group = 0, members = 0] = before.slice(i * 2)
    const wasStill = group === after[i * 2] && members === after[i * 2 + 1]
    const page = pages[i]
    tally.groups += 1
    const isWhole = wasStill && page?.hasNextPage === false && group === events[i]?.length
    const agrees =
      isWhole &&
      isSame(
        compareGroup(groupStreams(tenant, id), own, await placesAt(log, membersStream(tenant, id), members), {
          seen: { row: rows[i] ?? null, byName: byName[i] ?? null, members: page.rows },
          parentId: own.parentId !== null && deleted.has(own.parentId) ? null : own.parentId,
          seqs: { group, members },
        }),
      )
    if (agrees) {
      tally.memberships += page.rows.length
      pairs.push(...page.rows)
      yield* problemsOf(entity, await standing(context, entity, position, [group, members], events[i] ?? []))
    } else yield* checkOne(context, entity)
  }
  yield* checkWayBack(context, tenant, pairs)
}

const isSame = ({ differences, missing }: GroupComparison): boolean =>
  differences.length === 0 && missing.length === 0

/** Parents of these groups that the log has deleted. */
async function deletedGroups(
  log: LogReader,
  tenant: TenantId,
  groups: readonly GroupFacts[],
): Promise<ReadonlySet<string>> {
  const parents = [...new Set(groups.flatMap(({ parentId }) => parentId ?? []))]
  const events = await log.readAll(parents.map((id) => groupStream(tenant, id)))
  return new Set(parents.filter((id, i) => foldGroup(id, events[i] ?? []).status === 'DELETED'))
}
