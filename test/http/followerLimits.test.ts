import { describe, expect, it } from 'vitest'
import { RawStream } from './support/sseClient.ts'
import { startWorld, type World } from './support/world.ts'
import { RawClient } from './support/wsClient.ts'

const TICKS = 'subscription { ticks }'
const WITH_KEY = { authorization: 'Bearer good' }

const refused = (id: string) => ({
  id,
  type: 'error',
  payload: [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }],
})

async function worldOfTwo(websocket = {}): Promise<World> {
  const world = await startWorld({ maxFollowersPerKey: 2, websocket })
  world.directory.addKey('good')
  world.directory.addKey('other', { id: 'another' })
  return world
}

describe('the followers of one key', () => {
  it('are so many at most, over all connections and both transports', async () => {
    const world = await worldOfTwo()
    const raw = await new RawClient(world).open(WITH_KEY)
    raw.subscribe('1', TICKS)
    await world.ticker.untilFollowers(1)
    await RawStream.open(world, TICKS, WITH_KEY)
    await world.ticker.untilFollowers(2)

    raw.subscribe('2', TICKS)
    expect(await raw.next()).toMatchObject(refused('2'))
    const { response } = await RawStream.open(world, TICKS, WITH_KEY)
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await world.metrics()).toMatch(/transport="sse",.*outcome="RATE_LIMITED"} 1/)

    await RawStream.open(world, TICKS, { authorization: 'Bearer other' })
    await world.ticker.untilFollowers(3)
    raw.subscribe('query', '{ ping }')
    expect(await raw.next()).toMatchObject({ id: 'query', type: 'next' })
  })

  it('make room by ending, however they end', async () => {
    const world = await worldOfTwo()
    const raw = await new RawClient(world).open(WITH_KEY)
    raw.subscribe('completed', TICKS)
    raw.subscribe('failed', 'subscription { never }')
    expect(await raw.next()).toMatchObject({ id: 'failed', type: 'next' })
    expect(await raw.next()).toMatchObject({ id: 'failed', type: 'complete' })
    await world.ticker.untilFollowers(1)
    raw.send({ id: 'completed', type: 'complete' })
    await world.ticker.untilFollowers(0)
    raw.subscribe('1', TICKS)
    raw.subscribe('2', TICKS)
    await world.ticker.untilFollowers(2)
    raw.socket.terminate()
    await world.ticker.untilFollowers(0)
    const next = await new RawClient(world).open(WITH_KEY)
    next.subscribe('1', TICKS)
    next.subscribe('2', TICKS)
    await world.ticker.untilFollowers(2)
  })

  it('are sent away with their connection if they keep trying', async () => {
    const world = await worldOfTwo({ maxOperations: 5 })
    const raw = await new RawClient(world).open(WITH_KEY)
    raw.subscribe('1', TICKS)
    raw.subscribe('2', TICKS)
    await world.ticker.untilFollowers(2)
    const attempt = async (n: number) => {
      raw.subscribe(`again ${n}`, TICKS)
      expect(await raw.next()).toMatchObject(refused(`again ${n}`))
    }
    for (let n = 0; n < 5; n++) await attempt(n)
    raw.subscribe('good', '{ ping }')
    expect([await raw.next(), await raw.next()]).toMatchObject([{ type: 'next' }, { type: 'complete' }])
    for (let n = 5; n < 11; n++) await attempt(n)
    expect(await raw.closed).toMatchObject({ code: 4429 })
  })

  it('are not limited for the operator', async () => {
    const world = await worldOfTwo()
    const raw = await new RawClient(world).open()
    for (const id of ['1', '2', '3']) raw.subscribe(id, TICKS)
    await world.ticker.untilFollowers(3)
  })
})

describe('the WebSockets of one key', () => {
  it('are so many at most; one more is to come again later', async () => {
    const world = await worldOfTwo()
    const first = await new RawClient(world).open(WITH_KEY)
    await new RawClient(world).open(WITH_KEY)
    const third = new RawClient(world)
    third.socket.once('open', () => third.send({ type: 'connection_init', payload: WITH_KEY }))
    expect(await third.closed).toMatchObject({
      code: 1013,
      reason: expect.stringMatching(/2 connections.*try again in \d+ s/),
    })
    await new RawClient(world).open({ authorization: 'Bearer other' })
    first.socket.close()
    await expect.poll(() => world.metrics()).toMatch(/^rollcall_websocket_connections 2$/m)
    await new RawClient(world).open(WITH_KEY)
  })
})
