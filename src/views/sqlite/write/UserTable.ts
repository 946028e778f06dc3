import { fold } from '../../../domain/text.ts'
import type { JsonObject } from '../../../domain/user.ts'
import { attributeKeys } from '../../attributes.ts'
import { userStatus } from '../../codes.ts'
import { newUser } from '../../newEntities.ts'
import type { TenantState, UserState } from '../../state.ts'
import type { Statements } from '../Statements.ts'
import { type IndexChange, saveGrams } from './searchIndex.ts'

type Row = [
  num: number,
  id: string,
  status: number,
  username: string | null,
  email: string | null,
  name: string | null,
  usernameFold: string,
  emailFold: string,
  nameFold: string,
  attributes: string,
  createdAt: number,
  updatedAt: number,
  userSeq: number,
  profileSeq: number,
  keysSeq: number,
]

const COLUMNS = `num, id, status, username, email, name, username_fold, email_fold, name_fold, attributes, created_at,
  updated_at, user_seq, profile_seq, keys_seq`

/** Users between the file and a batch. */
export class UserTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  load(tenant: TenantState, id: string): UserState | null {
    const row = this.#sql.get<Row>(`SELECT ${COLUMNS} FROM users WHERE tenant = ? AND id = ?`, tenant.num, id)
    return row === undefined ? null : readUser(tenant, row)
  }

  create(tenant: TenantState, id: string): UserState {
    return newUser(tenant, id)
  }

  /** `indexed`: of users past it only the row is written. */
  save(users: readonly UserState[], indexed: number): void {
    const changes = users.map((user) => this.#saveRow(user))
    for (const user of users) if (user.num <= indexed) this.#saveAttributes(user)
    const isIndexed = ({ num }: IndexChange) => num <= indexed
    saveGrams(this.#sql, 'user_grams', changes.filter(isIndexed))
  }

  #saveRow(user: UserState): IndexChange {
    const folded = [user.username, user.name, user.email].map((text) => fold(text ?? ''))
    const [username = '', name = '', email = ''] = folded
    const values = [
      userStatus.code(user.status),
      user.username,
      user.email,
      user.name,
      username,
      email,
      name,
      JSON.stringify(user.attributes),
      user.createdAt,
      user.updatedAt,
      user.seqs.user,
      user.seqs.profile,
      user.seqs.keys,
    ]
    if (user.stored === null) this.#sql.run(INSERT, ...values, user.num, user.id)
    else this.#sql.run(UPDATE, ...values, user.num)
    const found = user.username !== null && user.status !== 'DELETED'
    return { num: user.num, before: user.stored?.texts ?? null, after: found ? folded : null }
  }

  #saveAttributes({ num, tenantNum, attributes, stored }: UserState): void {
    const before = stored?.attributes ?? NONE
    if (before === attributes) return
    const wanted = attributeKeys(attributes)
    for (const [name, value] of attributeKeys(before)) {
      if (wanted.get(name) === value) wanted.delete(name)
      else {
        this.#sql.run(
          'DELETE FROM user_attributes WHERE tenant = ? AND name = ? AND value = ? AND user = ?',
          tenantNum,
          name,
          value,
          num,
        )
      }
    }
    for (const [name, value] of wanted) {
      this.#sql.run('INSERT INTO user_attributes VALUES (?, ?, ?, ?)', tenantNum, name, value, num)
    }
  }
}

const NONE: JsonObject = {}

const INSERT = `INSERT INTO users (status, username, email, name, username_fold, email_fold, name_fold, attributes,
  created_at, updated_at, user_seq, profile_seq, keys_seq, num, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const UPDATE = `UPDATE users SET status = ?, username = ?, email = ?, name = ?, username_fold = ?, email_fold = ?,
  name_fold = ?, attributes = ?, created_at = ?, updated_at = ?, user_seq = ?, profile_seq = ?, keys_seq = ? WHERE num = ?`

function readUser(tenant: TenantState, row: Row): UserState {
  const [num, id, status, username, email, name, usernameFold, emailFold, nameFold, attributes] = row
  const [, , , , , , , , , , createdAt, updatedAt, user, profile, keys] = row
  const parsed = JSON.parse(attributes) as JsonObject
  const found = username !== null && userStatus.name(status) !== 'DELETED'
  return {
    num,
    tenant: tenant.id,
    tenantNum: tenant.num,
    id,
    username,
    email,
    name,
    status: userStatus.name(status),
    attributes: parsed,
    createdAt,
    updatedAt,
    seqs: { user, profile, keys },
    stored: { texts: found ? [usernameFold, nameFold, emailFold] : null, attributes: parsed },
    dirty: false,
  }
}
