import type { JsonObject } from '../../../domain/user.ts'
import { attributeKeys } from '../../attributes.ts'
import { userStatus } from '../../codes.ts'
import { tenantOf } from '../../numbers.ts'
import { grams } from '../grams.ts'
import type { Statements } from '../Statements.ts'

/** Of a user, what it is found by. */
export type IndexedUser = readonly [
  num: number,
  status: number,
  username: string | null,
  usernameFold: string,
  nameFold: string,
  emailFold: string,
  attributes: string,
  /** The seqs it was read at before; null if this is the first time. */
  seen: number | null,
]

export function saveGramsOf(sql: Statements, users: readonly IndexedUser[]): void {
  for (const [num, status, username, usernameFold, nameFold, emailFold] of users) {
    if (username === null || userStatus.name(status) === 'DELETED') continue
    const text = grams([usernameFold, nameFold, emailFold])
    sql.run('INSERT INTO user_grams (rowid, grams) VALUES (?, ?)', num, text)
  }
}

/** In the order of the table's key: its pages are written once, not all of them for each step. */
export function saveAttributesOf(sql: Statements, users: readonly IndexedUser[]): void {
  for (const [tenant, ofTenant] of Map.groupBy(users, ([num]) => tenantOf(num))) {
    for (const [name, values] of sorted(ownersIn(ofTenant))) {
      for (const [value, nums] of sorted(values)) {
        sql.run(INSERT_OWNERS, tenant, name, value, JSON.stringify(nums))
      }
    }
  }
}

const INSERT_OWNERS = 'INSERT INTO user_attributes SELECT ?, ?, ?, value FROM json_each(?)'

export function forget(sql: Statements, users: readonly IndexedUser[]): void {
  const nums = JSON.stringify(users.map(([num]) => num))
  sql.run('DELETE FROM user_grams WHERE rowid IN (SELECT value FROM json_each(?))', nums)
  sql.run('DELETE FROM user_attributes WHERE user IN (SELECT value FROM json_each(?))', nums)
}

type Owners = Map<string, Map<string, number[]>>

/** Who has which attribute with which value. */
function ownersIn(users: readonly IndexedUser[]): Owners {
  const owners: Owners = new Map()
  for (const [num, , , , , , attributes] of users) {
    for (const [name, value] of attributeKeys(JSON.parse(attributes) as JsonObject)) {
      const values = owners.get(name)
      const nums = values?.get(value)
      if (nums !== undefined) nums.push(num)
      else if (values !== undefined) values.set(value, [num])
      else owners.set(name, new Map([[value, [num]]]))
    }
  }
  return owners
}

const sorted = <A>(map: ReadonlyMap<string, A>): (readonly [string, A])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1))
