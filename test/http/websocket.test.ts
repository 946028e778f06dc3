import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { vectorAt } from '../../src/domain/token.ts'
import { startWorld } from './support/world.ts'
import { ask, connect, follow, RawClient } from './support/wsClient.ts'

const key = (secret: string, tenant?: string) => ({ authorization: `Bearer ${secret}`, tenant })
const refusedWith = (code: string) => [
  expect.objectContaining({ extensions: expect.objectContaining({ code }) }),
]

describe('operations over WebSocket', () => {
  it('are queries and mutations too, for the viewer of connection_init', async () => {
    const world = await startWorld()
    world.directory.addKey('good')
    expect(await ask(connect(world), '{ tenant actor }')).toMatchObject({
      data: { tenant: 'default', actor: 'operator' },
    })
    const client = connect(world, key('good', 'acme'))
    expect(await ask(client, '{ tenant actor }')).toMatchObject({
      data: { tenant: 'acme', actor: 'key-of-good' },
    })
    expect(await ask(client, 'mutation { write }')).toMatchObject({ data: { write: 1 } })
  })

  it('carry tokens: they answer with one, and honour one', async () => {
    const world = await startWorld()
    const client = connect(world)
    const answer = await ask(client, '{ ping }')
    const { token } = answer.extensions as { token: string }
    expect(world.directory.tokens.decode('default', token)).toMatchObject({ value: { position: 10 } })
    const ahead = world.directory.tokens.encode('default', vectorAt(99))
    const behind = await ask(client, { query: '{ ping }', extensions: { atLeast: ahead } })
    expect(behind.errors).toMatchObject([{ extensions: { code: 'VIEW_BEHIND' } }])
  })

  it('are refused in the shape of GraphQL errors', async () => {
    const world = await startWorld()
    const client = connect(world)
    await expect(ask(client, '{ nothing }')).rejects.toEqual(refusedWith('BAD_USER_INPUT'))
    await expect(ask(client, { query: '{ ping }', extensions: { idempotencyKey: '' } })).rejects.toEqual(
      refusedWith('BAD_USER_INPUT'),
    )
    expect(await ask(client, '{ fail(code: "NOT_FOUND") }')).toMatchObject({
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    })
    expect(await ask(client, 'subscription { never }')).toMatchObject({
      errors: [{ extensions: { code: 'BAD_CURSOR' } }],
    })
  })

  it('go on beside each other on one connection', async () => {
    const world = await startWorld()
    const client = connect(world)
    const held = ask(client, '{ wait }')
    await world.ticker.untilWaiting(1)
    expect(await ask(client, '{ ping }')).toMatchObject({ data: { ping: 'pong' } })
    world.ticker.open()
    expect(await held).toMatchObject({ data: { wait: true } })
  })

  it('are limited on one connection: one too many is told so, a flood ends it', async () => {
    const world = await startWorld({ websocket: { maxOperations: 2 } })
    const raw = await new RawClient(world).open()
    raw.subscribe('1', '{ wait }')
    raw.subscribe('2', '{ wait }')
    raw.subscribe('3', '{ ping }')
    expect(await raw.next()).toMatchObject({
      id: '3',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    for (let id = 4; id < 12; id++) raw.subscribe(String(id), '{ ping }')
    expect(await raw.closed).toMatchObject({ code: 4429 })
  })
})

describe('a subscription', () => {
  it('tells what happens, until the client has had enough', async () => {
    const world = await startWorld()
    const ticks = follow(connect(world))
    const first = ticks.next()
    await world.ticker.untilFollowers(1)
    world.ticker.tick(1, 2)
    expect(await first).toMatchObject({ value: { data: { ticks: '1' } } })
    expect(await ticks.next()).toMatchObject({ value: { data: { ticks: '2' } } })
    await ticks.return?.()
    await world.ticker.untilFollowers(0)
  })

  it('ends when its client vanishes, also while it waits', async () => {
    const world = await startWorld()
    const raw = await new RawClient(world).open()
    raw.subscribe('1', 'subscription { ticks }')
    raw.subscribe('2', 'subscription { ticks }')
    await world.ticker.untilFollowers(2)
    expect(await world.metrics()).toMatch(/^rollcall_subscriptions 2$/m)
    raw.socket.terminate()
    await world.ticker.untilFollowers(0)
  })

  it('tells the holder of a revoked key nothing that came after, and ends the connection', async () => {
    const world = await startWorld()
    world.directory.addKey('good')
    const raw = await new RawClient(world).open(key('good'))
    raw.subscribe('1', 'subscription { ticks }')
    await world.ticker.untilFollowers(1)
    world.directory.move()
    world.ticker.tick(1)
    expect(await raw.next()).toMatchObject({ type: 'next', payload: { data: { ticks: '1' } } })
    world.directory.revoke('good')
    world.ticker.tick(2)
    expect(await raw.next()).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(await raw.closed).toMatchObject({ code: 4401 })
    await world.ticker.untilFollowers(0)
  })

  it('masks what breaks it', async () => {
    const world = await startWorld()
    const ticks = follow(connect(world))
    const first = ticks.next()
    await world.ticker.untilFollowers(1)
    world.ticker.tick(new Error('secret detail'))
    await expect(first).rejects.toEqual(refusedWith('INTERNAL'))
    expect(world.logged).toContainEqual(
      expect.objectContaining({ err: expect.objectContaining({ message: 'secret detail' }) }),
    )
  })

  it('reads on from its source only as fast as its client reads', async () => {
    const world = await startWorld()
    const raw = await new RawClient(world).open()
    raw.subscribe('ticks', 'subscription { ticks }')
    await world.ticker.untilFollowers(1)
    raw.subscribe('long', '{ wait long(chars: 12000000) }')
    await world.ticker.untilWaiting(1)
    raw.socket.pause()
    // More than the network between the two takes: it fills the way to the client.
    world.ticker.open()
    const other = connect(world)
    await ask(other, '{ ping }')
    world.ticker.tick(...Array.from({ length: 200 }, (_, i) => i))
    await ask(other, '{ ping }')
    expect(world.ticker.pulled).toBeLessThan(3)

    raw.socket.resume()
    const told: unknown[] = []
    while (told.length < 200) {
      const { id, payload } = await raw.next()
      if (id === 'ticks') told.push((payload as { data: { ticks: string } }).data.ticks)
    }
    expect(told).toEqual(Array.from({ length: 200 }, (_, i) => String(i)))
  })
})

describe('a connection', () => {
  it.each([
    ['without a key', {}, 4401],
    ['with a key that nobody has', key('bad'), 4401],
    ['with a key of another tenant', key('good', 'globex'), 4403],
    ['with a key that is no text', { authorization: 1 }, 4400],
    ['to a tenant that is not there', { ...key('operator-key-of-the-tests'), tenant: 'umbrella' }, 4403],
  ])('%s is closed', async (_what, payload, code) => {
    const world = await startWorld()
    world.directory.addKey('good')
    const raw = new RawClient(world)
    await once(raw.socket, 'open')
    raw.send({ type: 'connection_init', payload })
    expect(await raw.closed).toMatchObject({ code, reason: expect.stringMatching(/\w/) })
  })

  it.each([
    ['cannot be looked up just now', 'isAway', 1013],
    ['meets a mistake of ours', 'isBroken', 4500],
  ] as const)('whose key %s is closed, without a word of the reason', async (_what, trouble, code) => {
    const world = await startWorld()
    world.directory.addKey('good')
    world.directory[trouble] = true
    const raw = new RawClient(world)
    await once(raw.socket, 'open')
    raw.send({ type: 'connection_init', payload: key('good') })
    const { reason, ...closed } = await raw.closed
    expect(closed).toEqual({ code })
    expect(reason).toMatch(/\w/)
    expect(reason).not.toMatch(/secret/)
  })

  it('that does not introduce itself is closed', async () => {
    const world = await startWorld({ websocket: { initTimeoutMs: 10 } })
    expect(await new RawClient(world).closed).toMatchObject({ code: 4408 })
  })

  it('whose key was revoked starts nothing more', async () => {
    const world = await startWorld()
    world.directory.addKey('good')
    const raw = await new RawClient(world).open(key('good'))
    world.directory.revoke('good')
    raw.subscribe('1', 'mutation { write }')
    expect(await raw.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
    expect(await raw.closed).toMatchObject({ code: 4401 })
    expect(world.ticker.writes).toBe(0)
  })

  it('past the limit is sent away to come again later', async () => {
    const world = await startWorld({ maxConnections: 1 })
    await new RawClient(world).open()
    expect(await new RawClient(world).closed).toMatchObject({ code: 1013 })
  })

  it('that sends more than a request may hold is closed', async () => {
    const world = await startWorld({ maxBodyBytes: 1_000 })
    const raw = await new RawClient(world).open()
    raw.subscribe('1', `{ ping } #${'x'.repeat(1_000)}`)
    expect(await raw.closed).toMatchObject({ code: 1009 })
  })

  it('that lets answers pile up unread is closed', async () => {
    const world = await startWorld({ websocket: { maxBufferedBytes: 1_000_000 } })
    const raw = await new RawClient(world).open()
    for (let id = 1; id <= 20; id++) raw.subscribe(String(id), '{ wait long(chars: 1000000) }')
    await world.ticker.untilWaiting(20)
    raw.socket.pause()
    world.ticker.open()
    await ask(connect(world), '{ ping }')
    raw.socket.resume()
    expect(await raw.closed).toMatchObject({ code: 1013 })
  })

  it('that does not answer pings is ended', async () => {
    const world = await startWorld({
      keepAliveMs: 100,
      maxSilenceMs: 1_000,
      websocket: { closeTimeoutMs: 100 },
    })
    const raw = await new RawClient(world).open()
    raw.subscribe('1', 'subscription { ticks }')
    await world.ticker.untilFollowers(1)
    raw.socket.pause()
    await world.ticker.untilFollowers(0)
    expect(world.logged.filter(({ msg }) => msg === 'gave a client up')).toHaveLength(1)
  })

  it('that takes nothing of what waits for it is given up, and told so if it reads on at last', async () => {
    const world = await startWorld({ maxSilenceMs: 100, websocket: { closeTimeoutMs: 60_000 } })
    const raw = await new RawClient(world).open()
    raw.subscribe('1', 'subscription { ticks }')
    await world.ticker.untilFollowers(1)
    raw.socket.pause()
    world.ticker.tick(...Array.from({ length: 400 }, () => 'x'.repeat(50_000)))
    await expect.poll(() => world.logged).toContainEqual(expect.objectContaining({ msg: 'gave a client up' }))
    raw.socket.resume()
    expect(await raw.closed).toMatchObject({ code: 1013, reason: 'Nothing was read for 0.1 s' })
    await world.ticker.untilFollowers(0)
  })

  it('that answers pings is kept', async () => {
    const world = await startWorld({ keepAliveMs: 50, maxSilenceMs: 1_500 })
    const raw = await new RawClient(world).open()
    for (let pings = 0; pings < 40; pings++) await once(raw.socket, 'ping')
    raw.subscribe('1', '{ ping }')
    expect(await raw.next()).toMatchObject({ type: 'next' })
  })
})
