import { badInput, type DomainError, domainError } from '../domain/errors.ts'
import { checkInstant, INSTANT_WANTED } from '../domain/input.ts'
import { MEMBERSHIP_ROLES, type MembershipRole } from '../domain/membership.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { JsonObject } from '../domain/user.ts'

/**
 * One line of an import or export file (NDJSON). `at` is the time of the change, `change` names what belonged together. Entities
 * are named by username and group name, ignoring case, so that files can be written by hand and moved between directories.
 */
export interface Line {
  readonly at: string
  readonly change: string
  readonly tenant: string
  readonly action: Action
}

export type Action =
  | {
      readonly op: 'createUser'
      readonly username: string
      readonly id?: string
      readonly email?: string
      readonly name?: string
      readonly attributes?: JsonObject
    }
  | { readonly op: 'setUsername'; readonly username: string; readonly to: string }
  | { readonly op: 'setUserEmail'; readonly username: string; readonly email: string }
  | { readonly op: 'setUserName'; readonly username: string; readonly name: string }
  | { readonly op: 'setUserStatus'; readonly username: string; readonly status: 'ACTIVE' | 'SUSPENDED' }
  | { readonly op: 'setUserAttributes'; readonly username: string; readonly attributes: JsonObject }
  | { readonly op: 'deleteUser'; readonly username: string }
  | {
      readonly op: 'createGroup'
      readonly group: string
      readonly id?: string
      readonly description?: string
    }
  | { readonly op: 'setGroupName'; readonly group: string; readonly to: string }
  | { readonly op: 'setGroupDescription'; readonly group: string; readonly description: string }
  | { readonly op: 'setGroupParent'; readonly group: string; readonly parent: string }
  | { readonly op: 'deleteGroup'; readonly group: string }
  | {
      readonly op: 'setMembership'
      readonly group: string
      readonly username: string
      readonly role: MembershipRole
    }
  | { readonly op: 'removeMembership'; readonly group: string; readonly username: string }

type Check = (value: unknown) => string | null

const text: Check = (value) => (typeof value === 'string' ? null : 'must be a text')
const filled: Check = (value) =>
  typeof value === 'string' && value !== '' ? null : 'must be a text that is not empty'
const object: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? null : 'must be a JSON object'
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string) ? null : `must be ${values.join(' or ')}`

/** The fields of each op; `?` marks those that may be missing. */
const ACTIONS: { readonly [Op in Action['op']]: Readonly<Record<string, Check>> } = {
  createUser: { username: filled, 'id?': filled, 'email?': filled, 'name?': filled, 'attributes?': object },
  setUsername: { username: filled, to: filled },
  setUserEmail: { username: filled, email: text },
  setUserName: { username: filled, name: text },
  setUserStatus: { username: filled, status: oneOf('ACTIVE', 'SUSPENDED') },
  setUserAttributes: { username: filled, attributes: object },
  deleteUser: { username: filled },
  createGroup: { group: filled, 'id?': filled, 'description?': text },
  setGroupName: { group: filled, to: filled },
  setGroupDescription: { group: filled, description: text },
  setGroupParent: { group: filled, parent: text },
  deleteGroup: { group: filled },
  setMembership: { group: filled, username: filled, role: oneOf(...MEMBERSHIP_ROLES) },
  removeMembership: { group: filled, username: filled },
}

/** Clocks differ a little. Time never runs backwards in a stream, so what lies further ahead would hold up all that comes after it. */
const MAX_AHEAD_MS = 5 * 60_000

/**
 * Reads one line, at this time (milliseconds since 1970). BAD_USER_INPUT names the field, the value and what would be right; fields
 * that are not of the op are refused.
 */
export function parseLine(source: string, now: number): Result<Line, DomainError> {
  const fields = parseObject(source)
  if (fields === null) return err(domainError('BAD_USER_INPUT', 'must be a JSON object on one line'))
  const { at, change, tenant, op, ...rest } = fields
  const time = timeOf(at, now)
  if (!time.ok) return time
  if (filled(change) !== null) return err(badInput('change', change, 'must be a text that is not empty'))
  if (filled(tenant) !== null) return err(badInput('tenant', tenant, 'must be a tenant id'))
  if (typeof op !== 'string' || !Object.hasOwn(ACTIONS, op)) {
    return err(badInput('op', op, `must be one of ${Object.keys(ACTIONS).join(' ')}`))
  }
  const problem = problemWith(op as Action['op'], rest)
  if (problem !== null) return err(problem)
  const action = { op, ...rest } as Action
  return ok({ at: time.value, change: change as string, tenant: tenant as string, action })
}

/** A line as text, without its line end. */
export const formatLine = ({ at, change, tenant, action }: Line): string =>
  JSON.stringify({ at, change, tenant, ...action })

function timeOf(at: unknown, now: number): Result<string, DomainError> {
  if (typeof at !== 'string') return err(badInput('at', at, INSTANT_WANTED))
  const time = checkInstant('at', at)
  if (!time.ok || Date.parse(time.value) <= now + MAX_AHEAD_MS) return time
  return err(badInput('at', at, `must not be in the future; it is ${new Date(now).toISOString()}`))
}

function parseObject(source: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(source)
    return object(value) === null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function problemWith(op: Action['op'], fields: Record<string, unknown>): DomainError | null {
  const checks = ACTIONS[op]
  for (const [field, check] of Object.entries(checks)) {
    const name = field.replace('?', '')
    if (name !== field && fields[name] === undefined) continue
    const wanted = check(fields[name])
    if (wanted !== null) return badInput(name, fields[name], wanted)
  }
  const stranger = Object.keys(fields).find(
    (name) => !Object.hasOwn(checks, name) && !Object.hasOwn(checks, `${name}?`),
  )
  return stranger === undefined ? null : badInput(stranger, fields[stranger], `is no field of ${op}`)
}
