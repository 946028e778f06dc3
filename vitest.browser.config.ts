import { defineConfig } from 'vitest/config'

/** `npm run test:browser`: what needs a real Chromium. Apart from `npm test`, which runs anywhere. */
export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    server: { deps: { inline: ['type-graphql'] } },
  },
})
