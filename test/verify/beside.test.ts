import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exitCodes.ts'
import { runProgram } from '../../src/cli/program.ts'
import { recordTerminal } from '../cli/support.ts'
import { Client } from '../support/client.ts'
import { HISTORY, hasHistory } from '../support/history.ts'
import { rollcall, serveReady } from '../support/process.ts'

if (!hasHistory) process.stderr.write('The real history is not on this machine: it is not verified.\n')

const KEY = 'operator-key-of-the-verify-test'
const WRITERS = 12
const ROUNDS = 10

describe('rollcall verify, over processes', { timeout: 180_000 }, () => {
  let data: string
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'rollcall-beside-'))
  })
  afterEach(() => rm(data, { recursive: true, force: true }))

  async function verify(...args: string[]) {
    const terminal = recordTerminal()
    const code = await runProgram(['verify', '--data', data, ...args], terminal)
    return { code, printed: terminal.printed.slice(-20).join('\n') }
  }

  test.skipIf(!hasHistory)('eight years of a real organisation have no problems', async () => {
    expect(await rollcall(['import', HISTORY], { ROLLCALL_DATA: data })).toMatchObject({ code: 0 })
    const { code, printed } = await verify('--deep')
    expect(printed).toContain('No problems')
    expect(code).toBe(EXIT.ok)
  })

  /** Names, memberships, parents and deletions, all on few groups, so that each is always changing. */
  async function write(client: Client, writer: number, isDone: () => boolean): Promise<number> {
    let written = 0
    for (let n = 0; !isDone(); n++) {
      const user = `u-${writer}-${n}`
      const [group, other] = [`g-${n % 3}`, `g-own-${writer}-${n}`]
      await client.ask(
        `mutation ($user: ID!, $name: String!, $mail: String!, $group: ID!, $other: ID!, $title: String!) {
          a: createUser(input: { id: $user, username: $name, name: $name }) { token }
          b: updateUser(id: $user, patch: { email: $mail, attributes: { writer: ${writer} } }) { token }
          c: setMembership(groupId: $group, userId: $user, role: MEMBER) { token }
          d: createGroup(input: { id: $other, name: $title, parentId: $group }) { token }
          e: setMembership(groupId: $other, userId: $user, role: MAINTAINER) { token }
        }`,
        { user, name: user, mail: `${user}@example.org`, group, other, title: other },
      )
      if (n % 2 === 0) await client.ask(`mutation { deleteUser(id: "${user}") { token } }`)
      if (n % 3 === 0) await client.ask(`mutation { deleteGroup(id: "${other}") { token } }`)
      written += 1
    }
    return written
  }

  test('no false alarm while a server writes, nor while a group that is written to is repaired', async () => {
    const server = await serveReady({ ROLLCALL_DATA: data, ROLLCALL_OPERATOR_KEY: KEY })
    try {
      const client = new Client(server.url, KEY)
      for (const n of [0, 1, 2]) {
        await client.ask(`mutation { createGroup(input: { id: "g-${n}", name: "g-${n}" }) { token } }`)
      }
      let isDone = false
      const writing = Promise.all(Array.from({ length: WRITERS }, (_, i) => write(client, i, () => isDone)))
      // Told where it is awaited.
      writing.catch(() => {})
      try {
        for (let round = 0; round < ROUNDS; round++) {
          const { code, printed } = await verify()
          expect(printed).toContain('No problems')
          expect(code).toBe(EXIT.ok)
          expect(await verify('--repair', 'group', `g-${round % 3}`)).toMatchObject({ code: EXIT.ok })
        }
      } finally {
        isDone = true
      }
      expect(Math.min(...(await writing))).toBeGreaterThan(0)
      expect(await verify('--deep')).toMatchObject({
        code: EXIT.ok,
        printed: expect.stringContaining('No problems'),
      })
    } finally {
      await server.kill('SIGTERM')
    }
  })
})
