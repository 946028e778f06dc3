import { defineConfig } from 'vitest/config'

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/faults/**'],
    testTimeout: 20_000,
    // One copy of graphql: type-graphql must see the same one as the tests.
    server: { deps: { inline: ['type-graphql'] } },
  },
})
