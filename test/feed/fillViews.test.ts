import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fillViews } from '../../src/feed/shared/fillViews.ts'
import { LogUnavailable } from '../../src/log/EventLog.ts'
import { ViewsUnavailable } from '../../src/views/ViewStore.ts'
import { dynamoDbOrSkip } from '../support/dynamodb.ts'
import { postgresOrSkip } from '../support/postgres.ts'
import { commitUser, freshTenant, newUser } from './commits.ts'
import { type SharedGateway, SharedWorld } from './sharedWorld.ts'

const USERS = 120

const dynamodb = await dynamoDbOrSkip()
const postgres = await postgresOrSkip()

describe.skipIf(dynamodb === null || postgres === null)('new views of a log that is not new', () => {
  let world: SharedWorld
  let [here, there]: SharedGateway[] = []
  let tenant: string
  beforeEach(async () => {
    if (dynamodb === null || postgres === null) return
    world = await SharedWorld.open(dynamodb, postgres)
    here = await world.startGateway()
    there = await world.startGateway()
    tenant = freshTenant()
    const { log } = here
    await Promise.all(
      Array.from({ length: USERS }, (_, i) => commitUser(log, tenant, `u${i}`, newUser(`u${i}`, `n${i}`))),
    )
  })
  afterEach(() => world.close())

  const fill = (gateway: SharedGateway | undefined, signal = new AbortController().signal) => {
    if (gateway === undefined) throw new Error('there is no gateway')
    const onTrouble = vi.fn()
    const scanPart = vi.spyOn(gateway.log, 'scanPart')
    const { log, kept, feed } = gateway
    const filled = fillViews({ log, kept, views: feed, signal, onTrouble })
    return { filled, scanPart, onTrouble }
  }
  const journal = () => here?.kept.scanTenant(tenant, 0, 1_000)

  test('are filled once, by whoever comes, and then nothing is read any more', async () => {
    expect(await Promise.all([fill(here).filled, fill(there).filled])).toEqual([true, true])
    expect(await journal()).toHaveLength(2 * USERS)
    const again = fill(there)
    again.scanPart.mockClear()
    expect(await again.filled).toBe(true)
    expect(again.scanPart).not.toHaveBeenCalled()
  })

  test('are filled by the next one, where one was stopped in between', async () => {
    const stopping = new AbortController()
    const { filled, scanPart } = fill(here, stopping.signal)
    scanPart.mockImplementation(async () => {
      stopping.abort()
      return { events: [], next: null }
    })
    expect(await filled).toBe(false)
    expect(await here?.writer.isLoading()).toBe(true)
    expect(await fill(there).filled).toBe(true)
    expect(await journal()).toHaveLength(2 * USERS)
  })

  /** Of the four parts that are scanned, how often one was begun. */
  const beginnings = (scanPart: ReturnType<typeof fill>['scanPart']) =>
    scanPart.mock.calls.filter(([, after]) => after === null).length

  test('are filled in spite of passing trouble, which is waited out where it was met', async () => {
    const { filled, scanPart, onTrouble } = fill(here)
    scanPart.mockRejectedValueOnce(new LogUnavailable('throttled'))
    expect(await filled).toBe(true)
    expect(onTrouble).toHaveBeenCalledOnce()
    expect(beginnings(scanPart)).toBe(5)
    expect(await journal()).toHaveLength(2 * USERS)
  })

  test('are filled from the beginning after any other trouble, once nothing is under way', async () => {
    const { filled, scanPart, onTrouble } = fill(here)
    scanPart.mockRejectedValueOnce(new Error('what nobody thought of'))
    expect(await filled).toBe(true)
    expect(onTrouble).toHaveBeenCalledOnce()
    expect(beginnings(scanPart)).toBe(8)
    expect(await journal()).toHaveLength(2 * USERS)
  })

  test('are read by four parts at a time, however often it is begun again, and by none once it was stopped', async () => {
    const stopping = new AbortController()
    const { filled, scanPart, onTrouble } = fill(here, stopping.signal)
    let [underWay, most] = [0, 0]
    // One part fails for good, and the others have no end.
    scanPart.mockImplementation(async ({ index }, after) => {
      most = Math.max(most, ++underWay)
      await delay(5)
      underWay -= 1
      if (index === 0 && after === '2') throw new Error('what nobody thought of')
      return { events: [], next: String(Number(after ?? 0) + 1) }
    })
    await expect.poll(() => onTrouble.mock.calls.length, { timeout: 30_000 }).toBeGreaterThan(3)
    stopping.abort()
    expect(await filled).toBe(false)
    const calls = scanPart.mock.calls.length
    await delay(50)
    expect([most, underWay, scanPart.mock.calls.length]).toEqual([4, 0, calls])
  })

  test('are not read again where only the end of the load has failed', async () => {
    if (here === undefined) return
    const { filled, scanPart, onTrouble } = fill(here)
    vi.spyOn(here.writer, 'finishLoad').mockRejectedValueOnce(new ViewsUnavailable('restarting'))
    expect(await filled).toBe(true)
    expect(onTrouble).toHaveBeenCalledOnce()
    expect(beginnings(scanPart)).toBe(4)
    expect(await journal()).toHaveLength(2 * USERS)
  })
})
