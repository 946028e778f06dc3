import { GROUP_STATUSES, type GroupStatus } from '../domain/group.ts'
import { MEMBERSHIP_ROLES, type MembershipRole } from '../domain/membership.ts'
import { USER_STATUSES, type UserStatus } from '../domain/user.ts'

/** What is stored as a small number. New names are added at the end of a list: the numbers are kept. */
export interface Codes<Name extends string> {
  code(name: Name): number
  name(code: number): Name
}

function codes<Name extends string>(names: readonly Name[]): Codes<Name> {
  const byName = new Map(names.map((name, index) => [name, index + 1]))
  return {
    code(name) {
      const code = byName.get(name)
      if (code === undefined) throw new Error(`no code for ${name}`)
      return code
    },
    name(code) {
      const name = names[code - 1]
      if (name === undefined) throw new Error(`no name for code ${code}`)
      return name
    },
  }
}

export const userStatus: Codes<UserStatus> = codes(USER_STATUSES)
export const groupStatus: Codes<GroupStatus> = codes(GROUP_STATUSES)
export const membershipRole: Codes<MembershipRole> = codes(MEMBERSHIP_ROLES)

const DAY_MS = 86_400_000
/** Thirty years of them. */
const KEPT_DAYS = 11_000
/** 2026-01-31T, by the number of days since 1970. */
const days = new Map<number, string>()

/** ISO 8601 of a time in milliseconds since 1970. Rows share their days: `Date` takes five times as long. */
export function iso(ms: number): string {
  const day = Math.floor(ms / DAY_MS)
  const rest = ms - day * DAY_MS
  const hours = digits(Math.floor(rest / 3_600_000), 2)
  const minutes = digits(Math.floor(rest / 60_000) % 60, 2)
  const seconds = digits(Math.floor(rest / 1_000) % 60, 2)
  return `${days.get(day) ?? newDay(day)}${hours}:${minutes}:${seconds}.${digits(rest % 1_000, 3)}Z`
}

function newDay(day: number): string {
  const text = new Date(day * DAY_MS).toISOString().replace(/T.*/, 'T')
  if (days.size === KEPT_DAYS) days.clear()
  days.set(day, text)
  return text
}

const digits = (value: number, length: number): string => String(value).padStart(length, '0')
