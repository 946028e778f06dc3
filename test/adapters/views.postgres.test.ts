import { describe, vi } from 'vitest'
import { openPostgresViewReader, openPostgresViewWriter } from '../../src/views/postgres/index.ts'
import type { ListLimits } from '../../src/views/postgres/read/ReadContext.ts'
import { generationTests } from '../conformance/viewStore/generations.ts'
import { searchTests } from '../conformance/viewStore/search.ts'
import type { ViewWorld } from '../conformance/viewStore/world.ts'
import { viewStoreConformance } from '../conformance/viewStore.ts'
import { freshEpoch, postgresOrSkip } from '../support/postgres.ts'

const postgres = await postgresOrSkip()
// Properties that are tried on some thousands of batches, each a transaction.
vi.setConfig({ testTimeout: 90_000 })

const open = async (limits?: ListLimits): Promise<ViewWorld> => {
  const views = { url: postgres?.url ?? '', epoch: freshEpoch() }
  let statements = 0
  const onStatement = () => {
    statements += 1
  }
  const writer = await openPostgresViewWriter(views)
  const reader = await openPostgresViewReader({ ...views, onStatement, ...(limits && { limits }) })
  return {
    writer,
    reader,
    openWriter: () => openPostgresViewWriter(views),
    openReader: () => openPostgresViewReader(views),
    openNext: async () => ({
      writer: await openPostgresViewWriter({ ...views, generation: 2 }),
      reader: await openPostgresViewReader({ ...views, generation: 2, ...(limits && { limits }) }),
    }),
    statements: () => statements,
    async close() {
      await Promise.all([writer.close(), reader.close()])
    },
  }
}

describe.skipIf(postgres === null)('with a journal of its own', () => {
  viewStoreConformance('PostgreSQL', () => open(), true)
})

// Few matches are found in other ways than many: here in the ways of many.
describe.skipIf(postgres === null)('searches for few, made as if they were many', () => {
  searchTests(() => open({ few: 0 }))
  generationTests(() => open({ few: 0 }), true)
})
