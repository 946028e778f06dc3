import type { JsonObject } from '../../../domain/user.ts'
import type { UserRow } from '../../../ops/rows.ts'
import { iso, userStatus } from '../codes.ts'

/** The columns of a shown user `e`, in the order of `UserCells`. */
export const USER_COLUMNS = `e.id, e.username, e.email, e.name, e.status, e.attributes, e.created_at, e.updated_at,
  e.user_seq, e.profile_seq, e.keys_seq`

export type UserCells = readonly [
  id: string,
  username: string,
  email: string | null,
  name: string | null,
  status: number,
  attributes: string,
  createdAt: number,
  updatedAt: number,
  userSeq: number,
  profileSeq: number,
  keysSeq: number,
]

export function readUser(cells: UserCells): UserRow {
  const [id, username, email, name, status, attributes, createdAt, updatedAt, user, profile, keys] = cells
  return Object.freeze({
    id,
    username,
    email,
    name,
    status: userStatus.name(status),
    attributes: readAttributes(attributes),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    seqs: Object.freeze({ user, profile, keys }),
  })
}

const NONE: JsonObject = Object.freeze({})

const readAttributes = (text: string): JsonObject => (text === '{}' ? NONE : deepFreeze(JSON.parse(text)))

/** Attributes are at most LIMITS.attributesDepth deep. */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
