import type { StreamName } from '../../../domain/streams.ts'
import { ALL_INDEXED } from '../../numbers.ts'
import type { Progress, Quarantined } from '../../state.ts'
import type { Statements } from '../Statements.ts'

/** Batches of which the changed entities are listed, and how many of one: a reader that missed more empties its cache. */
const RECENT_BATCHES = 64
const RECENT_CHANGES = 1_000

/** How far the views are, and what stands still. */
export class ProgressTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  load(): Progress {
    const row = this.#sql.get<[number, number, number, number]>(
      'SELECT position, batch, tenants_seq, indexed FROM progress',
    )
    const [position, batch, tenants, indexed] = row ?? [0, 0, 0, ALL_INDEXED]
    return { position, batch, seqs: { tenants }, indexed }
  }

  /** `changed`: keys of the rows that this batch wrote, as the caches of readers have them (rowCache.ts). */
  save({ position, batch, seqs }: Progress, changed: readonly string[]): void {
    const listed = changed.length <= RECENT_CHANGES ? JSON.stringify(changed) : null
    this.#sql.run(
      'UPDATE progress SET position = ?, batch = ?, tenants_seq = ?',
      position,
      batch + 1,
      seqs.tenants,
    )
    this.#sql.run('INSERT INTO recent (batch, changed) VALUES (?, ?)', batch + 1, listed)
    this.#sql.run('DELETE FROM recent WHERE batch <= ?', batch + 1 - RECENT_BATCHES)
  }

  isIndexedTo(user: number): void {
    this.#sql.run('UPDATE progress SET indexed = ?', user)
  }

  quarantined(): readonly Quarantined[] {
    return this.#sql
      .all<[StreamName, number, string]>('SELECT stream, seq, reason FROM quarantine ORDER BY stream')
      .map(([stream, seq, reason]) => ({ stream, seq, reason }))
  }

  quarantine({ stream, seq, reason }: Quarantined): void {
    this.#sql.run('INSERT INTO quarantine (stream, seq, reason) VALUES (?, ?, ?)', stream, seq, reason)
  }
}
