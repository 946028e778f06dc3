import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { answerBrokenRequest } from '../../src/http/brokenRequests.ts'
import { startWorld } from './support/world.ts'

/** All that comes back on a connection of its own, until the other side ends it. */
async function sent(port: number, text: string): Promise<{ status: number; error: unknown }> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  onTestFinished(() => void socket.destroy())
  socket.write(text)
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  await once(socket, 'end')
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toMatch(/^content-type: application\/json/im)
  return { status: Number(head.split(' ')[1]), error: JSON.parse(body).errors[0] }
}

const badInput = (message: RegExp) => ({
  message: expect.stringMatching(message),
  extensions: { code: 'BAD_USER_INPUT' },
})

it('what never becomes a request is answered in the shape of all errors', async () => {
  const { url } = await startWorld()
  const port = Number(new URL(url).port)
  expect(await sent(port, `GET /graphql?query=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toEqual({
    status: 431,
    error: badInput(/URL and the headers must be at most 16384 bytes/),
  })
  expect(await sent(port, 'nonsense\r\n\r\n')).toEqual({ status: 400, error: badInput(/no request of HTTP/) })
  expect(await sent(port, 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toEqual({
    status: 400,
    error: badInput(/%zz/),
  })
})

it('so is one that does not come to its end', async () => {
  const server = createServer({ requestTimeout: 50, connectionsCheckingInterval: 10 })
  server.on('clientError', answerBrokenRequest)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  expect(await sent(port, 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nslow')).toEqual({
    status: 408,
    error: badInput(/must arrive within/),
  })
})
