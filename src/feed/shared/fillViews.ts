import type { ViewWriter } from '../../views/ViewStore.ts'
import { type Patience, persistently } from '../patience.ts'
import { type LevelParts, levelViews } from './levelViews.ts'

export interface FillParts extends Omit<LevelParts, 'writer'>, Patience {
  /** Of the views that serve now: others may meanwhile. */
  readonly views: { readonly writer: ViewWriter }
}

/**
 * As `levelViews`, in spite of trouble: what passes is waited out where it was met; after anything else it is begun again. Says true
 * once the views are level, by whomever; false if it was aborted before.
 */
export async function fillViews({ log, kept, views, ...patience }: FillParts): Promise<boolean> {
  const stopped = () => patience.signal.aborted
  const end = await persistently(patience, () =>
    levelViews({ log, kept, writer: views.writer }, { stopped, patience }),
  )
  return end === 'level'
}
