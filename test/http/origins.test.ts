import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { AS_OPERATOR, startWorld } from './support/world.ts'

const ADMIN = 'https://admin.example.org'

const preflight = (url: string, origin: string) =>
  fetch(`${url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  })

describe('pages of other origins', () => {
  it('are let in by nothing as long as none is allowed', async () => {
    const { url, get } = await startWorld()
    const asked = await preflight(url, ADMIN)
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([405, null])
    expect((await get('{ ping }', { origin: ADMIN })).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('may use the API where their origin is on the list, and see our headers', async () => {
    const { url, get } = await startWorld({ corsOrigins: [ADMIN] })
    const asked = await preflight(url, ADMIN)
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-origin')).toBe(ADMIN)
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Rollcall-At-Least/)
    const { headers } = await get('{ ping }', { origin: ADMIN })
    expect(headers.get('access-control-allow-origin')).toBe(ADMIN)
    expect(headers.get('access-control-expose-headers')).toMatch(/Rollcall-Token.*ETag/)
    expect(headers.get('vary')).toContain('Origin')

    const other = await preflight(url, 'https://evil.example')
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([405, null])
    const unlisted = await get('{ ping }', { origin: 'https://evil.example' })
    expect(unlisted.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('learn why they were refused a key', async () => {
    const { url } = await startWorld({ corsOrigins: [ADMIN] })
    const response = await fetch(`${url}/graphql?query={ping}`, { headers: { origin: ADMIN } })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, ADMIN])
  })

  it('cannot send what needs no preflight and have it run', async () => {
    const { url, ticker } = await startWorld()
    const body = JSON.stringify({ query: 'mutation { write }' })
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const headers = { ...AS_OPERATOR, 'content-type': type }
      expect((await fetch(`${url}/graphql`, { method: 'POST', headers, body })).status).toBe(415)
    }
    expect(ticker.writes).toBe(0)
  })

  it('open a WebSocket only from an allowed origin, or from our own', async () => {
    const { url } = await startWorld({ corsOrigins: [ADMIN] })
    const connect = async (origin: string) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { origin })
      const outcome = await Promise.race([
        once(socket, 'open').then(() => 'open'),
        once(socket, 'unexpected-response').then(([, response]) => response.statusCode),
      ])
      socket.on('error', () => {})
      socket.terminate()
      return outcome
    }
    expect(await connect(ADMIN)).toBe('open')
    expect(await connect(url)).toBe('open')
    expect(await connect('https://evil.example')).toBe(403)
    expect(await connect('null')).toBe(403)
  })
})
