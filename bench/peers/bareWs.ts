import { createServer } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'

/*
 * The limit for followers: `ws`, and the very bytes that the gateway sends. No journal, no keys, no GraphQL. POST /publish takes a
 * JSON array of payloads and sends each to all who are connected.
 */
const clients = new Set<WebSocket>()
const server = createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end()
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const payloads = JSON.parse(Buffer.concat(chunks).toString()) as string[]
  for (const payload of payloads) {
    for (const client of clients) client.send(`{"id":"1","type":"next","payload":${payload}}`)
    while ([...clients].some(({ bufferedAmount }) => bufferedAmount > 256_000)) await nextTurn()
    await nextTurn()
  }
  return response.end()
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', (client) => {
  clients.add(client)
  client.on('close', () => clients.delete(client))
  client.on('message', (data) => {
    const { type } = JSON.parse(String(data)) as { type: string }
    if (type === 'connection_init') client.send('{"type":"connection_ack"}')
    else client.send('{"id":"1","type":"next","payload":{"data":{"changes":{"kind":"CAUGHT_UP"}}}}')
  })
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit())
