import { describe, expect, it } from 'vitest'
import { TENANT_KEY_OWNER } from '../../src/domain/viewer.ts'
import { AS_OPERATOR, codeOf, startWorld, type World } from './support/world.ts'

const as = (key: string, tenant?: string) => ({
  authorization: `Bearer ${key}`,
  ...(tenant !== undefined && { 'rollcall-tenant': tenant }),
})

async function ask({ post }: World, headers: Record<string, string>) {
  const response = await post({ query: '{ tenant actor }' }, headers)
  const body = (await response.json()) as {
    data?: { tenant: string; actor: string }
    errors?: { message: string; extensions: { code: string } }[]
  }
  return { status: response.status, headers: response.headers, data: body.data, error: body.errors?.[0] }
}

describe('the operator key', () => {
  it('acts in the default tenant, or in the one that it names', async () => {
    const world = await startWorld()
    expect((await ask(world, AS_OPERATOR)).data).toEqual({ tenant: 'default', actor: 'operator' })
    expect((await ask(world, { ...AS_OPERATOR, 'rollcall-tenant': 'acme' })).data).toMatchObject({
      tenant: 'acme',
    })
  })

  it('is told of a tenant that is not there, by its name, until it is made', async () => {
    const world = await startWorld()
    const { status, error } = await ask(world, { ...AS_OPERATOR, 'rollcall-tenant': 'umbrella' })
    expect(status).toBe(404)
    expect(error).toMatchObject({
      message: expect.stringContaining('umbrella'),
      extensions: { code: 'NOT_FOUND' },
    })
    world.directory.tenants.add('umbrella')
    expect((await ask(world, { ...AS_OPERATOR, 'rollcall-tenant': 'umbrella' })).status).toBe(200)
  })
})

describe('an API key', () => {
  it('acts in its own tenant only', async () => {
    const world = await startWorld()
    world.directory.addKey('good')
    expect((await ask(world, as('good'))).data).toEqual({ tenant: 'acme', actor: 'key-of-good' })
    expect((await ask(world, as('good', 'acme'))).status).toBe(200)
    const foreign = await ask(world, as('good', 'globex'))
    expect([foreign.status, foreign.error?.extensions.code]).toEqual([403, 'FORBIDDEN'])
  })

  it('is refused from the request after it was revoked', async () => {
    const world = await startWorld()
    world.directory.addKey('good')
    expect((await ask(world, as('good'))).status).toBe(200)
    world.directory.revoke('good')
    const { status, error } = await ask(world, as('good'))
    expect([status, error?.extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it.each(['SUSPENDED', 'DELETED'] as const)('is refused once its user is %s', async (userStatus) => {
    const world = await startWorld()
    world.directory.addKey('good')
    expect((await ask(world, as('good'))).status).toBe(200)
    world.directory.setStatus('ada', userStatus)
    expect((await ask(world, as('good'))).status).toBe(401)
  })

  it('is refused once it has expired, although nothing happened', async () => {
    const world = await startWorld()
    world.directory.addKey('past', { expiresAt: '2020-01-01T00:00:00.000Z' })
    world.directory.addKey('future', { expiresAt: '2999-01-01T00:00:00.000Z' })
    expect((await ask(world, as('past'))).error?.message).toContain('expired')
    expect((await ask(world, as('past'))).error?.message).toContain('expired')
    expect((await ask(world, as('future'))).status).toBe(200)
  })

  it("needs no user where it is the tenant's first", async () => {
    const world = await startWorld()
    world.directory.addKey('first', { userId: TENANT_KEY_OWNER })
    world.directory.users.clear()
    expect((await ask(world, as('first'))).status).toBe(200)
  })

  it('is looked up once while the views stand still', async () => {
    const world = await startWorld()
    world.directory.addKey('good')
    await ask(world, as('good'))
    await ask(world, as('good'))
    expect(world.directory.lookUps).toBe(1)
    world.directory.move()
    await ask(world, as('good'))
    expect(world.directory.lookUps).toBe(2)
  })
})

describe('without a good key', () => {
  it('nothing is answered, whatever else is wrong', async () => {
    const { url } = await startWorld()
    const headers = { 'content-type': 'application/json' }
    const none = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{' })
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await codeOf(none)).toBe('UNAUTHENTICATED')
    expect((await fetch(`${url}/graphql?query={ping}`)).status).toBe(401)
    expect(
      (await fetch(`${url}/graphql?query={ping}`, { headers: { authorization: 'Basic abc' } })).status,
    ).toBe(401)
  })

  it('an address that tries many keys is told to wait, while good keys from it still pass', async () => {
    const world = await startWorld({ maxFailedKeysPerMinute: 3 })
    world.directory.addKey('good')
    for (const guess of ['a', 'b', 'c']) expect((await ask(world, as(guess))).status).toBe(401)
    const { status, headers, error } = await ask(world, as('d'))
    expect([status, error?.extensions.code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask(world, as('good'))).status).toBe(200)
    expect((await ask(world, AS_OPERATOR)).status).toBe(200)
  })

  it('counts by the address that the trusted proxy saw, not by what the client claims', async () => {
    const world = await startWorld({ maxFailedKeysPerMinute: 1, trustedProxies: 1 })
    const guess = async (forwarded: string) =>
      (await ask(world, { ...as('guess'), 'x-forwarded-for': forwarded })).status
    expect(await guess('1.1.1.1, 9.9.9.9')).toBe(401)
    expect(await guess('2.2.2.2, 9.9.9.9')).toBe(429)
    expect(await guess('2.2.2.2, 8.8.8.8')).toBe(401)
  })
})
