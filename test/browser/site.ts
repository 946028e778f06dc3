import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { startServer } from '../support/server.ts'
import { findChromium, launchChromium } from './chromium.ts'

/**
 * A server, and a browser to visit it with, for a file's tests: to be asked for at its top. Without a Chromium they are to be skipped,
 * and it says so; in CI that is a failure.
 */
export function openSite() {
  const executable = findChromium()
  if (executable === null && process.env.CI)
    throw new Error('CI needs a Chromium: install one, or name it in CHROMIUM')
  if (executable === null) process.stderr.write('No Chromium found: what runs in a browser is not tested.\n')
  let server: Awaited<ReturnType<typeof startServer>>
  let browser: Browser
  beforeAll(async () => {
    if (executable === null) return
    server = await startServer()
    browser = await launchChromium(executable)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  return {
    isMissing: executable === null,
    get server() {
      return server
    },
    get browser() {
      return browser
    },
  }
}
