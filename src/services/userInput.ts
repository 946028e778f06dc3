import { badInput } from '../domain/errors.ts'
import { checkAttributes, checkEmail, checkId, checkText, LIMITS } from '../domain/input.ts'
import type { JsonObject, UserStatus } from '../domain/user.ts'
import { fail, need, type Program } from '../ops/program.ts'

export interface NewUser {
  readonly id?: string | null
  readonly username: string
  readonly email?: string | null
  readonly name?: string | null
  readonly attributes?: JsonObject | null
}

/** Absent: leave as it is. Null: clear, where the field can be empty. */
export interface UserPatch {
  readonly username?: string | null
  readonly email?: string | null
  readonly name?: string | null
  readonly status?: UserStatus | null
  readonly attributes?: JsonObject | null
}

/** A new user's fields, tidied and within bounds. */
export interface UserFields {
  readonly id: string | null
  readonly username: string
  readonly email: string | null
  readonly name: string | null
  readonly attributes: JsonObject | null
}

export function* checkNewUser(input: NewUser): Program<UserFields> {
  return {
    id: input.id == null ? null : yield* need(checkId('id', input.id)),
    username: yield* need(checkText('username', input.username, LIMITS.username)),
    email: input.email == null ? null : yield* need(checkEmail('email', input.email)),
    name: input.name == null ? null : yield* need(checkText('name', input.name, LIMITS.name)),
    attributes:
      input.attributes == null ? null : yield* need(checkAttributes('attributes', input.attributes)),
  }
}

/** A patch, tidied and within bounds: absent means leave, null means clear. */
export type CheckedPatch = {
  readonly username?: string
  readonly email?: string | null
  readonly name?: string | null
  readonly status?: 'ACTIVE' | 'SUSPENDED'
  readonly attributes?: JsonObject
}

export function* checkPatch(patch: UserPatch): Program<CheckedPatch> {
  const { username, email, name, status, attributes } = patch
  if (username === null) yield* fail(badInput('patch.username', null, 'must not be null'))
  if (status === null) yield* fail(badInput('patch.status', null, 'must not be null'))
  if (status === 'DELETED')
    yield* fail(badInput('patch.status', status, 'must be ACTIVE or SUSPENDED: use deleteUser to delete'))
  return {
    ...(username != null && {
      username: yield* need(checkText('patch.username', username, LIMITS.username)),
    }),
    ...(email !== undefined && {
      email: email === null ? null : yield* need(checkEmail('patch.email', email)),
    }),
    ...(name !== undefined && {
      name: name === null ? null : yield* need(checkText('patch.name', name, LIMITS.name)),
    }),
    ...(status != null && { status: status as 'ACTIVE' | 'SUSPENDED' }),
    ...(attributes !== undefined && {
      attributes: yield* need(checkAttributes('patch.attributes', attributes ?? {})),
    }),
  }
}

export const touches = (patch: CheckedPatch, fields: readonly (keyof CheckedPatch)[]): boolean =>
  fields.some((field) => patch[field] !== undefined)
