import { GROUP_STATUSES, type GroupStatus } from '../../domain/group.ts'
import { MEMBERSHIP_ROLES, type MembershipRole } from '../../domain/membership.ts'
import { USER_STATUSES, type UserStatus } from '../../domain/user.ts'

/** What stands in a file as a small number. New names are added at the end of a list: the numbers are kept. */
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

/** ISO 8601 of a time in milliseconds since 1970. */
export const iso = (ms: number): string => new Date(ms).toISOString()
