import { membersStream, type TenantId, userStream } from '../domain/streams.ts'
import { getMembership, isMember, listMemberships } from '../ops/query.ts'
import type { MembershipRow } from '../ops/rows.ts'
import { atOneMoment, noteUnsettled, type VerifyContext } from './context.ts'
import type { Entity, Problem } from './problems.ts'

const AT_ONCE = 500
const PAGE = { first: 1_000, after: null } as const

/** Each membership that a group's list shows is found from its user, too. */
export async function* checkWayBack(
  context: VerifyContext,
  tenant: TenantId,
  rows: readonly MembershipRow[],
): AsyncGenerator<Problem> {
  const { views, tally, isSampled } = context
  const sample = rows.filter((_, n) => isSampled(n))
  for (let at = 0; at < sample.length; at += AT_ONCE) {
    const some = sample.slice(at, at + AT_ONCE)
    const users = [...new Set(some.map(({ userId }) => userId))]
    const lists = await views.listMemberships(
      tenant,
      users.map((userId) => listMemberships(userId, false, PAGE)),
    )
    const found = new Set(lists.flatMap((list) => list.rows.map(pairOf)))
    tally.lookups += some.length
    for (const row of some) if (!found.has(pairOf(row))) yield* lookAgain(context, tenant, row)
  }
}

const pairOf = ({ groupId, userId }: MembershipRow): string => `${groupId} ${userId}`

/** The membership may have ended since its list was read. */
async function* lookAgain(
  context: VerifyContext,
  tenant: TenantId,
  { groupId, userId }: MembershipRow,
): AsyncGenerator<Problem> {
  const { views } = context
  const entity: Entity = { kind: 'group', tenant, id: groupId }
  const stream = membersStream(tenant, groupId)
  const moment = await atOneMoment(
    context,
    () => views.applied([stream, userStream(tenant, userId)]),
    async () => ({
      row: (await views.memberships(tenant, [getMembership(groupId, userId)]))[0],
      isFound: (await views.isMember(tenant, [isMember(groupId, userId, false)]))[0],
    }),
  )
  if (moment === null) return noteUnsettled(context, entity)
  const { row, isFound } = moment.seen
  if (row == null || isFound) return
  yield { entity, stream, what: `member ${userId} found from the user`, log: row.role, view: null }
}
