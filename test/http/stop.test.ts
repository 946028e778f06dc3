import { connect as openSocket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../stack/processes/freePort.ts'
import * as sse from './support/sseClient.ts'
import { AS_OPERATOR, startWorld } from './support/world.ts'
import { ask, connect, follow, RawClient } from './support/wsClient.ts'

describe('a graceful stop', () => {
  it('lets what is under way finish, over HTTP and WebSocket', async () => {
    const world = await startWorld({ stopTimeoutMs: 10_000 })
    const overHttp = world.post({ query: '{ wait }' })
    const overWebSocket = ask(connect(world), '{ wait }')
    await world.ticker.untilWaiting(2)
    const closed = world.server.close()
    world.ticker.open()
    expect(await (await overHttp).json()).toMatchObject({ data: { wait: true } })
    expect(await overWebSocket).toMatchObject({ data: { wait: true } })
    await closed
    await expect(world.post({ query: '{ ping }' })).rejects.toThrow()
  })

  it('says that it is not ready any more, and starts nothing new on the WebSockets it has', async () => {
    const world = await startWorld({ stopTimeoutMs: 10_000 })
    const raw = await new RawClient(world).open()
    raw.subscribe('held', '{ wait }')
    await world.ticker.untilWaiting(1)
    const closed = world.server.close()
    raw.subscribe('late', 'mutation { write }')
    expect(await raw.next()).toMatchObject({ id: 'late', payload: [{ extensions: { code: 'UNAVAILABLE' } }] })
    world.ticker.open()
    expect(await raw.next()).toMatchObject({ id: 'held', type: 'next' })
    await closed
    expect(world.ticker.writes).toBe(0)
  })

  it('closes WebSockets with a code after which clients connect again', async () => {
    const port = await freePort()
    const world = await startWorld({ port })
    const raw = await new RawClient(world).open()
    const restarted = Promise.withResolvers<void>()
    const ticks = follow(connect(world, undefined, restarted.promise))
    const first = ticks.next()
    await world.ticker.untilFollowers(1)
    await world.server.close()
    expect(await raw.closed).toMatchObject({ code: 1001 })

    const next = await startWorld({ port })
    restarted.resolve()
    await next.ticker.untilFollowers(1)
    next.ticker.tick('after the restart')
    expect(await first).toMatchObject({ value: { data: { ticks: 'after the restart' } } })
    await ticks.return?.()
  })

  it('cuts event streams so that clients connect again', async () => {
    const port = await freePort()
    const world = await startWorld({ port, stopTimeoutMs: 10_000 })
    const restarted = Promise.withResolvers<void>()
    const ticks = sse.follow(sse.connect(world, undefined, restarted.promise))
    const first = ticks.next()
    const stream = await sse.RawStream.open(world)
    await world.ticker.untilFollowers(2)
    await world.server.close()
    expect(await stream.toEnd()).not.toContain('complete')
    expect(world.ticker.followers).toBe(0)

    const next = await startWorld({ port })
    restarted.resolve()
    await next.ticker.untilFollowers(1)
    next.ticker.tick('after the restart')
    expect(await first).toMatchObject({ value: { data: { ticks: 'after the restart' } } })
  })

  it('opens no event stream any more on the connections it has', async () => {
    const world = await startWorld({ stopTimeoutMs: 10_000 })
    const socket = openSocket(Number(new URL(world.url).port), '127.0.0.1').setEncoding('utf8')
    const get = (query: string) =>
      socket.write(
        `GET /graphql?query=${encodeURIComponent(query)} HTTP/1.1\r\nhost: x\r\nauthorization: ${AS_OPERATOR.authorization}\r\naccept: text/event-stream\r\n\r\n`,
      )
    get('{ wait }')
    await world.ticker.untilWaiting(1)
    const closed = world.server.close()
    get('subscription { ticks }')
    world.ticker.open()
    let text = ''
    for await (const chunk of socket) text += chunk
    expect(text).toMatch(/HTTP\/1.1 200 .*HTTP\/1.1 503 .*UNAVAILABLE/s)
    await closed
  })

  it('waits no longer than it may', async () => {
    const world = await startWorld({ stopTimeoutMs: 10 })
    const held = world.post({ query: '{ wait }' })
    const raw = await new RawClient(world).open()
    raw.subscribe('held', '{ wait }')
    await world.ticker.untilWaiting(2)
    const refused = expect(held).rejects.toThrow()
    await world.server.close()
    await refused
    expect(await raw.closed).toMatchObject({ code: 1006 })
  })

  it('does not wait for idle connections', async () => {
    const world = await startWorld({ stopTimeoutMs: 60_000 })
    await (await world.post({ query: '{ ping }' })).text()
    await world.server.close()
  })
})
