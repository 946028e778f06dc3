import { describe } from 'vitest'
import { batchTests } from './viewStore/batches.ts'
import { commuteTests } from './viewStore/commute.ts'
import { generationTests } from './viewStore/generations.ts'
import { hierarchyTests } from './viewStore/hierarchy.ts'
import { listTests } from './viewStore/lists.ts'
import { loadTests } from './viewStore/load.ts'
import { projectionTests } from './viewStore/projections.ts'
import { rebuildTests } from './viewStore/rebuild.ts'
import { searchTests } from './viewStore/search.ts'
import { stateTests } from './viewStore/states.ts'
import { transitionTests } from './viewStore/transitions.ts'
import type { OpenWorld } from './viewStore/world.ts'

/**
 * What every store of views promises (src/views/ViewStore.ts), on the real engine. `ownJournal`: it is open for logs without a total
 * order, and gives out positions itself.
 */
export function viewStoreConformance(engine: string, open: OpenWorld, ownJournal = false): void {
  describe(`the views on ${engine}`, () => {
    transitionTests(open, ownJournal)
    projectionTests(open)
    commuteTests(open)
    listTests(open)
    searchTests(open)
    hierarchyTests(open)
    batchTests(open)
    rebuildTests(open)
    loadTests(open)
    generationTests(open, ownJournal)
    stateTests(open)
  })
}
