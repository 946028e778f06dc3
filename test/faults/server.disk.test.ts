import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Client, CREATE_USER, USER } from '../support/client.ts'
import { rollcall, serveReady } from '../support/process.ts'
import { largeUser, smallDisk } from '../support/smallDisk.ts'

const KEY = 'operator-of-a-full-disk'

const disk = smallDisk(40)
afterAll(() => disk?.remove())

describe.skipIf(disk === null)('a server on one machine, whose disk is full,', () => {
  test('goes on being read, refuses what it cannot keep, and takes writes again once there is room', async () => {
    const environment = { ROLLCALL_DATA: join(disk?.path ?? '', 'data'), ROLLCALL_OPERATOR_KEY: KEY }
    const server = await serveReady(environment)
    const client = new Client(server.url, KEY)
    const shown = async (id: string) => (await client.ask(USER, { id })).user?.username
    await client.ask(CREATE_USER, { input: { id: 'first', username: 'first' } })

    disk?.fill()
    let written = 0
    for (let code: unknown; code === undefined; ) {
      const { errors } = await client.send(CREATE_USER, { input: largeUser(written) })
      code = errors[0]?.extensions.code
      if (code === undefined) written += 1
      else expect(code).toBe('UNAVAILABLE')
    }
    expect(await shown('first')).toBe('first')

    disk?.clear()
    await client.ask(CREATE_USER, { input: { id: 'next', username: 'next' } })
    expect(await shown('next')).toBe('next')
    for (let nth = 0; nth < written; nth++) expect(await shown(`u${nth}`)).toBe(`u${nth}`)
    expect(await rollcall(['verify'], environment)).toMatchObject({ code: 0 })
    await server.kill('SIGTERM')
  })
})
