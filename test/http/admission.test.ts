import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Admission, type Turn } from '../../src/http/Admission.ts'
import { RawStream } from './support/sseClient.ts'
import { startWorld } from './support/world.ts'
import { RawClient } from './support/wsClient.ts'

const TICKS = 'subscription { ticks }'
const PATIENT = 60_000

/** Enters, and notes its name when its turn comes. */
async function enter(admission: Admission, name: string, begun: string[]): Promise<Turn> {
  const turn = admission.enter()
  if (turn === null) throw new Error('too many wait')
  turn.come().then(() => begun.push(name))
  await Promise.resolve()
  return turn
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('admission', () => {
  it('lets so many work at a time, and the others in the order in which they came', async () => {
    const admission = new Admission({ abreast: 2, maxWaiting: 10, patienceMs: PATIENT })
    const begun: string[] = []
    const [a, b, c] = [
      await enter(admission, 'a', begun),
      await enter(admission, 'b', begun),
      await enter(admission, 'c', begun),
    ]
    await enter(admission, 'd', begun)
    await settled()
    expect(begun).toEqual(['a', 'b'])
    b.end()
    b.end()
    await settled()
    expect(begun).toEqual(['a', 'b', 'c'])
    a.end()
    c.end()
    await settled()
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
  })

  it('passes over those that did not wait so long, and refuses whom it has no room for', async () => {
    const admission = new Admission({ abreast: 1, maxWaiting: 2, patienceMs: PATIENT })
    const begun: string[] = []
    const a = await enter(admission, 'a', begun)
    const gone = await enter(admission, 'gone', begun)
    await enter(admission, 'b', begun)
    expect(admission.enter()).toBeNull()
    gone.end()
    expect(admission.enter()).not.toBeNull()
    await settled()
    expect(begun).toEqual(['a', 'gone'])
    a.end()
    await settled()
    expect(begun).toEqual(['a', 'gone', 'b'])
  })

  it('gives the turn of whoever rests for long to the next; that one comes in line again', async () => {
    const admission = new Admission({ abreast: 1, maxWaiting: 10, patienceMs: 1 })
    const begun: string[] = []
    const slow = await enter(admission, 'slow', begun)
    const next = await enter(admission, 'next', begun)
    slow.rest()
    await next.come()
    expect(begun).toEqual(['slow', 'next'])
    let isBack = false
    const back = slow.come().then(() => {
      isBack = true
    })
    await settled()
    expect(isBack).toBe(false)
    next.end()
    await back
  })
})

it('a turn that is over frees its place once, whatever it is asked for afterwards', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const admission = new Admission({ abreast: 1, maxWaiting: 10, patienceMs: 1 })
  const begun: string[] = []
  const a = await enter(admission, 'a', begun)
  await enter(admission, 'b', begun)
  await enter(admission, 'c', begun)
  a.end()
  await a.come()
  a.rest()
  vi.advanceTimersByTime(10)
  await settled()
  expect(begun).toEqual(['a', 'b'])
})

describe('subscriptions that start', () => {
  it('wait for others to catch up, on both transports, while all else goes on', async () => {
    const world = await startWorld({ admission: { abreast: 1, maxWaiting: 2, patienceMs: PATIENT } })
    const raw = await new RawClient(world).open()
    raw.subscribe('first', TICKS)
    await world.ticker.untilFollowers(1)
    raw.subscribe('second', TICKS)
    raw.subscribe('query', '{ ping }')
    expect(await raw.next()).toMatchObject({ id: 'query', type: 'next' })
    expect(await raw.next()).toMatchObject({ id: 'query', type: 'complete' })
    const third = await RawStream.open(world)
    await third.until(/^retry: \d+\n\n$/)
    expect(world.ticker.followers).toBe(1)
    expect(await world.metrics()).toMatch(/^rollcall_subscriptions_waiting 2$/m)

    raw.subscribe('one too many', TICKS)
    expect(await raw.next()).toMatchObject({
      id: 'one too many',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }],
    })
    expect((await RawStream.open(world)).response.status).toBe(429)

    world.ticker.tick('level')
    await world.ticker.untilFollowers(2)
    raw.send({ id: 'second', type: 'complete' })
    await expect.poll(() => world.metrics()).toMatch(/transport="sse",.*outcome="ok"} 1/)
    world.ticker.tick('for the third')
    await third.until(/for the third/)
    expect(await world.metrics()).toMatch(/^rollcall_subscriptions_waiting 0$/m)
  })

  it('are not waited for once their client is gone', async () => {
    const world = await startWorld({ admission: { abreast: 1, maxWaiting: 10, patienceMs: PATIENT } })
    const working = await new RawClient(world).open()
    working.subscribe('1', TICKS)
    await world.ticker.untilFollowers(1)
    const waiting = await new RawClient(world).open()
    waiting.subscribe('1', TICKS)
    waiting.subscribe('2', TICKS)
    waiting.send({ id: '1', type: 'complete' })
    const last = await new RawClient(world).open()
    last.subscribe('1', TICKS)
    waiting.socket.terminate()
    await expect.poll(() => world.metrics()).toMatch(/^rollcall_websocket_connections 2$/m)
    working.socket.terminate()
    await expect.poll(() => world.metrics()).toMatch(/^rollcall_websocket_connections 1$/m)
    await world.ticker.untilFollowers(1)
    expect(await world.metrics()).toMatch(
      /rollcall_operations_total\{transport="websocket",kind="subscription",.*} 2/,
    )
    world.ticker.tick('for the last')
    expect(await last.next()).toMatchObject({ type: 'next', payload: { data: { ticks: 'for the last' } } })
  })
})

describe('the window for reconnects', () => {
  it('is told on connection_ack and by the first line of a stream, and grows with the connections', async () => {
    const world = await startWorld()
    const windows: { minMs: number; maxMs: number }[] = []
    for (let n = 0; n < 3; n++) {
      const raw = new RawClient(world)
      raw.socket.once('open', () =>
        raw.send({
          type: 'connection_init',
          payload: { authorization: 'Bearer operator-key-of-the-tests' },
        }),
      )
      const { type, payload } = await raw.next()
      expect([type, payload]).toEqual([
        'connection_ack',
        { retry: { minMs: expect.any(Number), maxMs: expect.any(Number) } },
      ])
      windows.push((payload as { retry: { minMs: number; maxMs: number } }).retry)
    }
    for (const [n, { minMs, maxMs }] of windows.entries()) {
      expect(minMs).toBeGreaterThan(0)
      expect(maxMs).toBeGreaterThan(windows[n - 1]?.maxMs ?? minMs)
    }
    const [, retry] = /^retry: (\d+)\n\n/.exec(await (await RawStream.open(world)).until(/\n\n/)) ?? []
    expect(Number(retry)).toBeGreaterThanOrEqual(windows[0]?.minMs ?? Number.NaN)
  })
})
