import { mkdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { PlaygroundPage } from './PlaygroundPage.ts'
import { openSite } from './site.ts'

const ARTIFACTS = 'test/artifacts'
const site = openSite()

test.skipIf(site.isMissing)(
  'a visitor writes, reads what was written, searches, and follows changes',
  async () => {
    const context = await site.browser.newContext({ viewport: { width: 1360, height: 820 } })
    const page = new PlaygroundPage(await context.newPage(), site.server.url)
    await page.open(site.server.url)
    await page.signIn(site.server.operatorKey, 'default')

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
    expect(await page.shows(user.email, 30_000)).toBe(true)

    await page.openTab('Changes')
    await page.start()
    // Nothing tells when a subscription is in place: changes are made until one of them arrives.
    let arrived = false
    for (let attempt = 1; !arrived && attempt <= 20; attempt++) {
      await createUser(`follower-${attempt}`)
      arrived = await page.shows('"CHANGE"', 1_000)
    }
    await mkdir(ARTIFACTS, { recursive: true })
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
  const response = await fetch(`${site.server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${site.server.operatorKey}` },
    body: JSON.stringify({
      query: 'mutation ($username: String!) { createUser(input: { username: $username }) { token } }',
      variables: { username },
    }),
  })
  expect(await response.json()).not.toHaveProperty('errors')
}
