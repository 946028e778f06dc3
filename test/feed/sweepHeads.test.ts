import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type StreamName, TENANTS_STREAM, userStream } from '../../src/domain/streams.ts'
import { sweepHeads } from '../../src/feed/shared/sweepHeads.ts'
import type { LogReader, StreamPage } from '../../src/log/EventLog.ts'

type Pages = readonly (readonly (readonly [StreamName, number])[])[]

const GRACE_MS = 20

/** Of a log with these tenants, whose streams come in these pages. */
function sweep(
  tenants: Readonly<Record<string, Pages>>,
  applied: Pick<ReadonlyMap<StreamName, number>, 'get'>,
) {
  const names = Object.keys(tenants)
  const closing = new AbortController()
  const wanted = new Set<StreamName>()
  const troubles: unknown[] = []
  let failures = 0
  const log = {
    seqs: async () => [names.length],
    read: async () => names.map((tenantId) => ({ event: { type: 'SetTenant', tenantId } })),
    async streams(tenant: string, after: string | null): Promise<StreamPage> {
      if (failures > 0) {
        failures -= 1
        throw new Error('throttled')
      }
      const at = Number(after ?? 0)
      const page = tenants[tenant]?.[at] ?? []
      const next = at + 1 < (tenants[tenant]?.length ?? 0) ? String(at + 1) : null
      return { streams: page.map(([stream]) => stream), seqs: page.map(([, seq]) => seq), next }
    },
  } as unknown as LogReader
  const sweeping = sweepHeads({
    log,
    views: { applied: async (streams) => streams.map((stream) => applied.get(stream) ?? 0) },
    want: (streams) => streams.forEach((stream) => void wanted.add(stream)),
    signal: closing.signal,
    onTrouble: (error) => troubles.push(error),
    graceMs: GRACE_MS,
  })
  onTestFinished(() => closing.abort())
  return {
    ...{ closing, wanted, troubles, sweeping },
    fail: (times: number) => {
      failures = times
    },
    async untilWanted(count: number) {
      while (wanted.size < count) await delay(10)
    },
  }
}

const user = (tenant: string, id: string): StreamName => userStream(tenant, id)
const [a, b, c, d] = [user('acme', 'a'), user('acme', 'b'), user('acme', 'c'), user('beta', 'd')]

test('what the views lack is wanted, of every tenant and page, and nothing else', async () => {
  const tenants = { acme: [[[a, 3] as const, [b, 2] as const], [[c, 1] as const]], beta: [[[d, 5] as const]] }
  const { wanted, untilWanted } = sweep(
    tenants,
    new Map([
      [a, 3],
      [b, 1],
      [TENANTS_STREAM, 2],
    ] as const),
  )
  await untilWanted(3)
  expect([...wanted]).toEqual([b, c, d])
})

test('tenants that the views have not heard of are wanted first', async () => {
  const { wanted, untilWanted } = sweep({ acme: [[[a, 1] as const]] }, new Map())
  await untilWanted(2)
  expect([...wanted]).toEqual([TENANTS_STREAM, a])
})

test('what arrives meanwhile is not', async () => {
  let looks = 0
  const applied = {
    get(stream: StreamName) {
      if (stream !== a) return stream === TENANTS_STREAM ? 1 : 0
      looks += 1
      return looks > 1 ? 1 : 0
    },
  }
  const { wanted, untilWanted } = sweep({ acme: [[[a, 1] as const, [b, 1] as const]] }, applied)
  await untilWanted(1)
  expect([...wanted]).toEqual([b])
})

test('a page that cannot be read is read again', async () => {
  const { fail, troubles, untilWanted } = sweep({ acme: [[[a, 1] as const]] }, new Map([[TENANTS_STREAM, 1]]))
  fail(2)
  await untilWanted(1)
  expect(troubles).toHaveLength(2)
})

test('it ends when it is told to', async () => {
  const { closing, sweeping } = sweep({ acme: [[[a, 1] as const]] }, new Map())
  closing.abort()
  await sweeping
})
