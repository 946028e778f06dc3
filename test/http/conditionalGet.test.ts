import { describe, expect, it } from 'vitest'
import { vectorAt } from '../../src/domain/token.ts'
import { codeOf, startWorld } from './support/world.ts'

describe('GET with a condition', () => {
  it('is answered 304 while the journal stands still, and anew once it has moved', async () => {
    const { get, directory } = await startWorld()
    const first = await get('{ ping }')
    const etag = first.headers.get('etag') ?? ''
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    expect(first.headers.get('vary')).toContain('Authorization')
    const again = await get('{ ping }', { 'if-none-match': `"other", ${etag}` })
    expect(again.status).toBe(304)
    expect(again.headers.get('etag')).toBe(etag)
    expect(await again.text()).toBe('')
    expect(directory.tokens.decode('default', again.headers.get('rollcall-token') ?? '')).toMatchObject({
      ok: true,
    })
    directory.move()
    expect((await get('{ ping }', { 'if-none-match': etag })).status).toBe(200)
  })

  it('has another tag for another query, viewer, tenant and media type', async () => {
    const { get, directory } = await startWorld()
    directory.addKey('of-ada')
    directory.addKey('of-eve', { userId: 'eve' })
    const answers = await Promise.all([
      get('{ ping }'),
      get('{ tenant }'),
      get('{ ping }', { 'rollcall-tenant': 'acme' }),
      get('{ ping }', { authorization: 'Bearer of-ada' }),
      get('{ ping }', { authorization: 'Bearer of-eve' }),
      get('{ ping }', { accept: 'application/graphql-response+json' }),
    ])
    const tags = answers.map(({ headers }) => headers.get('etag'))
    expect(tags).not.toContain(null)
    expect(new Set(tags).size).toBe(answers.length)
  })

  it('is authorised first', async () => {
    const { get, directory } = await startWorld()
    directory.addKey('good')
    const authorization = 'Bearer good'
    const etag = (await get('{ ping }', { authorization })).headers.get('etag') ?? ''
    directory.setStatus('ada', 'SUSPENDED')
    expect((await get('{ ping }', { authorization, 'if-none-match': etag })).status).toBe(401)
  })

  it('waits for what the client has seen before it says that nothing has changed', async () => {
    const { get, directory } = await startWorld()
    const etag = (await get('{ ping }')).headers.get('etag') ?? ''
    const token = (position: number) => directory.tokens.encode('default', vectorAt(position))
    directory.reachable = 12
    const headers = { 'if-none-match': etag, 'rollcall-at-least': token(12) }
    expect((await get('{ ping }', headers)).status).toBe(200)
    expect(directory.position).toBe(12)

    const now = (await get('{ ping }')).headers.get('etag') ?? ''
    const before = directory.waits
    const ahead = await get('{ tenant actor ping }', { 'if-none-match': now, 'rollcall-at-least': token(13) })
    expect(await codeOf(ahead)).toBe('VIEW_BEHIND')
    expect(directory.waits).toBe(before + 1)
    const forged = await get('{ ping }', { 'if-none-match': now, 'rollcall-at-least': 'forged' })
    expect(await codeOf(forged)).toBe('BAD_TOKEN')
  })

  it('has no tag where there are errors, nor for a POST', async () => {
    const { get, post } = await startWorld()
    expect((await get('{ ping fail(code: "NOT_FOUND") }')).headers.get('etag')).toBeNull()
    expect((await get('{ nothing }')).headers.get('etag')).toBeNull()
    expect((await post({ query: '{ ping }' })).headers.get('etag')).toBeNull()
  })
})
