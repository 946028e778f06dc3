import type { TenantId } from '../../domain/streams.ts'
import type { Seqs } from '../Waiters.ts'

/** What background work may do. `held` outweighs everything: not even what is demanded is applied. */
export interface Brakes {
  readonly paused: boolean
  readonly held: boolean
}

export interface WorkerFiles {
  readonly logFile: string
  readonly viewFile: string
  /** A view file that cannot be used is deleted and built again: only before anyone reads it. */
  readonly mayRebuild: boolean
  readonly brakes: Brakes
}

export type ToWorker =
  /** The log may have grown. `demanded`: somebody waits, so look even while paused. Answered with a report. */
  | { readonly kind: 'look'; readonly demanded: boolean }
  /** Answered with `braked` once it is in effect. */
  | { readonly kind: 'brake'; readonly id: number; readonly brakes: Brakes }
  | { readonly kind: 'close' }

export type FromWorker =
  | { readonly kind: 'ready'; readonly rebuilt: string | null }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'braked'; readonly id: number }

/** What the views are like after a batch, or after a look that found nothing to apply. */
export interface Report {
  readonly position: number
  readonly logPosition: number
  /** The views have all that the log had. */
  readonly level: boolean
  readonly applied: number
  readonly duplicates: number
  /** Whose events have been applied since the last report; null when that is not known: another process applied some, or it is a load. */
  readonly tenants: readonly TenantId[] | null
  /** What the views have at least of every stream of the batch; null when that is not known, or too much to tell. */
  readonly seqs: Seqs | null
  readonly quarantined: number
}
