import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'
import {
  type Change,
  createClient,
  type Following,
  type FollowOptions,
  type FollowStatus,
  follow,
  memoryReplica,
  type RetryWindow,
} from '../../src/client/index.ts'
import { changesOf } from '../support/changes.ts'

/** A server that says what the real one seldom does: its side of graphql-transport-ws, by hand. */
let server: WebSocketServer
/** Every follower is told these first. */
let told: Change[]
/** And these once it has caught up. */
let later: Change[]
let sockets: ServerSocket[]
let ack: unknown
let following: Following
let statuses: FollowStatus[]

beforeEach(async () => {
  sockets = []
  statuses = []
  ack = undefined
  told = []
  later = []
  server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' })
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('message', (data) => {
      const { type, id } = JSON.parse(String(data))
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack', payload: ack }))
      if (type !== 'subscribe') return
      const cursor = `c${sockets.length}`
      const messages = [
        ...told.map((change) => ({ kind: 'CHANGE', cursor, change })),
        { kind: 'CAUGHT_UP', cursor, change: null },
        ...later.map((change) => ({ kind: 'CHANGE', cursor, change })),
      ]
      for (const changes of messages) {
        socket.send(JSON.stringify({ type: 'next', id, payload: { data: { changes } } }))
      }
    })
  })
  await once(server, 'listening')
})
afterEach(async () => {
  await following.stop()
  for (const socket of server.clients) socket.terminate()
  server.close()
})

async function start(
  retry: RetryWindow | null = { minMs: 0, maxMs: 1 },
  options: FollowOptions = {},
  WebSocketImpl = WebSocket,
): Promise<void> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  following = follow(createClient({ url, key: 'k', WebSocket: WebSocketImpl }), {
    ...(retry !== null && { retry }),
    onStatus: (status) => statuses.push(status),
    ...options,
  })
  await following.caughtUp
}

async function waitAfter(code: number): Promise<number> {
  sockets.at(-1)?.close(code, 'why')
  const retrying = () => statuses.find((status) => status.kind === 'retrying')
  await expect.poll(retrying).toBeDefined()
  return (retrying() as FollowStatus & { kind: 'retrying' }).inMs
}

test('reconnects are spread over the window that was told last', async () => {
  ack = { retry: { minMs: 40_000, maxMs: 50_000 } }
  await start(null)
  const inMs = await waitAfter(1001)
  expect(inMs).toBeGreaterThanOrEqual(40_000)
  expect(inMs).toBeLessThanOrEqual(50_000)
})

test('where the server closes for too many followers of a key, the wait is of the longest, and says why', async () => {
  await start({ minMs: 25_000, maxMs: 26_000 })
  expect(await waitAfter(4429)).toBeGreaterThanOrEqual(25_000)
  expect(statuses.at(-1)).toMatchObject({
    kind: 'retrying',
    error: { code: 'RATE_LIMITED', details: { closeCode: 4429 } },
  })
})

test('a close without a fault, and an end of the subscription, lead to another connection from the last cursor', async () => {
  await start()
  sockets[0]?.close(1000)
  await expect.poll(() => following.cursor).toBe('c2')
  sockets[1]?.close()
  await expect.poll(() => following.cursor).toBe('c3')
})

test('messages that make no sense are as a cut', async () => {
  await start()
  sockets[0]?.send('nonsense')
  await expect.poll(() => following.cursor).toBe('c2')
})

test('a change that comes twice is told once', async () => {
  const [first, second] = changesOf([
    ['SetUsername', 'u1', 'old'],
    ['SetUsername', 'u1', 'new'],
  ]) as [Change, Change]
  told = [first, second, first]
  const replica = memoryReplica()
  const heard: number[] = []
  await start({ minMs: 0, maxMs: 1 }, { replica, onChange: ({ seq }) => void heard.push(seq) })
  sockets[0]?.terminate()
  await expect.poll(() => following.cursor).toBe('c2')
  expect(heard).toEqual([1, 2])
  expect(replica.user('u1')?.username).toBe('new')
})

test('the copy is as of just before the change that a listener is told of', async () => {
  const replica = memoryReplica()
  const heard: (string | undefined)[] = []
  const onChange = ({ event }: Change) => {
    if ('userId' in event) heard.push(replica.user(event.userId)?.username)
  }
  later = changesOf([
    ['SetUsername', 'u1', 'one'],
    ['SetUsername', 'u1', 'two'],
    ['SetUsername', 'u1', 'three'],
  ])
  await start({ minMs: 0, maxMs: 1 }, { replica, onChange })
  await expect.poll(() => replica.user('u1')?.username).toBe('three')
  expect(heard).toEqual([undefined, 'one', 'two'])
})

test('while a listener takes its time, nothing connects again behind its back', async () => {
  told = changesOf([['SetUsername', 'u1', 'ada']])
  const made: WebSocket[] = []
  class Counted extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args)
      made.push(this)
    }
  }
  const isHeard = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const onChange = () => {
    isHeard.resolve()
    return gate.promise
  }
  const started = start({ minMs: 0, maxMs: 1 }, { onChange }, Counted)
  await isHeard.promise
  const isClosed = new Promise((resolve) => made[0]?.addEventListener('close', resolve))
  sockets[0]?.close(1000)
  await isClosed
  await new Promise((resolve) => setImmediate(resolve))
  expect(made).toHaveLength(1)
  gate.resolve()
  await started
  // It had been told of it, and takes it for told.
  expect(following.cursor).toBe('c1')
})
