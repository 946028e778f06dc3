import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Client, CREATE_USER } from '../support/client.ts'
import { serveReady } from '../support/process.ts'

const KEY = 'operator-key-of-the-kill-test'
const ROUNDS = 10
const WRITERS = 64

interface UserPage {
  readonly nodes: readonly Written[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

interface Written {
  readonly id: string
  readonly username: string
}

/** Writes until the server is gone, and notes what was acknowledged, and the names that were asked for. */
async function writeUntilGone(
  client: Client,
  { acknowledged, attempted }: { readonly acknowledged: Written[]; readonly attempted: string[] },
  [round, writer]: readonly [number, number],
): Promise<void> {
  for (let n = 0; ; n++) {
    const username = `r${round}-w${writer}-${n}`
    attempted.push(username)
    try {
      const { data } = await client.send(CREATE_USER, {
        input: { username, email: `${username}@example.org` },
      })
      acknowledged.push({ id: data.createUser.user.id, username })
    } catch {
      return
    }
  }
}

test('kill -9 under 64 writers, ten times: what was acknowledged is there by id, email and list, and no name is held by nobody', {
  timeout: 300_000,
}, async () => {
  const data = await mkdtemp(join(tmpdir(), 'rollcall-kill-'))
  const environment = { ROLLCALL_DATA: data, ROLLCALL_OPERATOR_KEY: KEY }
  const acknowledged: Written[] = []
  const attempted: string[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const server = await serveReady(environment)
      const client = new Client(server.url, KEY)
      const enough = acknowledged.length + WRITERS
      const writers = Array.from({ length: WRITERS }, (_, i) =>
        writeUntilGone(client, { acknowledged, attempted }, [round, i]),
      )
      await expect.poll(() => acknowledged.length).toBeGreaterThan(enough)
      await delay(Math.random() * 400)
      await server.kill('SIGKILL')
      await Promise.all(writers)
    }
    const server = await serveReady(environment)
    await expectAll(new Client(server.url, KEY), acknowledged, attempted)
    await server.kill('SIGTERM')
  } finally {
    await rm(data, { recursive: true, force: true })
  }
})

async function expectAll(
  client: Client,
  acknowledged: readonly Written[],
  attempted: readonly string[],
): Promise<void> {
  const listed = new Map<string, string>()
  let after: string | null = null
  do {
    const { users }: { users: UserPage } = await client.ask(
      'query ($after: Cursor) { users(first: 1000, after: $after) { nodes { id username } pageInfo { hasNextPage endCursor } } }',
      { after },
    )
    for (const { id, username } of users.nodes) listed.set(username, id)
    after = users.pageInfo.hasNextPage ? users.pageInfo.endCursor : null
  } while (after !== null)

  for (const { id, username } of acknowledged) {
    expect(listed.get(username)).toBe(id)
    const found = await client.ask(
      'query ($id: ID!, $email: String!) { user(id: $id) { username } userByEmail(email: $email) { id } }',
      {
        id,
        email: `${username}@example.org`,
      },
    )
    expect(found).toEqual({ user: { username }, userByEmail: { id } })
  }
  // A name is taken exactly if somebody is there who has it: of those that were asked for but not acknowledged, too.
  const known = new Set(acknowledged.map(({ username }) => username))
  for (const username of attempted.filter((name) => !known.has(name))) {
    const { errors } = await client.send(CREATE_USER, {
      input: { username, email: `${username}@example.org` },
    })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(
      listed.has(username) ? ['USERNAME_TAKEN'] : [],
    )
  }
}
