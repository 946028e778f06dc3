import type { ServedViews } from '../../feed/shared/ServingViews.ts'
import {
  openPostgresViewReader,
  openPostgresViewWatch,
  openPostgresViewWriter,
  type ViewWatchOptions,
} from '../../views/postgres/index.ts'
import { opening } from './Parts.ts'

/** Opens a generation in PostgreSQL, an empty one if there is none. */
export function openServedViews(options: ViewWatchOptions, generation: number): Promise<ServedViews> {
  const of = { ...options, generation }
  return opening(async (parts) => {
    // First, so that the views are not dropped any more.
    const watch = await parts.open(openPostgresViewWatch(of))
    const writer = await parts.open(openPostgresViewWriter(of))
    const views = await parts.open(openPostgresViewReader(of))
    return { number: generation, views, writer, watch }
  })
}
