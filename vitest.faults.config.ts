import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

const graphql = createRequire(import.meta.url).resolve('graphql')

/** `npm run test:faults`: processes that are killed under load. Apart from `npm test`, which is quick; one file at a time. */
export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['test/faults/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    server: { deps: { inline: ['type-graphql'] } },
  },
})
