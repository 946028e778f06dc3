import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/domain/events.ts'
import { LogHole } from '../../src/feed/querySync.ts'
import { type ScanOptions, scanSync } from '../../src/feed/scanSync.ts'
import { type EventPage, type LogPart, LogUnavailable } from '../../src/log/EventLog.ts'
import { ViewsLost, ViewsSuperseded, ViewsUnavailable } from '../../src/views/ViewStore.ts'
import { MemoryLog, MemoryViews, turn } from './fakes.ts'

const PAGES = 10

/** A page of a part; `null` is the first. */
type Place = readonly [part: number, after: string | null]
type Meet = (place: Place) => void | Promise<void>

/** A log of four parts, each of some pages with a user, and what becomes of a scan of it. */
function scanned(meet: Meet, options: ScanOptions = {}) {
  const log = new MemoryLog()
  const users = Array.from({ length: 4 * PAGES }, (_, n) => log.append('acme', `u${n}`))
  const views = new MemoryViews()
  const asked: Place[] = []
  let underWay = 0
  const scanPart = async ({ index }: LogPart, after: string | null): Promise<EventPage> => {
    asked.push([index, after])
    underWay += 1
    try {
      await turn()
      await meet([index, after])
      const page = Number(after ?? 0)
      const events: RecordedEvent[] = users.slice(index * PAGES + page, index * PAGES + page + 1)
      return { events, next: page + 1 < PAGES ? String(page + 1) : null }
    } finally {
      underWay -= 1
    }
  }
  const read: MemoryLog['read'] = log.read.bind(log)
  const scanning = scanSync({ scanPart, read }, views, options)
  return { scanning, asked, views, underWay: () => underWay, beginnings: () => beginningsIn(asked) }
}

const beginningsIn = (asked: readonly Place[]) => asked.filter(([, after]) => after === null).length
const isAt = ([part, after]: Place, wantedPart: number, wantedAfter: string) =>
  part === wantedPart && after === wantedAfter

/** Passing trouble with the third page of the second part, so many times. */
function failing(times: number, error: () => Error): Meet {
  let left = times
  return (place) => {
    if (!isAt(place, 1, '2') || left === 0) return
    left -= 1
    throw error()
  }
}

function patience() {
  const closing = new AbortController()
  const troubles: unknown[] = []
  return { closing, troubles, signal: closing.signal, onTrouble: (error: unknown) => troubles.push(error) }
}

test('brings every page of every part to the views', async () => {
  const pages: number[] = []
  const { scanning, views, asked } = scanned(() => {}, { onPage: (events) => pages.push(events) })
  expect(await scanning).toBe('level')
  expect([views.rows.size, asked.length, pages.length]).toEqual([4 * PAGES, 4 * PAGES, 4 * PAGES])
})

test('one part that fails stops all, and nothing is under way once that is told', async () => {
  const gone = new LogUnavailable('throttled')
  // The others are slower, so that they are at a page when it happens.
  const meet: Meet = async (place) => {
    if (isAt(place, 1, '2')) throw gone
    if (place[0] !== 1) await delay(5)
  }
  const { scanning, asked, underWay } = scanned(meet)
  await expect(scanning).rejects.toBe(gone)
  expect(underWay()).toBe(0)
  const before = asked.length
  await delay(50)
  expect(asked).toHaveLength(before)
})

test('of several that fail the first is told', async () => {
  const errors = [new Error('later'), new Error('first')]
  const meet: Meet = async ([part]) => {
    if (part === 0) await delay(10)
    if (errors[part] !== undefined) throw errors[part]
  }
  await expect(scanned(meet).scanning).rejects.toBe(errors[1])
})

test('with patience what passes is waited out where it was met, and told each time', async () => {
  const own = patience()
  const meet = failing(3, () => new LogUnavailable('throttled'))
  const { scanning, asked, beginnings, views } = scanned(meet, { patience: own })
  expect(await scanning).toBe('level')
  expect(own.troubles).toEqual(Array(3).fill(new LogUnavailable('throttled')))
  expect([beginnings(), asked.length, views.rows.size]).toEqual([4, 4 * PAGES + 3, 4 * PAGES])
})

test('with patience a page that the views could not take is not read again', async () => {
  const own = patience()
  const { scanning, asked, views } = scanned(() => {}, { patience: own })
  const apply = views.apply.bind(views)
  let left = 2
  views.apply = async (events) => {
    if (left-- > 0) throw new ViewsUnavailable('restarting')
    return apply(events)
  }
  expect(await scanning).toBe('level')
  expect([own.troubles.length, asked.length, views.rows.size]).toEqual([2, 4 * PAGES, 4 * PAGES])
})

test.each([
  ['views that are lost', new ViewsLost()],
  ['views in whose place others serve', new ViewsSuperseded()],
  ['a hole in the log', new LogHole('acme/user/u1' as RecordedEvent['stream'], 3)],
  ['whatever nobody thought of', new TypeError('x is not a function')],
])('with patience %s end it all the same, also for parts that wait', async (_, error) => {
  const own = patience()
  const meet: Meet = async (place) => {
    if (place[0] === 0) throw new LogUnavailable('throttled')
    if (isAt(place, 1, '2')) throw error
  }
  const { scanning, underWay } = scanned(meet, { patience: own })
  await expect(scanning).rejects.toBe(error)
  expect(underWay()).toBe(0)
})

test('a wait ends when it is told to', async () => {
  const own = patience()
  const meet: Meet = () => {
    throw new LogUnavailable('throttled')
  }
  const { scanning, underWay } = scanned(meet, { patience: own, stopped: () => own.signal.aborted })
  while (own.troubles.length < 4) await turn()
  own.closing.abort()
  expect(await scanning).toBe('stopped')
  expect(underWay()).toBe(0)
})
