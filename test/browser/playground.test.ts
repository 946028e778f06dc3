import { mkdir } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../support/server.ts'
import { findChromium, launchChromium } from './chromium.ts'
import { PlaygroundPage } from './PlaygroundPage.ts'

const ARTIFACTS = 'test/artifacts'
const executable = findChromium()
if (executable === null && process.env.CI === 'true') {
  throw new Error('CI needs a Chromium: install one, or name it in CHROMIUM')
}
if (executable === null) process.stderr.write('No Chromium found: the playground is not tested.\n')

let server: Awaited<ReturnType<typeof startServer>>
let browser: Browser

beforeAll(async () => {
  if (executable === null) return
  server = await startServer()
  browser = await launchChromium(executable)
  await mkdir(ARTIFACTS, { recursive: true })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
})

test.skipIf(executable === null)(
  'a visitor writes, reads what was written, searches, and follows changes',
  async () => {
    const context = await browser.newContext({ viewport: { width: 1360, height: 820 } })
    const page = new PlaygroundPage(await context.newPage(), server.url)
    await page.open(server.url)
    await page.signIn(server.operatorKey, 'default')

    await page.openTab('CreateUser')
    const created = await page.run()
    expect(created).toMatchObject({ data: { createUser: { user: { name: 'Ada Lovelace' } } } })
    const { user, token } = (created as unknown as Created).data.createUser

    await page.openTab('ReadYourWrite')
    await page.pasteVariables({ email: user.email, atLeast: token })
    expect(await page.run()).toMatchObject({ data: { userByEmail: { id: user.id } } })

    await page.openTab('People')
    expect(JSON.stringify(await page.run())).toContain(user.email)

    await page.openTab('Search')
    expect(JSON.stringify(await page.run())).toContain(user.email)
    expect(await page.shows(user.email, 5_000)).toBe(true)

    await page.openTab('Changes')
    await page.start()
    // Nothing tells when a subscription is in place: changes are made until one of them arrives.
    let arrived = false
    for (let attempt = 1; !arrived && attempt <= 20; attempt++) {
      await createUser(`follower-${attempt}`)
      arrived = await page.shows('"CHANGE"', 1_000)
    }
    await page.screenshot(`${ARTIFACTS}/playground.png`)

    expect(arrived).toBe(true)
    expect(page.complaints).toEqual({ errors: [], foreignRequests: [] })
  },
)

interface Created {
  readonly data: {
    readonly createUser: { readonly user: { id: string; email: string }; readonly token: string }
  }
}

async function createUser(username: string): Promise<void> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.operatorKey}` },
    body: JSON.stringify({
      query: 'mutation ($username: String!) { createUser(input: { username: $username }) { token } }',
      variables: { username },
    }),
  })
  expect(await response.json()).not.toHaveProperty('errors')
}
