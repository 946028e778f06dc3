import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { parseStream } from '../../src/domain/streams.ts'
import type { Select } from '../../src/feed/Bell.ts'
import { type Journal, openJournal } from '../../src/feed/journal.ts'
import type { JournalMessage } from '../../src/feed/tail.ts'
import { asLog, ManualFeed, MemoryLog, turn } from './fakes.ts'

const TENANTS = ['acme', 'beta'] as const

function world() {
  const log = new MemoryLog()
  const feed = new ManualFeed()
  return { log, feed, journal: openJournal(asLog(log), feed) }
}

const ofTenant = (events: readonly RecordedEvent[], tenant: string) =>
  events.filter(({ stream }) => parseStream(stream)?.tenant === tenant)

const ofUser =
  (...users: readonly string[]): Select =>
  (events) =>
    events.filter(({ stream }) => users.includes(parseStream(stream)?.id ?? ''))

/** Consumes a tail until `enough`, then aborts it. */
async function follow(
  journal: Journal,
  after: number,
  enough: (messages: readonly JournalMessage[]) => boolean,
): Promise<JournalMessage[]> {
  const abort = new AbortController()
  const messages: JournalMessage[] = []
  for await (const message of journal.tail('acme', after, { signal: abort.signal })) {
    messages.push(message)
    if (enough(messages)) abort.abort()
  }
  return messages
}

const kinds = (messages: readonly JournalMessage[]) => messages.map(({ kind }) => kind)

describe('read', () => {
  test('tells nothing that the views have not applied', async () => {
    const { log, feed, journal } = world()
    const events = [log.append('acme', 'a'), log.append('acme', 'b'), log.append('acme', 'c')]
    feed.moveTo(2, null)
    expect(await journal.read('acme', 0, 10)).toEqual({ events: events.slice(0, 2), position: 2 })
    expect(await journal.head('acme')).toBe(2)
  })

  test('an empty page moves on, a full one says where it ends', async () => {
    const { log, feed, journal } = world()
    for (const user of ['a', 'b', 'c']) log.append('acme', user)
    feed.moveTo(3, null)
    expect(await journal.read('beta', 0, 10)).toEqual({ events: [], position: 3 })
    expect((await journal.read('acme', 0, 2)).position).toBe(2)
    expect((await journal.read('acme', 3, 2)).position).toBe(3)
  })

  test('a position that the views have not reached yet stays where it is', async () => {
    const { journal } = world()
    expect(await journal.read('acme', 7, 10)).toEqual({ events: [], position: 7 })
  })

  test('readers at the same place share a read; one that fails is not remembered', async () => {
    const { log, feed, journal } = world()
    log.append('acme', 'a')
    feed.moveTo(1, null)
    const pages = await Promise.all([1, 2, 3].map(() => journal.read('acme', 0, 10)))
    expect(new Set(pages).size).toBe(1)
    expect(log.reads).toBe(1)

    let fails = true
    const scanTenant = log.scanTenant.bind(log)
    log.scanTenant = (...args) => (fails ? Promise.reject(new Error('disk')) : scanTenant(...args))
    await expect(journal.read('acme', 0, 5)).rejects.toThrow('disk')
    fails = false
    expect((await journal.read('acme', 0, 5)).events).toHaveLength(1)
  })
})

describe('tail', () => {
  test('replays, says level once, then follows', async () => {
    const { log, feed, journal } = world()
    log.append('acme', 'a')
    feed.moveTo(1, null)
    const following = follow(journal, 0, (messages) => {
      if (messages.length === 2) {
        log.append('beta', 'x')
        log.append('acme', 'b')
        feed.moveTo(3, TENANTS)
      }
      return messages.length === 3
    })
    const messages = await following
    expect(kinds(messages)).toEqual(['changes', 'level', 'changes'])
    expect(messages.map(({ position }) => position)).toEqual([1, 1, 3])
  })

  test('a long replay comes in pages', async () => {
    const { log, feed, journal } = world()
    for (let i = 0; i < 1_100; i++) log.append('acme', `u${i}`)
    feed.moveTo(1_100, null)
    const messages = await follow(journal, 0, (all) => all.at(-1)?.kind === 'level')
    const sizes = messages.map((message) =>
      message.kind === 'changes' ? message.events.length : message.kind,
    )
    expect(sizes).toEqual([500, 500, 100, 'level'])
  })

  test('a bookmark tells a follower without changes that the journal moved, once', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const { log, feed, journal } = world()
      const abort = new AbortController()
      const messages: JournalMessage[] = []
      const following = (async () => {
        for await (const message of journal.tail('acme', 0, abort)) messages.push(message)
      })()
      const second = async () => {
        vi.advanceTimersByTime(1_000)
        for (let turns = 0; turns < 5; turns++) await turn()
      }
      await second()
      log.append('beta', 'x')
      feed.moveTo(1, ['beta'])
      await second()
      await second()
      log.append('acme', 'y')
      log.append('beta', 'x')
      // The tick finds a change: that says where to resume as well.
      feed.moveTo(3, [])
      await second()
      await second()
      abort.abort()
      await following
      expect(messages).toEqual([
        { kind: 'level', position: 0 },
        { kind: 'moved', position: 1 },
        { kind: 'changes', position: 3, events: [log.events[1]] },
      ])
    } finally {
      vi.useRealTimers()
    }
  })

  test('a batch of one tenant makes nobody else read', async () => {
    const { log, feed, journal } = world()
    const abort = new AbortController()
    const ended = (async () => {
      for await (const _ of journal.tail('acme', 0, { signal: abort.signal }));
    })()
    await turn()
    for (let position = 1; position <= 50; position++) {
      log.append('beta', 'x')
      feed.moveTo(position, ['beta'])
      await turn()
    }
    expect(log.reads).toBe(0)
    abort.abort()
    await ended
  })

  test('followers who are told the same sleep on where nothing is for them: the journal is looked at once for all', async () => {
    const { log, feed, journal } = world()
    const abort = new AbortController()
    const select = vi.fn(ofUser('b'))
    const tails = [[], [], []].map(async (messages: JournalMessage[]) => {
      for await (const message of journal.tail('acme', 0, { signal: abort.signal, select })) {
        messages.push(message)
        if (message.kind === 'changes') return messages
      }
      return messages
    })
    await turn()
    select.mockClear()
    for (let position = 1; position <= 50; position++) {
      log.append('acme', 'a')
      feed.moveTo(position, ['acme'])
      await turn()
    }
    expect(select).toHaveBeenCalledTimes(50)
    const event = log.append('acme', 'b')
    feed.moveTo(51, ['acme'])
    for (const messages of await Promise.all(tails)) {
      expect(messages.at(-1)).toEqual({ kind: 'changes', events: [event], position: 51 })
    }
  })

  test('a change that many follow lets others have their turn before the last of them is told', async () => {
    const { log, feed, journal } = world()
    const abort = new AbortController()
    let told = 0
    const tails = Array.from({ length: 250 }, async () => {
      for await (const { kind } of journal.tail('acme', 0, abort)) if (kind === 'changes') told += 1
    })
    await turn()
    log.append('acme', 'a')
    feed.moveTo(1, ['acme'])
    await turn()
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThan(250)
    while (told < 250) await turn()
    abort.abort()
    await Promise.all(tails)
  })

  test('ends with its signal and with the feed, also while it sleeps; followers share one listener', async () => {
    const { feed, journal } = world()
    const signals = [new AbortController(), new AbortController(), new AbortController()]
    const tails = signals.map(async ({ signal }) => {
      for await (const _ of journal.tail('acme', 0, { signal }));
    })
    await turn()
    expect(feed.listeners).toBe(1)
    signals[0]?.abort()
    await tails[0]
    await feed.close()
    await Promise.all(tails)
  })
})

test('every follower sees its tenant exactly once, in order, wherever it is cut and resumed', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('append' as const), tenant: fc.constantFrom(...TENANTS) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('apply' as const), known: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), follower: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const { log, feed, journal } = world()
      const selective = ofUser('u1', 'last')
      const followers = [
        ...TENANTS.map((tenant) => new Follower(journal, feed, tenant)),
        ...[selective, selective].map((select) => new Follower(journal, feed, 'acme', select)),
      ]
      const applyAll = (known: boolean) => {
        const fresh = log.events.slice(feed.position)
        const tenants = TENANTS.filter((tenant) => ofTenant(fresh, tenant).length > 0)
        feed.moveTo(log.events.length, known ? tenants : null)
      }
      for (const step of steps) {
        if (step.kind === 'append') log.append(step.tenant, `u${log.events.length % 3}`)
        else if (step.kind === 'apply') applyAll(step.known)
        else if (step.kind === 'cut') await followers[step.follower]?.cut()
        else await turn()
      }
      for (const tenant of TENANTS) log.append(tenant, 'last')
      applyAll(true)
      for (const follower of followers) {
        const all = follower.select(ofTenant(log.events, follower.tenant))
        expect(await follower.finish(all.at(-1)?.position ?? 0)).toEqual(all)
      }
      await feed.close()
    }),
    { numRuns: 150 },
  )
})

/** Keeps its last position, and resumes from it when it is cut. */
class Follower {
  readonly tenant: string
  readonly select: Select
  readonly #journal: Journal
  readonly #feed: ManualFeed
  readonly #seen: RecordedEvent[] = []
  #position = 0
  #abort = new AbortController()
  #running: Promise<void>
  #onMessage: () => void = () => {}

  constructor(journal: Journal, feed: ManualFeed, tenant: string, select: Select = (events) => events) {
    this.tenant = tenant
    this.select = select
    this.#journal = journal
    this.#feed = feed
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    const options = { signal: this.#abort.signal, select: this.select }
    for await (const message of this.#journal.tail(this.tenant, this.#position, options)) {
      if (message.kind === 'changes') {
        this.#seen.push(...message.events)
        // Told means visible.
        expect(message.events.at(-1)?.position).toBeLessThanOrEqual(this.#feed.position)
      }
      expect(message.position).toBeGreaterThanOrEqual(this.#position)
      this.#position = message.position
      this.#onMessage()
    }
  }

  async cut(): Promise<void> {
    this.#abort.abort()
    await this.#running
    this.#abort = new AbortController()
    this.#running = this.#run()
  }

  /** All it has seen, once it has been told of everything up to its tenant's last change. */
  async finish(last: number): Promise<readonly RecordedEvent[]> {
    await new Promise<void>((resolve) => {
      this.#onMessage = () => {
        if (this.#position >= last) resolve()
      }
      this.#onMessage()
    })
    this.#abort.abort()
    await this.#running
    return this.#seen
  }
}
