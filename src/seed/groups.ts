import { type Random, zipf } from './random.ts'
import { uniqueNames } from './unique.ts'

export interface SeedGroup {
  readonly name: string
  readonly description: string
  /** Null for a department. */
  readonly parent: SeedGroup | null
  /** 1 for a department. */
  readonly depth: number
}

/** What a group is called by its depth: department, area, region, squad, shift. The last level has no children. */
const LEVELS = [
  [
    'Engineering',
    'Sales',
    'People',
    'Finance',
    'Legal',
    'Marketing',
    'Support',
    'Operations',
    'Research',
    'Guilds',
  ],
  [
    'Payments',
    'Search',
    'Identity',
    'Mobile',
    'Platform',
    'Growth',
    'Partners',
    'Quality',
    'Accessibility',
    'Data',
  ],
  ['Nordics', 'Iberia', 'Benelux', 'Levant', 'Maghreb', 'Andes', 'Deccan', 'Kantō', 'Pacific', 'Great Lakes'],
  ['Heron', 'Otter', 'Lynx', 'Tapir', 'Ibex', 'Puffin', 'Gecko', 'Saiga', 'Quokka', 'Wisent'],
  ['Early', 'Late', 'Night', 'Weekend', 'Reserve'],
] as const

const PURPOSES = ['planning', 'building', 'operations', 'reviews', 'support', 'purchasing'] as const
const DEPARTMENTS = LEVELS[0].length

/**
 * Groups in an order in which parents come first: no cycle can arise. The departments come first, then every group finds a
 * parent among the earlier ones, the older the likelier, so that the tree is bushy at the top and 3 to 5 levels deep.
 */
export function grow(random: Random): { readonly groups: readonly SeedGroup[]; add(): SeedGroup } {
  const unique = uniqueNames(' ')
  const groups: SeedGroup[] = []
  const parents: SeedGroup[] = []
  return {
    groups,
    add() {
      const parent = groups.length < DEPARTMENTS ? null : (parents[zipf(random, parents.length)] ?? null)
      const group = makeGroup(random, unique, parent, groups.length)
      groups.push(group)
      if (group.depth < LEVELS.length) parents.push(group)
      return group
    },
  }
}

function makeGroup(
  random: Random,
  unique: (base: string) => string,
  parent: SeedGroup | null,
  index: number,
): SeedGroup {
  const depth = (parent?.depth ?? 0) + 1
  const words = LEVELS[depth - 1] ?? LEVELS[0]
  const word = parent === null ? (words[index] ?? random.pick(words)) : random.pick(words)
  const name = unique(parent === null ? word : `${parent.name} ${word}`)
  const area = depth === 1 ? 'the whole organisation' : (parent?.name ?? name)
  return { name, description: `${name}: ${random.pick(PURPOSES)} for ${area}.`, parent, depth }
}
