import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeptRows } from '../../src/views/sqlite/rowCache.ts'
import { TwoGenerations } from '../../src/views/sqlite/TwoGenerations.ts'

const MAX = 8
const fill = (cache: TwoGenerations<number, object>, from: number, to: number) => {
  for (let key = from; key < to; key++) cache.set(key, {})
}

test('gives what was set last or nothing', () => {
  const keys = fc.array(fc.tuple(fc.boolean(), fc.nat(12)), { maxLength: 200 })
  fc.assert(
    fc.property(keys, (steps) => {
      const cache = new TwoGenerations<number, object>(MAX)
      const last = new Map<number, object | undefined>()
      for (const [sets, key] of steps) {
        expect([undefined, last.get(key)]).toContain(cache.get(key))
        const value = sets ? {} : undefined
        last.set(key, value)
        if (value) cache.set(key, value)
        else cache.delete(key)
      }
    }),
  )
})

test('keeps what is used, however much else comes and goes', () => {
  const cache = new TwoGenerations<number, object>(MAX)
  fill(cache, 0, 1)
  for (let key = 1; key < 100; key++) {
    fill(cache, key, key + 1)
    expect(cache.get(0)).toBeDefined()
  }
})

test('holds half of what it may at least, and no more than it may', () => {
  const cache = new TwoGenerations<number, object>(MAX)
  for (let end = 50; end < 60; end++) {
    cache.clear()
    fill(cache, 0, end)
    // From the newest on: each look leaves the others as they are.
    const held = Array.from({ length: end }, (_, i) => end - 1 - i).filter((key) => cache.get(key))
    expect(held.length).toBeGreaterThanOrEqual(MAX / 2)
    expect(held.length).toBeLessThanOrEqual(MAX)
    expect(held).toEqual(held.map((_, i) => end - 1 - i))
  }
})

test('forgets everything when it is told to', () => {
  const cache = new TwoGenerations<number, object>(MAX)
  fill(cache, 0, 6)
  cache.clear()
  expect([0, 1, 2, 3, 4, 5].filter((key) => cache.get(key))).toEqual([])
})

describe('newcomers', () => {
  test('are all let in until there is no more room', () => {
    const cache = new TwoGenerations<number, object>(MAX)
    for (let key = 0; key < MAX / 2; key++) {
      expect(cache.admits()).toBe(true)
      fill(cache, key, key + 1)
    }
  })

  test('are let in by chance then, few of many', () => {
    const cache = new TwoGenerations<number, object>(MAX)
    fill(cache, 0, MAX)
    const admitted = Array.from({ length: 10_000 }).filter(() => cache.admits()).length
    // An eighth, give or take twenty standard deviations.
    expect(admitted).toBeGreaterThan(600)
    expect(admitted).toBeLessThan(1_900)
  })
})

describe('a row', () => {
  const row = (id: string) => ({ id, attributes: { tags: ['a'] } })

  test('that is kept is the same for everybody, so nobody may change it', () => {
    const rows = new KeptRows<ReturnType<typeof row>>('user', MAX)
    rows.offer('acme', row('ada'))
    const kept = rows.get('acme', 'ada')
    expect(rows.get('acme', 'ada')).toBe(kept)
    expect(() => kept?.attributes.tags.push('b')).toThrow(TypeError)
    expect(rows.get('globex', 'ada')).toBeUndefined()
  })

  test('that finds no room is left as it is', () => {
    const rows = new KeptRows<ReturnType<typeof row>>('user', MAX)
    const offered = Array.from({ length: 1_000 }, (_, i) => row(String(i)))
    for (const each of offered) rows.offer('acme', each)
    const kept = offered.filter(({ id }) => rows.get('acme', id))
    expect(kept.length).toBeLessThanOrEqual(MAX)
    expect(offered.filter((each) => Object.isFrozen(each)).length).toBeLessThan(500)
  })
})
