import { afterEach, beforeEach, expect, test } from 'vitest'
import { userStream } from '../../src/domain/streams.ts'
import type { Brakes, Report } from '../../src/feed/local/messages.ts'
import { SyncLoop } from '../../src/feed/local/SyncLoop.ts'
import { querySync, SYNC_BATCH } from '../../src/feed/querySync.ts'
import { asLog, MemoryLog, MemoryViews } from './fakes.ts'

const FREE: Brakes = { paused: false, held: false }
const PAUSED: Brakes = { paused: true, held: false }

let log: MemoryLog
let views: MemoryViews
let reports: Report[]
let onReport: (report: Report) => void
let loop: SyncLoop
let running: Promise<void>

beforeEach(() => {
  log = new MemoryLog()
  views = new MemoryViews()
  reports = []
  onReport = () => {}
})
afterEach(async () => {
  loop.close()
  await running
})

function start(brakes: Brakes): void {
  loop = new SyncLoop(asLog(log), views, brakes, (report) => {
    reports.push(report)
    onReport(report)
  })
  running = loop.run()
}

const reported = (wanted: (report: Report) => boolean): Promise<Report> =>
  new Promise((resolve) => {
    onReport = (report) => wanted(report) && resolve(report)
  })

const append = (tenant: string, count: number) => {
  for (let i = 0; i < count; i++) log.append(tenant, `u${i}`)
}

test('what the log gains is found without a word', async () => {
  start(FREE)
  await reported(({ level }) => level)
  append('acme', 3)
  expect(await reported(({ position }) => position === 3)).toMatchObject({
    level: true,
    applied: 3,
    tenants: ['acme'],
    seqs: log.events.map(({ stream, seq }) => [stream, seq]),
    logPosition: 3,
  })
})

test('whoever demands gets a report, also of nothing new', async () => {
  start(FREE)
  await reported(({ level }) => level)
  const answer = reported(() => true)
  loop.look(true)
  expect(await answer).toMatchObject({ level: true, applied: 0, tenants: [] })
})

test('whose events came is not known when another feed has applied some before', async () => {
  append('acme', 1)
  start(FREE)
  await reported(({ level }) => level)
  await loop.brake(PAUSED)
  append('beta', 1)
  await querySync(asLog(log), views)
  append('acme', 1)
  const answer = reported(() => true)
  loop.look(true)
  expect(await answer).toMatchObject({ position: 3, applied: 1, tenants: null, seqs: null })
})

test('what a quarantine has left out is not told of as applied', async () => {
  append('acme', 2)
  views.poisoned.set(userStream('acme', 'u0'), 1)
  start(FREE)
  expect(await reported(() => true)).toMatchObject({ position: 2, applied: 1, quarantined: 1, seqs: null })
})

test('a demand that a brake interrupts is taken up again when it is released', async () => {
  append('acme', 2 * SYNC_BATCH)
  start(PAUSED)
  const first = reported(() => true)
  loop.look(true)
  await first
  await loop.brake({ paused: true, held: true })
  const { position } = reports.at(-1) ?? { position: 0 }
  expect(position).toBe(SYNC_BATCH)
  const level = reported((report) => report.level)
  await loop.brake(PAUSED)
  expect((await level).position).toBe(2 * SYNC_BATCH)
})

test('a brake is in effect when it says so', async () => {
  append('acme', 3 * SYNC_BATCH)
  start(FREE)
  await reported(() => true)
  await loop.brake(PAUSED)
  const { length } = reports
  append('acme', 1)
  loop.look(false)
  await loop.brake(PAUSED)
  expect(reports.length).toBe(length)
  expect(await views.position()).toBeLessThan(3 * SYNC_BATCH)
})
