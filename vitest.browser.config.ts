import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

const graphql = createRequire(import.meta.url).resolve('graphql')

/** `npm run test:browser`: what needs a real Chromium. Apart from `npm test`, which runs anywhere. */
export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    server: { deps: { inline: ['type-graphql'] } },
  },
})
