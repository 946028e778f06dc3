import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Event } from '../../src/domain/events.ts'
import type { OrderedEventLog } from '../../src/log/EventLog.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { emptyTally, type Problem } from '../../src/verify/problems.ts'
import { verifyViews } from '../../src/verify/verifyViews.ts'
import { openSqliteViewReader, openSqliteViewWriter } from '../../src/views/sqlite/index.ts'
import type { ViewReader, ViewWriter } from '../../src/views/ViewStore.ts'
import {
  apiKey,
  deleteGroup,
  email,
  fullName,
  groupName,
  membership,
  parent,
  status,
  username,
} from '../conformance/viewStore/events.ts'
import { Scribe } from '../conformance/viewStore/Scribe.ts'

const TENANT = 'acme'

/** A busy directory: everything is changed often, then much of it is deleted. */
function* history(): Generator<Event> {
  yield { type: 'SetTenant', tenantId: TENANT, name: 'Acme' }
  for (let n = 0; n < 6; n++) yield username(`u${n}`, `user${n}`)
  for (let n = 0; n < 3; n++) yield groupName(`g${n}`, `group${n}`)
  for (let round = 0; round < 12; round++) {
    for (let n = 0; n < 6; n++) {
      yield email(`u${n}`, `user${n}-${round}@example.org`)
      yield fullName(`u${n}`, `User ${n} of ${round}`)
      yield username(`u${n}`, `user${n}x${round}`)
      yield apiKey(`u${n}`, `k${n}-${round}`)
      const role = (['MEMBER', 'MAINTAINER', null] as const)[(round + n) % 3]
      yield membership(`g${n % 3}`, `u${n}`, role)
    }
    yield parent(`g${round % 2}`, round % 3 === 0 ? null : 'g2')
    yield groupName(`g${round % 3}`, `group ${round}`)
  }
  yield deleteGroup('g2')
  for (let n = 0; n < 3; n++) yield status(`u${n}`, 'DELETED')
}

let folder: string
let log: OrderedEventLog
let writer: ViewWriter
let reader: ViewReader
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-moving-'))
  log = await openSqliteLog({ file: join(folder, 'log.sqlite') })
  writer = await openSqliteViewWriter({ file: join(folder, 'views.sqlite') })
  reader = await openSqliteViewReader({ file: join(folder, 'views.sqlite') })
  const scribe = new Scribe(TENANT)
  for (const event of history()) {
    for (const { stream, seq, meta } of scribe.record(event)) {
      const appends = [{ stream, expected: seq - 1, events: [event] }]
      const nothing = { checks: [], claims: [], releases: [], idempotency: [] }
      expect(await log.commit({ tenant: TENANT, meta, appends, ...nothing })).toMatchObject({
        kind: 'committed',
      })
    }
  }
})
afterEach(async () => {
  await Promise.all([log.close(), writer.close(), reader.close()])
  await rm(folder, { recursive: true })
})

async function advance(events: number): Promise<void> {
  const next = await log.scan(await writer.position(), events)
  if (next.length > 0) await writer.apply(next)
}

/** Views that another process moves on before each question. */
function moving(events: number): ViewReader {
  return new Proxy(reader, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        await advance(events)
        return method.apply(target, args)
      }
    },
  })
}

async function problems(views: ViewReader): Promise<readonly Problem[]> {
  const found: Problem[] = []
  const tally = emptyTally()
  const context = {
    log,
    views,
    tally,
    quarantined: async () => new Set<never>(),
    isSampled: () => true,
    deadlineMs: 60_000,
  }
  for await (const problem of verifyViews(context, { tenants: [TENANT] })) found.push(problem)
  expect(tally.unsettled).toEqual([])
  return found
}

// Each start and pace lets other changes fall between other questions.
const paces = [1, 2, 5].flatMap((pace) => [0, 40, 150, 300, 385].map((start) => [pace, start] as const))
test.each(paces)(
  'no false alarm where %i events are applied before each question, from %i on',
  async (pace, start) => {
    await advance(start)
    expect(await problems(moving(pace))).toEqual([])
  },
)

test('views that stand still behind the log are compared at what they have', async () => {
  await advance(200)
  expect(await problems(reader)).toEqual([])
})
