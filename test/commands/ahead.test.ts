import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandRun } from '../../src/commands/CommandRun.ts'
import { commandInterpreter } from '../../src/commands/handler.ts'
import type { Event, RecordedEvent } from '../../src/domain/events.ts'
import { type StreamName, userStream } from '../../src/domain/streams.ts'
import { CommitUnknown, LogUnavailable } from '../../src/log/EventLog.ts'
import { type CommandOp, commit, readHead, readSeqs, readStream, recall } from '../../src/ops/command.ts'
import { fail, LOST_RACE, type Program, perform, run } from '../../src/ops/program.ts'
import { claimOf, META, TENANT } from '../conformance/eventLog/commits.ts'
import { type Fate, UndecidedLog } from './UndecidedLog.ts'

const STREAMS = ['a', 'b', 'c'].map((id) => userStream(TENANT, id))

/** What a command does: it reads, in order, and then appends to some of those streams, or answers what it saw. */
interface Plan {
  readonly reads: readonly { readonly stream: StreamName; readonly how: 'head' | 'seq' | 'all' }[]
  readonly writes: readonly boolean[]
  readonly type: 'SetUsername' | 'SetUserEmail'
  readonly name: string | null
  readonly key: string | null
}

/** What it saw of a stream: where it is and, unless it asked for no more than that, what it says. */
interface Sight {
  readonly seq: number
  readonly says: Said | null
}

/** By its digest: commands write what they saw, and others see that, so the texts themselves would grow without end. */
interface Said {
  readonly how: 'head' | 'all'
  readonly digest: string
}

const said = (how: Said['how'], events: readonly RecordedEvent[]): Said => {
  const says =
    how === 'all' ? events.map((each) => each.event) : [newest(events), events.map((each) => each.event)]
  return { how, digest: hash('sha256', JSON.stringify(says)) }
}
type Sights = Readonly<Record<StreamName, Sight>>

type Answer =
  | { readonly kind: 'written' | 'taken' | 'looked'; readonly saw: Sights }
  | { readonly kind: 'recalled'; readonly by: number }

const event = (type: Plan['type'], text: string): Event =>
  type === 'SetUsername' ? { type, userId: 'ann', username: text } : { type, userId: 'ann', email: text }

const newest = (events: readonly RecordedEvent[]): unknown =>
  Object.fromEntries(events.map(({ seq, event: { type } }) => [type, seq]))

function* see({ stream, how }: Plan['reads'][number]): Program<Sight> {
  if (how === 'seq') return { seq: (yield* perform(readSeqs([stream])))[0] ?? 0, says: null }
  if (how === 'head') {
    const { seq, latest } = yield* perform(readHead(stream))
    return { seq, says: said('head', latest) }
  }
  const events = yield* perform(readStream(stream))
  return { seq: events.at(-1)?.seq ?? 0, says: said('all', events) }
}

function* carryOut({ reads, writes, type, name }: Plan, by: number): Program<Answer> {
  const before = yield* perform(recall('carryOut', ''))
  if (before !== null) return { kind: 'recalled', by: before.result as number }
  const saw: Record<StreamName, Sight> = {}
  for (const read of reads) saw[read.stream] = yield* see(read)
  const appends = reads
    .filter((_, n) => writes[n])
    .map(({ stream }) => ({
      stream,
      expected: saw[stream]?.seq ?? 0,
      events: [event(type, JSON.stringify({ by, saw }))],
    }))
  if (appends.length === 0 && type === 'SetUsername') return { kind: 'looked', saw }
  const claims = name === null || appends.length === 0 ? [] : [claimOf(`${by}`, name)]
  const outcome = yield* perform(commit({ appends, claims, result: by }))
  if (outcome.kind === 'conflict') return yield* fail(LOST_RACE)
  if (outcome.kind === 'taken') return { kind: 'taken', saw }
  return { kind: appends.length === 0 ? 'looked' : 'written', saw }
}

/** A command under way, and what became of it. */
class Carried {
  readonly plan: Plan
  readonly by: number
  answer: Answer | Error | null = null
  /** Where the streams were when it began, and when it ended. */
  readonly from: ReadonlyMap<StreamName, number>
  to: ReadonlyMap<StreamName, number> = new Map()
  wasNameHeld = false
  hasFailed = false
  readonly #log: UndecidedLog

  constructor(log: UndecidedLog, plan: Plan, by: number) {
    this.plan = plan
    this.by = by
    this.#log = log
    this.from = this.#places()
    void this.#run()
  }

  async #run(): Promise<void> {
    try {
      this.answer = await this.#attempts()
    } catch (error) {
      this.answer = error as Error
    }
    this.to = this.#places()
    this.hasFailed = this.#log.failed.has(`${this.by}`)
    const { name } = this.plan
    this.wasNameHeld = name !== null && this.#log.truth.claimOwner(TENANT, 'username', name) !== null
  }

  async #attempts(): Promise<Answer> {
    const log = new CommandRun(this.#log)
    const request = {
      tenant: TENANT,
      actor: META.actor,
      cause: `${this.by}`,
      idempotencyKey: this.plan.key,
      ip: null,
      at: META.at,
    }
    const interpret = commandInterpreter(log, request, { committed() {}, conflict() {} })
    for (;;) {
      const result = await run(carryOut(this.plan, this.by), (op) => interpret(op as CommandOp))
      if ((await log.judge(result)) !== 'final') continue
      if (!result.ok) throw new Error(result.error.message)
      return result.value
    }
  }

  #places(): ReadonlyMap<StreamName, number> {
    return new Map(STREAMS.map((stream) => [stream, this.#log.truth.seq(stream)]))
  }
}

const stream = fc.constantFrom(...STREAMS)
const rarely = <A>(value: fc.Arbitrary<A>) => fc.option(value, { freq: 4 })
const plan: fc.Arbitrary<Plan> = fc.record({
  reads: fc.uniqueArray(
    fc.record({
      stream,
      how: fc.constantFrom('head' as const, 'head' as const, 'seq' as const, 'all' as const),
    }),
    { minLength: 1, maxLength: 3, selector: (read) => read.stream },
  ),
  writes: fc.array(fc.constantFrom(true, true, false), { minLength: 3, maxLength: 3 }),
  type: fc.constantFrom('SetUsername' as const, 'SetUserEmail' as const),
  name: rarely(fc.constantFrom('ann', 'bob')),
  key: rarely(fc.constantFrom('k1', 'k2')),
})
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 12, arbitrary: fc.constant('decided' as const) },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('unavailable', 'unknown, written', 'unknown, not written') },
)

type Step = (world: World) => void
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>((world) => world.begin()) },
  {
    weight: 4,
    arbitrary: fc.nat(20).map(
      (n): Step =>
        ({ log }) =>
          log.answer(n),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.nat(20).map(
      (n): Step =>
        ({ log }) =>
          log.arrive(n),
    ),
  },
  {
    weight: 4,
    arbitrary: fate.map(
      (one): Step =>
        ({ log }) =>
          log.decide(one),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: 4 }).map(
      (n): Step =>
        ({ log }) =>
          log.tell(n),
    ),
  },
  {
    weight: 1,
    arbitrary: stream.map(
      (name): Step =>
        ({ log }) =>
          log.intrude(name, event('SetUsername', 'another')),
    ),
  },
)

class World {
  readonly log = new UndecidedLog()
  readonly carried: Carried[] = []
  readonly #plans: Plan[]

  constructor(plans: readonly Plan[]) {
    this.#plans = [...plans]
  }

  begin(): void {
    const next = this.#plans.shift()
    if (next !== undefined) this.carried.push(new Carried(this.log, next, this.carried.length + 1))
  }

  /** Nothing stands in the way any more of what was begun. */
  async finish(): Promise<void> {
    for (let turns = 0; this.carried.some(({ answer }) => answer === null); turns++) {
      if (turns > 2_000) throw new Error('a command does not come to an end')
      this.log.answer(0)
      this.log.arrive(0)
      this.log.decide('decided')
      this.log.tell(1)
      await nextTurn()
    }
  }
}

/** The commits that the log has, by whom they are, with the position of the first event. */
function commitsIn(events: readonly RecordedEvent[]) {
  const commits = new Map<number, { position: number; saw: Sights; streams: Map<StreamName, number> }>()
  for (const { stream: name, seq, position, event: one } of events) {
    const text = one.type === 'SetUsername' ? one.username : one.type === 'SetUserEmail' ? one.email : ''
    if (text === 'another') continue
    const { by, saw } = JSON.parse(text ?? '') as { by: number; saw: Sights }
    const known = commits.get(by) ?? { position, saw, streams: new Map() }
    expect(known.streams.has(name), `${by} has written ${name} once`).toBe(false)
    commits.set(by, { ...known, streams: known.streams.set(name, seq) })
  }
  return commits
}

/** What was seen stood in the log, each stream as it was at one time or another before this position. */
function expectSeen(saw: Sights, events: readonly RecordedEvent[], before = Number.POSITIVE_INFINITY): void {
  for (const [name, { seq, says }] of Object.entries(saw)) {
    const there = events.filter((each) => each.stream === name && each.seq <= seq)
    expect(there).toHaveLength(seq)
    for (const { position } of there) expect(position).toBeLessThan(before)
    if (says === null) continue
    const latest = [...new Map(there.map((each) => [each.event.type, each])).values()]
    expect(says).toEqual(said(says.how, says.how === 'all' ? there : latest))
  }
}

function expectJustified(
  { plan: { key }, by, answer, from, to, wasNameHeld, hasFailed }: Carried,
  events: readonly RecordedEvent[],
): void {
  const commits = commitsIn(events)
  const own = commits.get(by)
  if (answer instanceof Error) {
    expect(answer).toBeInstanceOf(LogUnavailable)
    expect(hasFailed, 'nobody is told of the trouble of others').toBe(true)
    if (!(answer instanceof CommitUnknown)) expect(own).toBeUndefined()
  } else if (answer?.kind === 'recalled') {
    expect(key).not.toBeNull()
    if (answer.by !== by) expect(own).toBeUndefined()
  } else if (answer !== null) {
    expect(own !== undefined).toBe(answer.kind === 'written')
    if (answer.kind === 'taken') expect(wasNameHeld).toBe(true)
    expectSeen(answer.saw, events)
    for (const [name, { seq }] of Object.entries(answer.saw) as [StreamName, Sight][]) {
      expect(seq, 'not older than the command').toBeGreaterThanOrEqual(from.get(name) ?? 0)
      expect(seq, 'not newer than its end').toBeLessThanOrEqual(to.get(name) ?? 0)
    }
  }
}

/** Everything in the log, and everything that was answered, rests on what stands in the log. */
function expectAllJustified({ log, carried }: World): void {
  const { events } = log.truth
  for (const { saw, position, streams } of commitsIn(events).values()) {
    expectSeen(saw, events, position)
    for (const [name, seq] of streams) expect(saw[name]?.seq).toBe(seq - 1)
  }
  for (const each of carried) expectJustified(each, events)
}

test('whatever becomes of commits, answers and further commits rest on what stands in the log', async () => {
  let based = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 2, maxLength: 12 }),
      fc.array(step, { minLength: 20, maxLength: 120 }),
      async (plans, steps) => {
        const world = new World(plans)
        for (const take of steps) {
          take(world)
          await nextTurn()
        }
        await world.finish()
        expectAllJustified(world)
        based += world.log.based
      },
    ),
    { numRuns: 300 },
  )
  expect(based).toBeGreaterThan(0)
})

test('where another process was faster, nobody decides on what was to stand in its place', async () => {
  const [a] = STREAMS as [StreamName]
  const change: Plan = {
    reads: [{ stream: a, how: 'head' }],
    writes: [true],
    type: 'SetUsername',
    name: null,
    key: null,
  }
  const world = new World([change, { ...change, type: 'SetUserEmail' }, change])
  const { log } = world
  const steps: Step[] = [
    () => world.begin(),
    () => world.begin(),
    // The first goes on from an empty stream.
    () => log.answer(0),
    () => log.arrive(0),
    () => log.intrude(a, event('SetUsername', 'another')),
    // The second finds that; the third goes on from the second.
    () => log.answer(0),
    () => log.arrive(0),
    () => world.begin(),
  ]
  for (const take of steps) {
    take(world)
    await nextTurn()
  }
  expect(log.based).toBe(1)
  await world.finish()
  expectAllJustified(world)
  expect(log.truth.seq(a)).toBe(4)
})
