import { WebSocket } from 'ws'

/*
 * Followers in a process of their own: node followers.ts URL KEY COUNT QUERY VARIABLES. Each has a connection and speaks graphql-transport-ws.
 * Tells its parent when all of them have caught up, and, when asked, how much came and when.
 */
const [, , url = '', key = '', count = '0', query = '', variables = ''] = process.argv

/** Only the messages of so many followers are looked into, so that the load costs little. */
const SAMPLED = 10
/** Connections that are made at once. */
const ABREAST = 50

const REQUEST = { query, variables: JSON.parse(variables) }
const total = Number(count)
let level = 0
let firstMs = 0
let lastMs = 0
let arrivals: [cause: string, ms: number][] = []
const received = new Uint32Array(total)

function reset(): void {
  firstMs = 0
  arrivals = []
  received.fill(0)
}

function tally() {
  let [sum, fewest, most] = [0, received[0] ?? 0, 0]
  for (const each of received) {
    sum += each
    fewest = Math.min(fewest, each)
    most = Math.max(most, each)
  }
  return { received: sum, fewest, most, firstMs, lastMs }
}

const now = () => performance.timeOrigin + performance.now()

function onChange(follower: number, text: string): void {
  lastMs = now()
  if (firstMs === 0) firstMs = lastMs
  received[follower] = (received[follower] ?? 0) + 1
  if (follower % Math.ceil(total / SAMPLED) === 0) {
    arrivals.push([/"cause":"([^"]*)"/.exec(text)?.[1] ?? '', lastMs])
  }
}

function onLevel(): void {
  level += 1
  if (level === total) process.send?.({ levelMs: now() })
}

function follow(follower: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false })
  const send = (message: object) => socket.send(JSON.stringify(message))
  socket.on('error', reject)
  socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1')
    if (text.includes('"kind":"CHANGE"')) onChange(follower, text)
    else if (text.includes('"kind":"CAUGHT_UP"')) resolve(onLevel())
    else if (text.includes('"connection_ack"')) send({ id: '1', type: 'subscribe', payload: REQUEST })
    else if (text.includes('"type":"error"')) reject(new Error(text))
  })
  return promise
}

process.on('message', (message) => {
  if (message === 'tally') process.send?.(tally())
  else if (message === 'arrivals') process.send?.(arrivals)
  else if (message === 'reset') reset()
  else process.exit()
})

process.on('disconnect', () => process.exit())

for (let made = 0; made < total; made += ABREAST) {
  await Promise.all(Array.from({ length: Math.min(ABREAST, total - made) }, (_, i) => follow(made + i)))
}
