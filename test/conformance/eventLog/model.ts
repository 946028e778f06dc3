import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Claim } from '../../../src/domain/claims.ts'
import { type StreamName, userStream } from '../../../src/domain/streams.ts'
import type { LogCommit, LogReader } from '../../../src/log/EventLog.ts'
import { claimOf, commitOf, record, seqs, upTo, usernames } from './commits.ts'
import { type OpenFixture, using } from './fixture.ts'

const OWNERS = ['1', '2'] as const
const NAMES = ['a', 'b', 'c'] as const
const KEYS = ['k1', 'k2', 'k3', 'k4', 'k5'] as const
const STREAMS = [0, 1, 2] as const

/** The log as one would write it without an engine. Each run has a tenant of its own, so that one log serves all runs. */
class Model {
  readonly tenant: string
  readonly names: readonly StreamName[]
  readonly streams = new Map<StreamName, string[]>()
  readonly owners = new Map<string, string>()
  readonly keys = new Set<string>()

  constructor(tenant: string) {
    this.tenant = tenant
    this.names = [userStream(tenant, '1'), userStream(tenant, '2'), userStream(`${tenant}-other`, '1')]
  }

  seq(stream: StreamName): number {
    return this.streams.get(stream)?.length ?? 0
  }

  commit({ appends, checks, claims, releases, idempotency }: LogCommit): string {
    const stale = [...appends, ...checks].some(({ stream, expected }) => this.seq(stream) !== expected)
    if (stale || idempotency.some(({ key }) => this.keys.has(key))) return 'conflict'
    const owners = new Map(this.owners)
    for (const { value, owner } of releases) if (owners.get(value) === owner) owners.delete(value)
    for (const { value, owner } of claims) {
      if ((owners.get(value) ?? owner) !== owner) return 'taken'
      owners.set(value, owner)
    }
    this.owners.clear()
    for (const [value, owner] of owners) this.owners.set(value, owner)
    for (const { key } of idempotency) this.keys.add(key)
    for (const { stream, events } of appends) {
      const texts = events.map((event) => JSON.stringify(event))
      this.streams.set(stream, [...(this.streams.get(stream) ?? []), ...texts])
    }
    return 'committed'
  }
}

/** What a command wants, by number and name; how far its idea of a head is off is decided here, the head when it is run. */
interface Wish {
  readonly appends: readonly { stream: number; off: number; events: number }[]
  readonly checks: readonly { stream: number; off: number }[]
  readonly claims: readonly Name[]
  readonly releases: readonly Name[]
  readonly keys: readonly string[]
}
type Name = readonly [owner: string, value: string]

const off = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 1) },
)
const name = fc.tuple(fc.constantFrom(...OWNERS), fc.constantFrom(...NAMES))
const wish: fc.Arbitrary<Wish> = fc.record({
  appends: fc.uniqueArray(
    fc.record({ stream: fc.constantFrom(...STREAMS), off, events: fc.integer({ min: 1, max: 3 }) }),
    { maxLength: 2, selector: ({ stream }) => stream },
  ),
  checks: fc.array(fc.record({ stream: fc.constantFrom(...STREAMS), off }), { maxLength: 1 }),
  claims: fc.array(name, { maxLength: 2 }),
  releases: fc.array(name, { maxLength: 2 }),
  keys: fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 1 }),
})

/** Commits that win in any order, if they do not want the same: nothing rests on what another one of them writes or releases. */
const firstWish = wish.map(
  (any): Wish => ({
    ...any,
    appends: any.appends.map((each) => ({ ...each, off: 0 })),
    checks: [],
    releases: [],
  }),
)

function commitFor(model: Model, { appends, checks, claims, releases, keys }: Wish, step: number): LogCommit {
  const expect = (index: number, off: number) => {
    const stream = model.names[index] ?? userStream(model.tenant, '1')
    return { stream, expected: Math.max(0, model.seq(stream) + off) }
  }
  const toClaim = ([owner, value]: Name): Claim => claimOf(owner, value, 'username', model.tenant)
  return commitOf({
    tenant: model.tenant,
    appends: appends.map(({ stream, off, events }) => ({
      ...expect(stream, off),
      events: usernames(events, `${step}-`),
    })),
    checks: checks.map(({ stream, off }) => expect(stream, off)),
    claims: claims.map(toClaim),
    releases: releases.map(toClaim),
    idempotency: keys.map((key) => record(key, step)),
  })
}

async function expectAgreement(log: LogReader, model: Model): Promise<void> {
  for (const stream of model.names) {
    const events = await log.read(stream, 0, 1000)
    const told = model.streams.get(stream) ?? []
    expect(events.map(({ event }) => event)).toEqual(told.map((text) => JSON.parse(text)))
    expect(seqs(events)).toEqual(upTo(events.length))
    expect((await log.head(stream)).seq).toBe(model.seq(stream))
  }
  for (const value of NAMES) {
    expect(await log.claimOwner(model.tenant, 'username', value)).toBe(model.owners.get(value) ?? null)
  }
  for (const key of KEYS) expect((await log.recall(model.tenant, key)) !== null).toBe(model.keys.has(key))
}

export function describeAgreement(open: OpenFixture): void {
  describe('any commits', () => {
    it('do what the model says, one after the other, and after opening anew', async () => {
      const { log, another } = await using(open)
      const models: Model[] = []
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { minLength: 5, maxLength: 25 }), async (wishes) => {
          const model = new Model(`run${models.length}`)
          models.push(model)
          for (const [step, next] of wishes.entries()) {
            const commit = commitFor(model, next, step)
            expect((await log.commit(commit)).kind).toBe(model.commit(commit))
          }
          await expectAgreement(log, model)
        }),
        { numRuns: 40 },
      )
      await log.close()
      const again = await another()
      for (const model of models) await expectAgreement(again, model)
    })

    it('of writers that all read an empty log fit together, whoever wins', async () => {
      const { log, another } = await using(open)
      const logs = [log, await another()]
      let runs = 0
      await fc.assert(
        fc.asyncProperty(fc.array(firstWish, { minLength: 5, maxLength: 40 }), async (wishes) => {
          const model = new Model(`run${runs++}`)
          const commits = wishes.map((next, step) => commitFor(model, next, step))
          const outcomes = await Promise.all(commits.map((commit, step) => logs[step % 2]?.commit(commit)))
          const won = commits.filter((_, index) => outcomes[index]?.kind === 'committed')
          expect(won).not.toEqual([])
          for (const commit of won) expect(model.commit(commit)).toBe('committed')
          await expectAgreement(log, model)
        }),
        { numRuns: 20 },
      )
    })
  })
}
