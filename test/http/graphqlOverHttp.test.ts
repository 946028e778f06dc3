import { serverAudits } from 'graphql-http'
import { describe, expect, it } from 'vitest'
import { AS_OPERATOR, codeOf, startWorld } from './support/world.ts'

const PING = { query: '{ ping }' }
const RESPONSE_JSON = { accept: 'application/graphql-response+json' }

describe('GraphQL over HTTP', () => {
  it('passes every audit of the specification', async () => {
    const { url } = await startWorld()
    const audits = serverAudits({
      url: `${url}/graphql`,
      fetchFn: (input: string, init: RequestInit = {}) =>
        fetch(input, { ...init, headers: { ...AS_OPERATOR, ...(init.headers as Record<string, string>) } }),
    })
    const results = await Promise.all(audits.map(({ fn }) => fn()))
    expect(results.length).toBeGreaterThan(50)
    const failed = results.filter(({ status }) => status !== 'ok')
    expect(failed.map(({ name }) => name)).toEqual([])
  })

  it('answers a query with its data and the token of what it saw', async () => {
    const { post, directory } = await startWorld()
    const response = await post(PING)
    const body = (await response.json()) as { data: unknown; extensions: { token: string } }
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(body.data).toEqual({ ping: 'pong' })
    expect(response.headers.get('rollcall-token')).toBe(body.extensions.token)
    expect(directory.tokens.decode('default', body.extensions.token)).toMatchObject({
      value: { position: 10 },
    })
  })

  it('refuses a batch, and says what to do', async () => {
    const { post } = await startWorld()
    const response = await post([PING, PING])
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('Batches are not supported')
  })

  it('refuses what is too large, of another type, or no JSON, all in the shape of GraphQL errors', async () => {
    const { post } = await startWorld({ maxBodyBytes: 100 })
    const answers = [
      await post({ query: `{ ping } #${'x'.repeat(100)}` }),
      await post(PING, { 'content-type': 'text/plain' }),
      await post('query=%7Bping%7D', { 'content-type': 'application/x-www-form-urlencoded' }),
      await post('{'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([413, 415, 415, 400])
    for (const answer of answers) expect(await codeOf(answer)).toBe('BAD_USER_INPUT')
  })

  it('says that it takes no compressed body', async () => {
    const { post } = await startWorld()
    expect((await post(PING, { 'content-encoding': 'identity' })).status).toBe(200)
    const answer = await post(PING, { 'content-encoding': 'gzip' })
    expect(answer.status).toBe(415)
    expect(await answer.json()).toEqual({
      errors: [
        {
          message: 'Content-Encoding: is not supported; send the body as it is',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    })
  })

  it('runs no mutation by GET, and no subscription over HTTP', async () => {
    const { get, post, ticker } = await startWorld()
    const mutation = await get('mutation { write }')
    expect([mutation.status, mutation.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await post({ query: 'subscription { ticks }' })).status).toBe(405)
    expect(ticker.writes).toBe(0)
    expect((await post({ query: 'mutation { write }' })).status).toBe(200)
    expect(ticker.writes).toBe(1)
  })

  it('says by the status how a request fared, to those who ask for graphql-response+json', async () => {
    const { post } = await startWorld()
    const statuses = async (query: string) => [
      (await post({ query }, RESPONSE_JSON)).status,
      (await post({ query })).status,
    ]
    expect(await statuses('{ ping fail(code: "NOT_FOUND") }')).toEqual([200, 200])
    expect(await statuses('{ nothing }')).toEqual([400, 200])
    expect(await statuses('{')).toEqual([400, 200])
  })

  it('prefers the media type with the greater weight', async () => {
    const { post } = await startWorld()
    const typeFor = async (accept: string) => (await post(PING, { accept })).headers.get('content-type')
    expect(await typeFor('application/json;q=0.9, application/graphql-response+json')).toContain(
      'graphql-response',
    )
    expect(await typeFor('application/json, application/graphql-response+json;q=0.5')).toContain(
      'application/json',
    )
    expect(await typeFor('text/html')).toContain('application/json')
  })

  it('knows no other methods and no other paths', async () => {
    const { url } = await startWorld()
    const put = await fetch(`${url}/graphql`, { method: 'PUT', headers: AS_OPERATOR })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST'])
    expect(await codeOf(await fetch(`${url}/elsewhere`))).toBe('NOT_FOUND')
  })

  it('keeps the id that a request came with where it is fit for logs, and makes one where not', async () => {
    const { post } = await startWorld()
    const id = async (given: string) => {
      const response = await post({ query: '{ requestId }' }, { 'x-request-id': given })
      const { data } = (await response.json()) as { data: { requestId: string } }
      expect(response.headers.get('x-request-id')).toBe(data.requestId)
      return data.requestId
    }
    expect(await id('abc-123')).toBe('abc-123')
    const made = await id('a b"c')
    expect(made).toMatch(/^[\w-]+$/)
    expect(await id('x'.repeat(200))).not.toBe(made)
  })

  it('refuses an idempotency key that is too long or not printable', async () => {
    const { post } = await startWorld()
    const code = async (key: string) => codeOf(await post(PING, { 'idempotency-key': key }))
    expect(await code('k'.repeat(256))).toBe('BAD_USER_INPUT')
    expect(await code('schl\u00fcssel')).toBe('BAD_USER_INPUT')
    expect((await post(PING, { 'idempotency-key': 'k'.repeat(255) })).status).toBe(200)
  })

  it('sends headers that keep a browser from doing more with an answer than read it', async () => {
    const { post } = await startWorld()
    const { headers } = await post(PING)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('tells nobody what went wrong inside, but logs it under the request', async () => {
    const { post, directory, logged } = await startWorld()
    directory.addKey('key-of-ada')
    directory.isBroken = true
    const response = await post(PING, { authorization: 'Bearer key-of-ada', 'x-request-id': 'r-1' })
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(JSON.parse(text).errors[0].extensions).toEqual({ code: 'INTERNAL', requestId: 'r-1' })
    expect(text).not.toContain('secret detail')
    expect(logged).toContainEqual(
      expect.objectContaining({
        requestId: 'r-1',
        err: expect.objectContaining({ message: 'secret detail of the store', stack: expect.any(String) }),
      }),
    )
  })

  it('cuts off whoever takes nothing of an answer', async () => {
    const { post, logged } = await startWorld({ maxSilenceMs: 100 })
    const answer = await post({ query: '{ long(chars: 50000000) }' })
    await expect.poll(() => logged).toContainEqual(expect.objectContaining({ msg: 'gave a client up' }))
    await expect(answer.text()).rejects.toThrow()
    expect((await post(PING)).status).toBe(200)
  })
})
