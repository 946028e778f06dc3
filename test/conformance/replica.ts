import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Change, DirectoryCopy, Replica } from '../../src/client/index.ts'
import { changesOf, type Fact, facts, stateOf } from '../support/changes.ts'

type Subject = Replica & DirectoryCopy

export interface ReplicaWorld {
  readonly replica: Subject
  /** The same replica as a new process would have it; null where it does not outlive one. */
  readonly reopen: (() => Subject) | null
  readonly close: () => void
}

/** What a follower may rely on, whatever keeps its copy. */
export function replicaSuite(name: string, open: () => ReplicaWorld): void {
  describe(name, () => {
    let world: ReplicaWorld
    let replica: Subject
    beforeEach(() => {
      world = open()
      replica = world.replica
    })
    afterEach(() => world.close())

    const apply = (...said: Fact[]) => replica.apply(changesOf(said), `c${said.length}`)

    test('is nowhere at first, and shows nothing', async () => {
      expect(await replica.place()).toBeNull()
      expect([...replica.users(), ...replica.groups()]).toEqual([])
      expect([replica.user('u1'), replica.group('g1'), replica.members('g1')]).toEqual([null, null, []])
    })

    test('shows what it was told, once it is whole', async () => {
      await replica.begin('all')
      expect(await replica.place()).toEqual({ scope: 'all', cursor: null, isWhole: false })
      await apply(
        ['SetMembership', 'g1', 'u1', 'MAINTAINER'],
        ['SetUsername', 'u1', 'ada'],
        ['SetUserStatus', 'u1', 'SUSPENDED'],
        ['SetUserEmail', 'u1', 'ada@example.org'],
        ['SetUserName', 'u1', 'Ada'],
        ['SetUserAttributes', 'u1', { desk: 7 }],
        ['SetGroupName', 'g1', 'engines'],
        ['SetGroupDescription', 'g1', 'steam'],
        ['SetGroupName', 'g2', 'all'],
        ['SetGroupParent', 'g1', 'g2'],
      )
      expect(replica.user('u1')).toBeNull()
      expect(await replica.place()).toEqual({ scope: 'all', cursor: 'c10', isWhole: false })
      await replica.complete('c11')
      expect(await replica.place()).toEqual({ scope: 'all', cursor: 'c11', isWhole: true })
      expect(replica.user('u1')).toEqual({
        id: 'u1',
        username: 'ada',
        email: 'ada@example.org',
        name: 'Ada',
        status: 'SUSPENDED',
        attributes: { desk: 7 },
      })
      expect(replica.group('g1')).toEqual({ id: 'g1', name: 'engines', description: 'steam', parentId: 'g2' })
      const membership = { groupId: 'g1', userId: 'u1', role: 'MAINTAINER' }
      expect([replica.members('g1'), replica.memberships('u1')]).toEqual([[membership], [membership]])
      expect([[...replica.users()].length, [...replica.groups()].length]).toEqual([1, 2])
    })

    test('clears what is null, and ends what is deleted, for good', async () => {
      await replica.begin('all')
      await apply(
        ['SetUsername', 'u1', 'ada'],
        ['SetUserEmail', 'u1', 'ada@example.org'],
        ['SetUserEmail', 'u1', null],
        ['SetUsername', 'u2', 'bob'],
        ['SetGroupName', 'g1', 'top'],
        ['SetGroupName', 'g2', 'below'],
        ['SetGroupParent', 'g2', 'g1'],
        ['SetMembership', 'g1', 'u1', 'MEMBER'],
        ['SetMembership', 'g2', 'u1', 'MEMBER'],
        ['SetMembership', 'g2', 'u2', 'MEMBER'],
        ['SetMembership', 'g2', 'u2', null],
        ['SetUserStatus', 'u2', 'DELETED'],
        ['SetMembership', 'g2', 'u2', 'MEMBER'],
        ['SetGroupStatus', 'g1', 'DELETED'],
        ['SetUserName', 'u2', 'Bob'],
      )
      await replica.complete('c')
      expect(replica.user('u1')?.email).toBeNull()
      expect([replica.user('u2'), replica.group('g1')]).toEqual([null, null])
      expect(replica.group('g2')?.parentId).toBeNull()
      expect(replica.memberships('u1').map(({ groupId }) => groupId)).toEqual(['g2'])
      expect([replica.memberships('u2'), replica.members('g1')]).toEqual([[], []])
    })

    test('takes each change of a stream once, in order', async () => {
      await replica.begin('all')
      const [first, second] = changesOf([
        ['SetUsername', 'u1', 'old'],
        ['SetUsername', 'u1', 'new'],
      ]) as [Change, Change]
      await replica.apply([second], 'c2')
      await replica.apply([second, first], 'c1')
      expect(await replica.seq(first.stream)).toBe(2)
      expect(await replica.seq('another')).toBe(0)
      await replica.complete('c')
      expect(replica.user('u1')?.username).toBe('new')
    })

    test('shows the old copy until the new one is whole, and then nothing of the old', async () => {
      await replica.begin('all')
      await apply(
        ['SetUsername', 'u1', 'gone'],
        ['SetUsername', 'u2', 'old'],
        ['SetMembership', 'g1', 'u1', 'MEMBER'],
      )
      await replica.complete('c3')
      const before = stateOf(replica)
      await replica.begin('all')
      expect(await replica.seq('t/user/u2')).toBe(0)
      await apply(['SetUsername', 'u2', 'new'])
      expect(stateOf(replica)).toEqual(before)
      expect(await replica.place()).toEqual({ scope: 'all', cursor: 'c1', isWhole: false })
      await replica.complete('c')
      expect([...replica.users()].map(({ username }) => username)).toEqual(['new'])
      expect(replica.members('g1')).toEqual([])
      expect(await replica.seq('t/user/u1')).toBe(0)
    })

    test('begins anew over one that was not finished', async () => {
      await replica.begin('all')
      await apply(['SetUsername', 'u1', 'half'])
      await replica.begin('some')
      expect(await replica.place()).toEqual({ scope: 'some', cursor: null, isWhole: false })
      await replica.complete('c')
      expect([...replica.users()]).toEqual([])
    })

    test('does not keep a change without its cursor, nor a cursor without its changes', async () => {
      await replica.begin('all')
      await apply(['SetUsername', 'u1', 'ada'])
      const [good, broken] = changesOf([
        ['SetUsername', 'u2', 'bob'],
        ['SetUserAttributes', 'u2', {}],
      ]) as [Change, Change]
      const circular: Record<string, unknown> = {}
      circular.self = circular
      const attempt = async () =>
        replica.apply([good, { ...broken, event: { ...broken.event, attributes: circular } } as Change], 'c9')
      const outcome = await attempt().then(
        () => 'c9',
        () => 'c1',
      )
      expect((await replica.place())?.cursor).toBe(outcome)
      await replica.complete('c')
      expect([...replica.users()].length).toBe(outcome === 'c9' ? 2 : 1)
    })

    test('outlives its process, finished or not', async () => {
      if (world.reopen === null) return
      await replica.begin('all')
      await apply(['SetUsername', 'u1', 'ada'])
      await replica.complete('c2')
      await replica.begin('all')
      await apply(['SetUsername', 'u1', 'countess'])
      const later = world.reopen()
      expect(await later.place()).toEqual({ scope: 'all', cursor: 'c1', isWhole: false })
      expect(await later.seq('t/user/u1')).toBe(1)
      expect(later.user('u1')?.username).toBe('ada')
    })

    test('comes to the same whatever is told twice, and wherever it is cut', () => {
      fc.assert(
        fc.property(facts, fc.array(fc.nat(), { maxLength: 20 }), (said, cuts) => {
          const changes = changesOf(said)
          const once = fill(open(), [changes])
          const pieces: Change[][] = []
          let at = 0
          for (const cut of [...cuts.map((n) => n % (changes.length + 1)), changes.length]) {
            // Again from some place before, as after a cut: everything up to here has been told.
            const from = Math.min(at, cut)
            at = Math.max(at, cut)
            pieces.push(changes.slice(from, at))
          }
          expect(fill(open(), pieces)).toEqual(once)
        }),
        { numRuns: 60 },
      )
    })
  })
}

/** The state after the pieces, each applied by itself. */
function fill({ replica, close }: ReplicaWorld, pieces: readonly (readonly Change[])[]) {
  replica.begin('all')
  for (const [i, piece] of pieces.entries()) replica.apply(piece, `c${i}`)
  replica.complete('c')
  const state = stateOf(replica)
  close()
  return state
}
