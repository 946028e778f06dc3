import fc from 'fast-check'
import { expect, it } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import { contradictsItself, thingsOf } from '../../src/log/dynamodb/group.ts'
import { Round } from '../../src/log/dynamodb/round.ts'
import { MAX_COMMIT_ITEMS } from '../../src/log/EventLog.ts'
import { countItems, type EncodedCommit } from '../../src/log/encodeCommit.ts'
import { submitted } from '../../src/log/Submitted.ts'
import { append, claimOf, commitOf, record, TENANT, usernames } from '../conformance/eventLog/commits.ts'

const stream = fc.integer({ min: 0, max: 9 }).map((n) => userStream(TENANT, `u${n}`))
const expected = fc.constantFrom(0, 0, 0, 0, 1)
const size = fc.constantFrom(0, 1, 1, 1, 2, 45)
const rarely = <A>(value: fc.Arbitrary<A>) =>
  fc.option(value, { freq: 3, nil: undefined }).map((one) => (one === undefined ? [] : [one]))

const commit = fc
  .record({
    appends: fc.uniqueArray(
      fc.tuple(stream, expected, size).map(([name, at, events]) => append(name, at, ...usernames(events))),
      { maxLength: 1, selector: ({ stream }) => stream },
    ),
    checks: rarely(fc.record({ stream, expected })),
    claims: rarely(fc.constantFrom('a', 'b', 'c', 'd').map((name) => claimOf('1', name))),
    idempotency: rarely(fc.constantFrom('k1', 'k2', 'k3', 'k4').map((key) => record(key))),
  })
  .map((parts) => submitted(commitOf(parts)))
  .filter((one) => !contradictsItself(one.commit))
  .map((one) => ({ ...one, things: thingsOf(one) }))
type Waiting = typeof commit extends fc.Arbitrary<infer A> ? A : never

const shares = (a: Waiting, b: Waiting): boolean => [...a.things].some((thing) => b.things.has(thing))

it('a round lets go what fits, and keeps the order of what has something in common', () => {
  let merged = 0
  fc.assert(
    fc.property(
      fc.array(commit, { minLength: 2, maxLength: 20 }),
      fc.uniqueArray(stream, { maxLength: 1 }),
      fc.record({ groups: fc.integer({ min: 0, max: 8 }), items: fc.constantFrom(0, 20, 1_000) }),
      (waiting, busy, room) => {
        const round = new Round<Waiting>(new Set(busy), room)
        const gone = waiting.filter((each) => round.place(each))
        const groups = [...round.groups].map(({ members }) => members)
        merged += groups.filter(({ length }) => length > 1).length

        expect(groups.length).toBeLessThanOrEqual(room.groups)
        for (const [first] of groups) {
          const before = gone.slice(0, gone.indexOf(first as Waiting))
          expect(before.reduce((sum, each) => sum + countItems(each.commit), 0)).toBeLessThan(room.items)
        }
        expect(new Set(groups.flat())).toEqual(new Set(gone))
        expect(gone.filter(({ things }) => busy.some((name) => things.has(name)))).toEqual([])
        for (const members of groups) expectTogether(members, waiting)
      },
    ),
  )
  expect(merged).toBeGreaterThan(0)
})

/** Whoever shares something with one of the group and came before it, is in the group before it; nobody outside shares anything. */
function expectTogether(members: readonly Waiting[], waiting: readonly Waiting[]): void {
  expect(members).toEqual(waiting.filter((each) => members.includes(each)))
  for (const member of members) {
    const before = waiting.slice(0, waiting.indexOf(member)).filter((earlier) => shares(earlier, member))
    expect(before.filter((earlier) => !members.includes(earlier))).toEqual([])
  }
  expect(itemsOf(members.map((each) => each.commit))).toBeLessThanOrEqual(MAX_COMMIT_ITEMS)
  expectChain(members.map((each) => each.commit))
}

/** As DynamoDB counts: each head and each name is one. */
function itemsOf(commits: readonly EncodedCommit[]): number {
  const items = commits.flatMap(({ appends, checks, claims, releases, idempotency }) => [
    ...appends.flatMap(({ stream, expected, events }) =>
      events.map((_, n) => `${stream} ${expected + n + 1}`),
    ),
    ...[...appends, ...checks].map(({ stream }) => `head ${stream}`),
    ...[...claims, ...releases].map(({ kind, value }) => `${kind} ${value}`),
    ...idempotency.map(({ key }) => `key ${key}`),
  ])
  return new Set(items).size
}

/** Each expects what those before it leave, and no two claim the same. */
function expectChain(commits: readonly EncodedCommit[]): void {
  const seqs = new Map<string, number>()
  for (const { appends, checks } of commits) {
    for (const each of [...appends, ...checks]) {
      expect(seqs.get(each.stream) ?? each.expected).toBe(each.expected)
      seqs.set(each.stream, each.expected)
    }
    for (const { stream, expected, events } of appends) seqs.set(stream, expected + events.length)
  }
  const singles = commits.flatMap(({ claims, idempotency }) => [
    ...claims.map(({ value }) => value),
    ...idempotency.map(({ key }) => key),
  ])
  expect(new Set(singles).size).toBe(singles.length)
}
