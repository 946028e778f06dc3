import type { TenantId } from '../domain/streams.ts'
import { grow, type SeedGroup } from './groups.ts'
import type { Line } from './line.ts'
import { people } from './people.ts'
import { mulberry32, type Random, zipf } from './random.ts'

export interface OrganisationOptions {
  readonly users: number
  /** The same seed and number of users give the same lines. A 32-bit integer. */
  readonly seed: number
  readonly tenant?: TenantId
}

const FOUNDED = Date.UTC(2014, 2, 3, 8)
const TODAY = Date.UTC(2025, 10, 28, 17)

/** A group for so many users. */
const USERS_PER_GROUP = 15
const FEWEST_GROUPS = 24
const MAINTAINERS = 0.06

/**
 * The history of an organisation that grew to so many users: import lines in order, ending at a directory with names of many
 * scripts, groups nested 3 to 5 deep, and sizes of groups by Zipf's law. A user comes with its memberships in one change. Memory
 * holds the groups and the tables of names, never the users.
 */
export function* organisation({ users, seed, tenant = 'default' }: OrganisationOptions): Generator<Line> {
  const random = mulberry32(seed)
  const nextPerson = people(random)
  const tree = grow(random)
  const groupCount = Math.max(FEWEST_GROUPS, Math.ceil(users / USERS_PER_GROUP))
  const staffed = new Set<SeedGroup>()

  for (let index = 0; index < users; index++) {
    const at = hiredAt(random, index, users)
    // Groups are founded as the organisation grows, the first ones before anybody comes.
    const wanted = Math.max(FEWEST_GROUPS, Math.ceil((groupCount * (index + 1)) / users))
    while (tree.groups.length < wanted) yield* groupLines(tree.add(), header(random, at, tenant))

    const person = nextPerson()
    const head = header(random, at, tenant)
    yield { ...head, op: 'createUser', ...person }
    for (const group of chooseGroups(random, tree.groups)) {
      // The first to come leads the group.
      const leads = !staffed.has(group) || random.chance(MAINTAINERS)
      staffed.add(group)
      yield {
        ...head,
        op: 'setMembership',
        group: group.name,
        username: person.username,
        role: leads ? 'MAINTAINER' : 'MEMBER',
      }
    }
  }
}

type Head = Pick<Line, 'at' | 'change' | 'tenant'>

const header = (random: Random, at: string, tenant: TenantId): Head => ({
  at,
  change: (random.below(2 ** 24) * 2 ** 24 + random.below(2 ** 24)).toString(16).padStart(12, '0'),
  tenant,
})

function* groupLines({ name, description, parent }: SeedGroup, head: Head): Generator<Line> {
  yield { ...head, op: 'createGroup', group: name, description }
  if (parent !== null) yield { ...head, op: 'setGroupParent', group: name, parent: parent.name }
}

/** In a year twice as late, twice as many come: headcount grows with the square of time. Whole seconds, in order. */
function hiredAt(random: Random, index: number, users: number): string {
  const share = Math.sqrt((index + random.next()) / users)
  const second = Math.floor((FOUNDED + share * (TODAY - FOUNDED)) / 1_000)
  return new Date(second * 1_000).toISOString().replace('.000Z', 'Z')
}

/** One to four different groups, one most often. */
function chooseGroups(random: Random, groups: readonly SeedGroup[]): Set<SeedGroup> {
  const chosen = new Set<SeedGroup>()
  for (let count = 1 + zipf(random, 4); count > 0; count--) {
    const group = groups[zipf(random, groups.length)]
    if (group !== undefined) chosen.add(group)
  }
  return chosen
}
