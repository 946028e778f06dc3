import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// One copy of graphql, as in Node: with two of them no document is ever compiled.
const graphql = createRequire(import.meta.url).resolve('graphql')

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/faults/**'],
    // For a machine of two cores that runs two files with their engines: nothing waits so long unless it fails.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    // One more than vitest would take: half the time goes by waiting for engines.
    maxWorkers: availableParallelism(),
    // One copy of graphql: type-graphql must see the same one as the tests.
    server: { deps: { inline: ['type-graphql'] } },
  },
})
