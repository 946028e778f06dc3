import { membersStream, type TenantId } from '../domain/streams.ts'
import { entityVector, type Vector, vectorOf } from '../domain/token.ts'
import type { GroupRow, MembershipRow, UserRow } from '../ops/rows.ts'

/** Where the streams behind a row were when the view showed it so: the content of its token. Zeros too: they vouch for "nothing yet". */
export const userVector = remembered((tenant: TenantId, { id, seqs }: UserRow) =>
  entityVector(tenant, id, seqs),
)

export const groupVector = remembered((tenant: TenantId, { id, seqs }: GroupRow) =>
  entityVector(tenant, id, seqs),
)

export const membershipVector = (tenant: TenantId, { groupId, seq }: MembershipRow): Vector =>
  vectorOf([membersStream(tenant, groupId), seq])

/**
 * Rows are immutable and belong to one tenant. Those that views keep, for whoever asks next, are frozen, and what is derived from
 * them is kept with them. Of others it would be forgotten at once, and to remember it costs more than to derive it.
 */
function remembered<Row extends object>(derive: (tenant: TenantId, row: Row) => Vector) {
  const known = new WeakMap<Row, Vector>()
  return (tenant: TenantId, row: Row): Vector => {
    const before = known.get(row)
    if (before !== undefined) return before
    const vector = derive(tenant, row)
    if (Object.isFrozen(row)) known.set(row, vector)
    return vector
  }
}
