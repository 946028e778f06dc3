import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ViewState } from '../ViewStore.ts'
import { commits } from './commits.ts'
import type { RowCache } from './rowCache.ts'
import type { Statements } from './Statements.ts'

/** A program that never lets go of the event loop must not keep writers from their checkpoints. */
const MAX_READS = 1_000

/**
 * What the views were like at one moment, shared by all reads of a turn of the event loop: under load many requests come in one
 * turn, and to begin a read of its own costs each several times what its row does. It ends with the turn, after a commit of
 * this thread, and when it is told to.
 */
export class Snapshot {
  readonly #db: DatabaseSync
  readonly #sql: Statements
  readonly #cache: RowCache
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #incarnation: string
  #position = 0
  #batch = 0
  #commits = 0
  /** How many more may read from it; 0: there is none. */
  #reads = 0
  #endsWithTurn = false

  constructor(db: DatabaseSync, sql: Statements, cache: RowCache) {
    this.#db = db
    this.#sql = sql
    this.#cache = cache
    this.#begin = db.prepare('BEGIN')
    this.#commit = db.prepare('COMMIT')
    this.#incarnation = sql.get<[string]>('SELECT incarnation FROM progress')?.[0] ?? ''
  }

  /** Of the views in the snapshot that was entered last. */
  get position(): number {
    return this.#position
  }

  get state(): ViewState {
    return { version: `${this.#incarnation} ${this.#batch}`, covers: this.#position }
  }

  /** To be called before each read: takes a snapshot unless there is one. */
  enter(): void {
    if (this.#reads === 0 || this.#commits !== commits.ofThread) this.#take()
    this.#reads -= 1
  }

  /** The next read takes another. */
  end(): void {
    this.#reads = 0
    if (this.#db.isOpen && this.#db.isTransaction) this.#commit.run()
  }

  #take(): void {
    this.end()
    this.#commits = commits.ofThread
    this.#begin.run()
    try {
      const [position, batch] = this.#sql.get<[number, number]>('SELECT position, batch FROM progress') ?? [
        0, 0,
      ]
      this.#cache.moveTo(batch)
      this.#position = position
      this.#batch = batch
      this.#reads = MAX_READS
    } catch (error) {
      this.end()
      throw error
    }
    if (this.#endsWithTurn) return
    this.#endsWithTurn = true
    setImmediate(() => {
      this.#endsWithTurn = false
      this.end()
    })
  }
}
