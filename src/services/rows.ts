import {
  groupStream,
  keysStream,
  membersStream,
  profileStream,
  type TenantId,
  userStream,
} from '../domain/streams.ts'
import { type Vector, vectorOf } from '../domain/token.ts'
import type { GroupRow, MembershipRow, UserRow } from '../ops/rows.ts'

/** Where the streams behind a row were when the view showed it so: the content of its token. Zeros too: they vouch for "nothing yet". */
export const userVector = remembered((tenant: TenantId, { id, seqs }: UserRow) =>
  vectorOf(
    [userStream(tenant, id), seqs.user],
    [profileStream(tenant, id), seqs.profile],
    [keysStream(tenant, id), seqs.keys],
  ),
)

export const groupVector = remembered((tenant: TenantId, { id, seqs }: GroupRow) =>
  vectorOf([groupStream(tenant, id), seqs.group], [membersStream(tenant, id), seqs.members]),
)

export const membershipVector = (tenant: TenantId, { groupId, seq }: MembershipRow): Vector =>
  vectorOf([membersStream(tenant, groupId), seq])

/** Rows are immutable, belong to one tenant and are shared by requests (the views cache them): so is what is derived from them. */
function remembered<Row extends object>(derive: (tenant: TenantId, row: Row) => Vector) {
  const known = new WeakMap<Row, Vector>()
  return (tenant: TenantId, row: Row): Vector => {
    let vector = known.get(row)
    if (vector === undefined) {
      vector = derive(tenant, row)
      known.set(row, vector)
    }
    return vector
  }
}
