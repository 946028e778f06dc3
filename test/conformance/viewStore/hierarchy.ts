import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countMembers, isMember } from '../../../src/ops/query.ts'
import type { MembershipRow } from '../../../src/ops/rows.ts'
import { groupName, membership, parent } from './events.ts'
import { Asker, readPages } from './queries.ts'
import { freshTenant, Scribe } from './Scribe.ts'
import type { OpenWorld, ViewWorld } from './world.ts'

const SIZE = 7
const groupIds = Array.from({ length: SIZE }, (_, i) => `g${i}`)
const userIds = Array.from({ length: 8 }, (_, i) => `u${i}`)

/** Each group's parent by index (itself or a later one makes a cycle), and who is in what. */
const hierarchies = fc.record({
  parents: fc.array(fc.option(fc.nat(SIZE - 1)), { minLength: SIZE, maxLength: SIZE }),
  places: fc.uniqueArray(fc.tuple(fc.nat(SIZE - 1), fc.nat(userIds.length - 1)), {
    maxLength: 24,
    selector: ([group, user]) => `${group} ${user}`,
  }),
})

/** What the questions mean, answered by walking up from each group. */
class Walk {
  readonly #parents: readonly (number | null)[]
  readonly #direct: ReadonlyMap<string, MembershipRow>

  constructor(parents: readonly (number | null)[], direct: readonly MembershipRow[]) {
    this.#parents = parents
    this.#direct = new Map(direct.map((row) => [`${row.groupId} ${row.userId}`, row]))
  }

  direct(group: string, user: string): MembershipRow | undefined {
    return this.#direct.get(`${group} ${user}`)
  }

  /** The membership of a user that is fewest levels below a group, by the group's number. */
  nearest(group: number, user: string): MembershipRow | undefined {
    return this.#leading(group, user).sort(
      (a, b) => a.away - b.away || (a.row.groupId < b.row.groupId ? -1 : 1),
    )[0]?.row
  }

  /** How a user belongs to a group. */
  place(group: number, user: string): MembershipRow | undefined {
    const groupId = `g${group}`
    const [since] = this.#leading(group, user)
      .map(({ row }) => row.since)
      .sort()
    if (since === undefined) return undefined
    return this.direct(groupId, user) ?? { groupId, userId: user, role: 'MEMBER', since, seq: 0 }
  }

  #leading(group: number, user: string): { row: MembershipRow; away: number }[] {
    return groupIds.flatMap((id, below) => {
      const row = this.direct(id, user)
      const away = this.#above(below).indexOf(group)
      return row === undefined || away < 0 ? [] : [{ row, away }]
    })
  }

  /** The groups at and above one, nearest first, each once. */
  #above(from: number): number[] {
    const above: number[] = []
    for (let at: number | null = from; at !== null && !above.includes(at); at = this.#parents[at] ?? null) {
      above.push(at)
    }
    return above
  }
}

/** Transitive questions, also over a hierarchy that has a cycle: streams of several groups can make one for a moment. */
export function hierarchyTests(open: OpenWorld): void {
  describe('hierarchy', () => {
    let world: ViewWorld
    beforeAll(async () => {
      world = await open()
    })
    afterAll(() => world.close())

    test('agrees with a walk by hand', async () => {
      await fc.assert(
        fc.asyncProperty(hierarchies, fc.integer({ min: 1, max: 4 }), async ({ parents, places }, size) => {
          const scribe = new Scribe(freshTenant())
          const ask = new Asker(world.reader, scribe.tenant)
          const above = (i: number) => (typeof parents[i] === 'number' ? `g${parents[i]}` : null)
          await world.writer.apply([
            ...groupIds.flatMap((id, i) => scribe.record(groupName(id, id), parent(id, above(i)))),
            ...places.flatMap(([group, user]) =>
              scribe.record(membership(`g${group}`, `u${user}`, 'MAINTAINER')),
            ),
          ])
          const direct = await Promise.all(groupIds.map((id) => ask.members(id)))
          const walk = new Walk(
            parents,
            direct.flatMap(({ rows }) => rows),
          )
          for (const [group, id] of groupIds.entries()) {
            const wanted = userIds.flatMap((user) => walk.nearest(group, user) ?? [])
            expect(await readPages((page) => ask.members(id, true, page), size)).toEqual(wanted)
            expect(await world.reader.countMembers(scribe.tenant, [countMembers(id)])).toEqual([
              wanted.length,
            ])
            const asked = userIds.flatMap((user) => [isMember(id, user, true), isMember(id, user, false)])
            expect(await world.reader.isMember(scribe.tenant, asked)).toEqual(
              userIds.flatMap((user) => [
                walk.nearest(group, user) !== undefined,
                walk.direct(id, user) !== undefined,
              ]),
            )
          }
          for (const userId of userIds) {
            const wanted = groupIds.flatMap((_, group) => walk.place(group, userId) ?? [])
            expect(await readPages((page) => ask.memberships(userId, true, page), size)).toEqual(wanted)
          }
        }),
        { numRuns: 40 },
      )
    })
  })
}
