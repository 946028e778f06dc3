import type { JsonObject, UserStatus } from '../domain/user.ts'
import type { UserRow } from '../ops/rows.ts'
import { iso, userStatus } from './codes.ts'

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

export const readUser = (cells: UserCells): UserRow => new StoredUser(cells)

/** Most who ask for a user want neither its attributes nor its times, which are the dear part: they are read for those who do. */
class StoredUser implements UserRow {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly name: string | null
  readonly status: UserStatus
  readonly seqs: UserRow['seqs']
  readonly #attributes: string
  readonly #createdAt: number
  readonly #updatedAt: number

  constructor(cells: UserCells) {
    const [id, username, email, name, status, attributes, createdAt, updatedAt, user, profile, keys] = cells
    this.id = id
    this.username = username
    this.email = email
    this.name = name
    this.status = userStatus.name(status)
    this.seqs = { user, profile, keys }
    this.#attributes = attributes
    this.#createdAt = createdAt
    this.#updatedAt = updatedAt
  }

  /** The caller's own, each time. */
  get attributes(): JsonObject {
    return this.#attributes === '{}' ? NONE : (JSON.parse(this.#attributes) as JsonObject)
  }

  get createdAt(): string {
    return iso(this.#createdAt)
  }

  get updatedAt(): string {
    return iso(this.#updatedAt)
  }
}

const NONE: JsonObject = Object.freeze({})
