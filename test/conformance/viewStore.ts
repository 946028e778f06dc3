import { describe } from 'vitest'
import { batchTests } from './viewStore/batches.ts'
import { commuteTests } from './viewStore/commute.ts'
import { hierarchyTests } from './viewStore/hierarchy.ts'
import { listTests } from './viewStore/lists.ts'
import { projectionTests } from './viewStore/projections.ts'
import { rebuildTests } from './viewStore/rebuild.ts'
import { searchTests } from './viewStore/search.ts'
import { transitionTests } from './viewStore/transitions.ts'
import type { OpenWorld } from './viewStore/world.ts'

/** What every store of views promises (src/views/ViewStore.ts), on the real engine. */
export function viewStoreConformance(engine: string, open: OpenWorld): void {
  describe(`the views on ${engine}`, () => {
    transitionTests(open)
    projectionTests(open)
    commuteTests(open)
    listTests(open)
    searchTests(open)
    hierarchyTests(open)
    batchTests(open)
    rebuildTests(open)
  })
}
