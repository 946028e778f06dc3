import { expect, test } from 'vitest'
import { PlaygroundPage } from './PlaygroundPage.ts'
import { openSite } from './site.ts'

const site = openSite()

/** A browser of its own, and whatever its page has sent to the endpoint with a key. */
async function visit() {
  const context = await site.browser.newContext({ viewport: { width: 1360, height: 820 } })
  const tab = await context.newPage()
  const sent: string[] = []
  tab.on('request', (request) => sent.push(request.headers().authorization ?? ''))
  tab.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))))
  const page = new PlaygroundPage(tab, site.server.url)
  await page.open(site.server.url)
  return { context, tab, page, sent }
}

test.skipIf(site.isMissing)(
  'the key goes out with all that is asked, and is kept for its tab of the browser alone',
  async () => {
    const key = site.server.operatorKey
    const { context, page, sent } = await visit()
    await page.signIn(key, 'default')
    const expectKeptForTab = async () => {
      expect(await page.kept()).not.toContain(key)
      expect(await page.keptForTab()).toContain(key)
    }

    expect(await page.run()).toHaveProperty('data.users')
    await expectKeptForTab()

    await page.openTab('CreateUser')
    expect(await page.run()).toHaveProperty('data.createUser')
    await expectKeptForTab()

    await page.openTab('Changes')
    await page.start()
    const frame = (type: string) => sent.find((text) => text.includes(`"type":"${type}"`))
    await expect.poll(() => frame('subscribe')).toBeDefined()
    expect(frame('connection_init')).toContain(`"Bearer ${key}"`)
    await page.start()
    await expectKeptForTab()

    await page.reload()
    expect(await page.key()).toBe(key)
    await page.openTab('Search')
    expect(await page.run()).toHaveProperty('data.users')
    expect(sent).toContain(`Bearer ${key}`)
    await expectKeptForTab()
    // It keeps what was asked.
    expect(await page.kept()).toContain('query Search')

    const another = new PlaygroundPage(await context.newPage(), site.server.url)
    await another.open(site.server.url)
    expect(await another.key()).toBe('')
    expect(await another.keptForTab()).not.toContain(key)
  },
)

test.skipIf(site.isMissing)(
  'a key that is written among the headers is sent in place of the other, and kept nowhere',
  async () => {
    const { page } = await visit()
    await page.signIn('no-such-key-0123456789', '')
    await page.pasteHeaders({ Authorization: `Bearer ${site.server.operatorKey}` })
    expect(await page.run()).toHaveProperty('data.users')
    await page.openTab('Search')
    await page.openTab('People')
    expect(await page.run()).toHaveProperty('data.users')
    expect(await page.kept()).toContain('query People')
    expect(await page.kept()).not.toContain(site.server.operatorKey)
    expect(await page.keptForTab()).not.toContain(site.server.operatorKey)
  },
)

test.skipIf(site.isMissing)(
  'a key that an older version has left is taken out, and the rest stays',
  async () => {
    const { tab, page } = await visit()
    const headers = JSON.stringify({ authorization: `Bearer ${site.server.operatorKey}` })
    const asked = { query: 'query Kept { head }', variables: '', headers, operationName: 'Kept' }
    const left = {
      'graphiql:headers': headers,
      'graphiql:queries': JSON.stringify({ queries: [asked] }),
      'graphiql:favorites': JSON.stringify({ favorites: [asked] }),
      'graphiql:tabState': JSON.stringify({
        activeTabIndex: 0,
        tabs: [{ ...asked, id: '1', hash: null, title: 'Kept', response: null }],
      }),
      'graphiql:theme': 'dark',
    }
    await tab.evaluate(`Object.assign(localStorage, ${JSON.stringify(left)})`)
    expect(await page.kept()).toContain(site.server.operatorKey)
    await page.reload()
    expect(await page.kept()).not.toContain(site.server.operatorKey)
    await page.openTab('Kept')
    const names = Object.keys(left).filter((name) => name !== 'graphiql:headers')
    const kept = await tab.evaluate('({ ...localStorage })')
    for (const name of names) expect(kept).toHaveProperty([name])
    expect(page.complaints.errors).toEqual([])
  },
)

test.skipIf(site.isMissing)('on a narrow screen every part of it can be reached', async () => {
  const { tab, page } = await visit()
  await tab.setViewportSize({ width: 420, height: 800 })
  await page.signIn(site.server.operatorKey, '')
  await page.openTab('Search')
  await page.run()
  expect(await page.shows('"nodes"', 30_000)).toBe(true)
  await tab.getByRole('button', { name: 'New tab' }).click()
  const fields = await tab.locator('.credentials input').all()
  for (const field of [...fields, tab.locator('.graphiql-response')]) {
    const { x, y, width, height } = (await field.boundingBox()) ?? expect.unreachable()
    expect(x + width).toBeLessThanOrEqual(420)
    expect(y + height).toBeLessThanOrEqual(800)
    expect(width).toBeGreaterThan(80)
  }
})
