import type { JsonObject } from '../domain/user.ts'
import { CULTURES, type NamePart } from './cultures.ts'
import type { Random } from './random.ts'
import { uniqueNames } from './unique.ts'

export interface Person {
  readonly username: string
  readonly email: string
  readonly name: string
  readonly attributes: JsonObject
}

const TITLES = [
  'Engineer',
  'Analyst',
  'Designer',
  'Researcher',
  'Writer',
  'Advisor',
  'Planner',
  'Buyer',
] as const
const RANKS = ['', '', '', 'Junior ', 'Senior ', 'Senior ', 'Staff ', 'Lead '] as const
const CONTRACTS = ['permanent', 'permanent', 'permanent', 'permanent', 'contractor', 'intern'] as const

type Style = (given: string, family: string) => string

const STYLES: readonly Style[] = [
  (given, family) => `${given}.${family}`,
  (given, family) => `${given}.${family}`,
  (given, family) => `${given.charAt(0)}${family}`,
  (given, family) => `${family}-${given}`,
  (given, family) => `${given}_${family.charAt(0)}`,
]

/** People with names as they are written, usernames in ASCII, unique, and addresses at domains that belong to nobody. */
export function people(random: Random): () => Person {
  const unique = uniqueNames('')
  let employee = 0
  return () => {
    const { given, family, join, cities, domain } = random.pick(CULTURES)
    const first = random.pick(given)
    const last = random.pick(family)
    const username = unique(usernameBase(random, first, last))
    employee += 1
    return {
      username,
      email: `${username}@${domain}`,
      name: join(first.written, last.written),
      attributes: {
        title: random.pick(RANKS) + random.pick(TITLES),
        location: random.pick(cities),
        contract: random.pick(CONTRACTS),
        employee,
      },
    }
  }
}

const usernameBase = (random: Random, given: NamePart, family: NamePart): string =>
  random.pick(STYLES)(given.ascii, family.ascii)
