import type { DatabaseSync } from 'node:sqlite'
import type { LogProblem, ProblemKind } from '../../LogProblem.ts'
import { type Query, query } from '../database.ts'

/** Goes through the events in commit order: no position is missing, and each commit's row and events belong together. */
export class PositionCheck {
  readonly #events: Query<[position: number, commit: number]>
  readonly #commits: Query<[id: number, position: number | null]>
  #problems: LogProblem[] = []
  #position = 0
  /** Of the last event; further events of it may follow. */
  #commit = 0
  /** Commits up to this one have been compared with their rows. */
  #compared = 0
  /** The last position of each commit after that. */
  #ends = new Map<number, number>()

  constructor(db: DatabaseSync) {
    this.#events = query(
      db,
      'SELECT position, commit_id FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?',
    )
    this.#commits = query(db, 'SELECT id, position FROM commit_meta WHERE id > ? AND id <= ? ORDER BY id')
  }

  /** Checks the next events up to a position; null once that is reached. */
  next(until: number, limit: number): readonly LogProblem[] | null {
    const rows = this.#events.all(this.#position, until, limit)
    if (rows.length === 0) return null
    for (const [position, commit] of rows) {
      if (position !== this.#position + 1) {
        this.#tell('POSITION_HOLE', `positions ${this.#position + 1} to ${position - 1} are missing`)
      }
      if (commit < this.#commit) {
        this.#tell(
          'COMMIT',
          `position ${position} is of commit ${commit}, the one before it of ${this.#commit}`,
        )
      }
      this.#position = position
      this.#commit = Math.max(commit, this.#commit)
      this.#ends.set(commit, position)
    }
    this.#compare(this.#commit - 1)
    return this.#told()
  }

  /** Checks what is left, up to this commit. */
  end(commit: number): readonly LogProblem[] {
    this.#compare(Math.max(commit, this.#commit))
    return this.#told()
  }

  #compare(until: number): void {
    for (const [id, position] of this.#commits.all(this.#compared, until)) {
      const end = this.#ends.get(id)
      this.#ends.delete(id)
      if (end === undefined) this.#tell('COMMIT', `commit ${id} has no events`)
      else if (position !== null && position !== end) {
        this.#tell('COMMIT', `commit ${id} ends at position ${end}, its row says ${position}`)
      }
    }
    for (const [id, position] of this.#ends) {
      if (id > until) continue
      this.#tell('COMMIT', `commit ${id}, of position ${position}, has no row`)
      this.#ends.delete(id)
    }
    this.#compared = Math.max(until, this.#compared)
  }

  #tell(kind: ProblemKind, message: string): void {
    this.#problems.push({ kind, stream: null, message })
  }

  #told(): readonly LogProblem[] {
    const problems = this.#problems
    this.#problems = []
    return problems
  }
}
