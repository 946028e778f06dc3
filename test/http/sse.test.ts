import { once } from 'node:events'
import { connect as openSocket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ask, connect, follow, RawStream } from './support/sseClient.ts'
import { AS_OPERATOR, codeOf, startWorld } from './support/world.ts'

const TICKS = 'subscription { ticks }'
const AS_EVENTS = { accept: 'text/event-stream' }

describe('a subscription over server-sent events', () => {
  it('tells what happens to the client of graphql-sse, until that has had enough', async () => {
    const world = await startWorld()
    const ticks = follow(connect(world))
    const first = ticks.next()
    await world.ticker.untilFollowers(1)
    world.ticker.tick('one', 'two')
    expect(await first).toMatchObject({ value: { data: { ticks: 'one' } } })
    expect(await ticks.next()).toMatchObject({ value: { data: { ticks: 'two' } } })
    expect(await world.metrics()).toMatch(/^rollcall_event_streams 1$/m)
    await ticks.return?.(undefined)
    await world.ticker.untilFollowers(0)
    expect(await world.metrics()).toMatch(/^rollcall_event_streams 0$/m)
  })

  it('is a GET too, with headers that keep it from being collected, cached or compressed', async () => {
    const world = await startWorld({ logLevel: 'debug' })
    const stream = await RawStream.open(world, TICKS, { 'x-request-id': 'r-1' })
    expect(stream.response.status).toBe(200)
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': 'r-1',
      'x-content-type-options': 'nosniff',
    })
    await world.ticker.untilFollowers(1)
    world.ticker.tick('one')
    expect(await stream.until(/one/)).toMatch(
      /^retry: \d+\n\nevent: next\ndata: {"data":{"ticks":"one"}}\n\n$/,
    )
    expect(world.logged).toMatchObject([{ transport: 'sse', kind: 'subscription', requestId: 'r-1' }])
  })

  it('tells the holder of a revoked key nothing that came after, and is complete', async () => {
    const world = await startWorld()
    world.directory.addKey('good')
    const stream = await RawStream.open(world, TICKS, { authorization: 'Bearer good' })
    await world.ticker.untilFollowers(1)
    world.ticker.tick('before')
    await stream.until(/before/)
    world.directory.revoke('good')
    world.ticker.tick('after')
    const text = await stream.toEnd()
    expect(text).toMatch(/"code":"UNAUTHENTICATED".*\n\nevent: complete\ndata: \n\n$/)
    expect(text).not.toContain('after')
    await world.ticker.untilFollowers(0)
  })

  it('that cannot start, or whose document is refused, says so in the stream', async () => {
    const world = await startWorld()
    for (const [query, code] of [
      ['subscription { never }', 'BAD_CURSOR'],
      ['subscription { nothing }', 'BAD_USER_INPUT'],
    ] as const) {
      const stream = await RawStream.open(world, query)
      expect(stream.response.status).toBe(200)
      expect(await stream.toEnd()).toMatch(
        new RegExp(`event: next\ndata: .*"code":"${code}".*\n\nevent: complete\ndata: \n\n$`),
      )
    }
  })

  it('masks what breaks it', async () => {
    const world = await startWorld()
    const stream = await RawStream.open(world)
    await world.ticker.untilFollowers(1)
    world.ticker.tick(new Error('secret detail'))
    const text = await stream.toEnd()
    expect(text).toContain('INTERNAL')
    expect(text).not.toContain('secret')
    expect(world.logged).toContainEqual(expect.objectContaining({ msg: 'unexpected error' }))
  })

  it('ends when its client vanishes, also where it is pipelined behind another', async () => {
    const world = await startWorld()
    const socket = openSocket(Number(new URL(world.url).port), '127.0.0.1')
    await once(socket, 'connect')
    const request = `GET /graphql?query=${encodeURIComponent(TICKS)} HTTP/1.1\r\nhost: x\r\nauthorization: ${AS_OPERATOR.authorization}\r\naccept: text/event-stream\r\n\r\n`
    socket.write(request + request)
    await world.ticker.untilFollowers(2)
    socket.destroy()
    await world.ticker.untilFollowers(0)
  })

  it('is kept in use by comments while nothing happens', async () => {
    const world = await startWorld({ keepAliveMs: 10 })
    const stream = await RawStream.open(world)
    await stream.until(/\n:\n\n:\n\n/)
  })

  it('is cut off if its client takes nothing of what waits for it', async () => {
    const world = await startWorld({ maxSilenceMs: 100 })
    const stream = await RawStream.open(world)
    await world.ticker.untilFollowers(1)
    world.ticker.tick(...Array.from({ length: 400 }, () => 'x'.repeat(50_000)))
    await world.ticker.untilFollowers(0)
    await expect(stream.toEnd()).rejects.toThrow()
  })

  it('reads on from its source only as fast as its client reads', async () => {
    const world = await startWorld()
    const slow = await RawStream.open(world)
    await world.ticker.untilFollowers(1)
    const other = follow(connect(world))
    const first = other.next()
    await world.ticker.untilFollowers(2)
    const ticks = Array.from({ length: 400 }, (_, i) => `${i}:${'x'.repeat(50_000)}`)
    world.ticker.tick(...ticks)
    expect(await first).toMatchObject({ value: { data: { ticks: ticks[0] } } })
    for (const tick of ticks.slice(1)) {
      expect((await other.next()).value?.data).toEqual({ ticks: tick })
    }
    // What the network and the reader's own buffers take, and not all that there was.
    expect(world.ticker.pulled).toBeLessThan(2 * ticks.length - 100)
    const text = await slow.until(/"399:/)
    expect([...text.matchAll(/"ticks":"(\d+):/g)].map(([, n]) => Number(n))).toEqual(ticks.map((_, i) => i))
  })
})

describe('as events of a stream', () => {
  it('queries and mutations are answered to those who want nothing else', async () => {
    const world = await startWorld()
    const client = connect(world)
    expect(await ask(client, '{ ping }')).toMatchObject([{ data: { ping: 'pong' } }])
    expect(await ask(client, 'mutation { write }')).toMatchObject([{ data: { write: 1 } }])
    expect(await ask(client, '{ fail(code: "NOT_FOUND") }')).toMatchObject([
      { errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    ])
    const choosy = 'application/graphql-response+json, application/json, text/event-stream'
    const answer = await world.post({ query: '{ ping }' }, { accept: choosy })
    expect(answer.headers.get('content-type')).toContain('application/graphql-response+json')
  })

  it('nothing is written by GET, and HEAD starts no stream', async () => {
    const world = await startWorld()
    expect((await world.get('mutation { write }', AS_EVENTS)).status).toBe(405)
    const head = await fetch(`${world.url}/graphql?query=${encodeURIComponent(TICKS)}`, {
      method: 'HEAD',
      headers: { ...AS_OPERATOR, ...AS_EVENTS },
    })
    expect(head.status).toBe(405)
    expect([world.ticker.writes, world.ticker.followers]).toEqual([0, 0])
  })

  it('is told nothing to strangers, nor to pages of other origins: what those can send has no key', async () => {
    const world = await startWorld()
    const url = `${world.url}/graphql?query=${encodeURIComponent(TICKS)}`
    const response = await fetch(url, { headers: { ...AS_EVENTS, origin: 'https://evil.example' } })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(await codeOf(response)).toBe('UNAUTHENTICATED')
    expect(world.ticker.followers).toBe(0)
  })

  it('pages of allowed origins can read it', async () => {
    const origin = 'https://admin.example.org'
    const stream = await RawStream.open(await startWorld({ corsOrigins: [origin] }), TICKS, { origin })
    expect(stream.response.headers.get('access-control-allow-origin')).toBe(origin)
  })

  it('there are as many at a time as there may be connections', async () => {
    const world = await startWorld({ maxConnections: 1 })
    await RawStream.open(world)
    const { response } = await RawStream.open(world)
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})
