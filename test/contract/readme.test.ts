import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getOperationAST, parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sow } from '../../src/cli/run/seed.ts'
import { Project } from '../support/Project.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { Shell } from './Shell.ts'
import { type Snippet, snippets } from './snippets.ts'

/** The README's snippets, in its order, on one server over a small directory: a shell variable lasts to the end. */
describe('the README', { timeout: 60_000 }, () => {
  let server: TestServer
  let folder: string
  let shell: Shell
  const run: Readonly<Record<Snippet['language'], (snippet: Snippet) => Promise<string>>> = {
    graphql: (snippet) => ask(snippet, server),
    sh: ({ text }) => shell.run(here(text, server)),
    ts: ({ text, line }) => compileAndRun(join(folder, `line-${line}`), here(text, server), server),
  }

  beforeAll(async () => {
    server = await startServer()
    await sow(
      server.directory.log,
      { tenant: 'default', users: 20, seed: 1 },
      { onUsers() {}, onBad: expect.unreachable },
    )
    await server.directory.feed.level()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-readme-'))
    shell = new Shell(folder, { URL: server.url, KEY: server.operatorKey, ROLLCALL_DATA: server.data })
  })

  afterAll(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('has snippets', () => {
    expect(snippets.map(({ language }) => language)).toEqual(expect.arrayContaining(['graphql', 'sh', 'ts']))
  })

  for (const snippet of snippets) {
    const { language, line } = snippet
    const runs = language !== 'sh' || hasCurl()
    test.skipIf(!runs)(
      `line ${line}: ${language}${runs ? '' : ', SKIPPED: it needs bash and curl'}`,
      async () => {
        const output = await run[language](snippet)
        if (snippet.refusal === null) expect(output).not.toMatch(/"errors":\s*\[/)
        else expect(output).toMatch(new RegExp(`"code":\\s*"${snippet.refusal}"`))
      },
    )
  }
})

/** The README speaks of the server where `npm start` has it. */
const here = (text: string, { url }: TestServer): string =>
  text.replaceAll(/http:\/\/(127\.0\.0\.1|localhost):4000/g, url)

/** The answer as JSON; of a subscription, its first message. */
async function ask({ text }: Snippet, { url, operatorKey }: TestServer): Promise<string> {
  const authorization = `Bearer ${operatorKey}`
  if (getOperationAST(parse(text))?.operation !== 'subscription') {
    const headers = { authorization, 'content-type': 'application/json' }
    const body = JSON.stringify({ query: text })
    return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).text()
  }
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    connectionParams: { authorization },
    retryAttempts: 0,
  })
  try {
    for await (const message of client.iterate({ query: text })) return JSON.stringify(message)
    throw new Error('the subscription ended without a message')
  } finally {
    await client.dispose()
  }
}

/** As of a project that has rollcall installed. */
async function compileAndRun(folder: string, text: string, { operatorKey }: TestServer): Promise<string> {
  const project = Project.withRollcall(folder)
  project.write('snippet.ts', text)
  expect(await project.check()).toBe('')
  return project.run('snippet.ts', { ROLLCALL_KEY: operatorKey })
}

function hasCurl(): boolean {
  try {
    execFileSync('bash', ['-c', 'command -v curl'])
    return true
  } catch {
    return false
  }
}
