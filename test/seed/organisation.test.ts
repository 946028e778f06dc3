import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkAttributes, checkEmail, checkInstant, checkText, LIMITS } from '../../src/domain/input.ts'
import { fold } from '../../src/domain/text.ts'
import type { Line } from '../../src/seed/line.ts'
import { organisation } from '../../src/seed/organisation.ts'
import { mulberry32, zipf } from '../../src/seed/random.ts'

type Op<K extends Line['op']> = Extract<Line, { op: K }>
const only = <K extends Line['op']>(lines: readonly Line[], op: K): Op<K>[] =>
  lines.filter((line): line is Op<K> => line.op === op)

const lines = [...organisation({ users: 5_000, seed: 7 })]
const users = only(lines, 'createUser')
const groups = only(lines, 'createGroup')
const memberships = only(lines, 'setMembership')

describe('an organisation', () => {
  test('is the same for the same seed, and another for another', () => {
    expect([...organisation({ users: 300, seed: 1 })]).toEqual([...organisation({ users: 300, seed: 1 })])
    expect([...organisation({ users: 300, seed: 1 })]).not.toEqual([...organisation({ users: 300, seed: 2 })])
  })

  test('has as many users as were asked for, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 200 }), (seed, count) => {
        expect(only([...organisation({ users: count, seed })], 'createUser')).toHaveLength(count)
      }),
      { numRuns: 30 },
    )
  })

  test('gives no name twice, ignoring case', () => {
    const distinct = (names: string[]) => new Set(names.map(fold)).size
    expect(distinct(users.map(({ username }) => username))).toBe(users.length)
    expect(distinct(users.map(({ email }) => email))).toBe(users.length)
    expect(distinct(groups.map(({ group }) => group))).toBe(groups.length)
  })

  test('keeps to the bounds of the directory', () => {
    for (const { username, email, name, attributes } of users) {
      expect(username).toMatch(/^[a-z][a-z0-9._-]+$/)
      expect(checkText('username', username, LIMITS.username)).toEqual({ ok: true, value: username })
      expect(checkEmail('email', email)).toEqual({ ok: true, value: email })
      expect(checkText('name', name, LIMITS.name)).toEqual({ ok: true, value: name })
      expect(checkAttributes('attributes', attributes).ok).toBe(true)
    }
    for (const { group, description } of groups) {
      expect(checkText('group', group, LIMITS.groupName)).toEqual({ ok: true, value: group })
      expect(checkText('description', description, LIMITS.description).ok).toBe(true)
    }
  })

  test('writes names in many scripts', () => {
    const scripts = [
      'Latin',
      'Cyrillic',
      'Greek',
      'Han',
      'Hiragana',
      'Hangul',
      'Arabic',
      'Hebrew',
      'Devanagari',
      'Thai',
    ]
    for (const script of scripts) {
      const pattern = new RegExp(`\\p{Script=${script}}`, 'u')
      expect(users.filter(({ name }) => pattern.test(name)).length, script).toBeGreaterThan(0)
    }
  })

  test('names only users and groups that came before', () => {
    const known = new Set<string>()
    const missing: string[] = []
    for (const line of lines) {
      const created = line.op === 'createUser' ? line.username : line.op === 'createGroup' ? line.group : null
      if (created !== null) known.add(created)
      missing.push(...namesIn(line).filter((name) => !known.has(name)))
    }
    expect(missing).toEqual([])
  })

  test('happens in times that never run backwards', () => {
    const times = lines.map(({ at }) => at)
    expect(times).toEqual([...times].sort())
    expect(times.every((at) => checkInstant('at', at).ok)).toBe(true)
  })

  test('nests its groups 3 to 5 deep, without a cycle', () => {
    const parents = new Map(only(lines, 'setGroupParent').map(({ group, parent }) => [group, parent]))
    const depths = groups.map(({ group }) => depthOf(group, parents))
    expect(Math.max(...depths)).toBeLessThanOrEqual(5)
    for (const depth of [1, 2, 3, 4]) expect(depths).toContain(depth)
  })

  test('has a few large groups and many small ones, each with a maintainer', () => {
    const sizes = new Map<string, number>()
    for (const { group } of memberships) sizes.set(group, (sizes.get(group) ?? 0) + 1)
    const sorted = [...sizes.values()].sort((a, b) => b - a)
    const largest = sorted[0] ?? 0
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0
    expect(largest).toBeGreaterThan(30 * median)
    const tenth = sorted.slice(0, Math.ceil(sorted.length / 10)).reduce((sum, size) => sum + size, 0)
    expect(tenth / memberships.length).toBeGreaterThan(0.5)

    const led = new Set(memberships.filter(({ role }) => role === 'MAINTAINER').map(({ group }) => group))
    expect([...sizes.keys()].filter((group) => !led.has(group))).toEqual([])
  })
})

describe('zipf', () => {
  test('stays within its ranks and prefers the first', () => {
    const random = mulberry32(3)
    const hits = new Array<number>(10).fill(0)
    for (let draw = 0; draw < 10_000; draw++) {
      const rank = zipf(random, hits.length)
      hits[rank] = (hits[rank] ?? Number.NaN) + 1
    }
    expect(hits.every((count) => count > 0)).toBe(true)
    expect(hits[0]).toBeGreaterThan(2 * (hits[4] ?? 0))
  })
})

/** What a line relies on. Group names start in upper case, usernames in lower case: one set holds both. */
function namesIn(line: Line): string[] {
  switch (line.op) {
    case 'setGroupParent':
      return [line.group, line.parent]
    case 'setMembership':
      return [line.group, line.username]
    default:
      return []
  }
}

function depthOf(group: string, parents: ReadonlyMap<string, string>): number {
  let depth = 0
  for (let at: string | undefined = group; at !== undefined; at = parents.get(at)) {
    depth += 1
    if (depth > 5) throw new Error(`${group} is nested too deep, or in a cycle`)
  }
  return depth
}
