import type { Progress, Quarantined } from '../../state.ts'
import type { Statements } from '../Statements.ts'
import { upserting } from './columns.ts'
import type { Loaded } from './load.ts'

const write = upserting<Quarantined>(
  'quarantine',
  ['stream'],
  [
    { name: 'stream', type: 'text', of: ({ stream }) => stream },
    { name: 'seq', type: 'bigint', of: ({ seq }) => seq },
    { name: 'reason', type: 'text', of: ({ reason }) => reason },
  ],
)

/** How far the views are, and what stands still. */
export class ProgressTable {
  readonly #progress: Progress
  readonly #stored: readonly Quarantined[]
  readonly #quarantined: Quarantined[] = []
  #isSaved = false

  constructor({ progress, quarantined }: Pick<Loaded, 'progress' | 'quarantined'>) {
    this.#progress = progress
    this.#stored = quarantined
  }

  /** Something was applied, or the position moved. */
  get isSaved(): boolean {
    return this.#isSaved
  }

  load(): Progress {
    return this.#progress
  }

  save(): void {
    this.#isSaved = true
  }

  quarantined(): readonly Quarantined[] {
    return [...this.#stored, ...this.#quarantined]
  }

  quarantine(quarantined: Quarantined): void {
    this.#quarantined.push(quarantined)
  }

  flush(sql: Statements): Promise<void> {
    return write(sql, this.#quarantined)
  }
}
