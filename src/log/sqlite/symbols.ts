import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Query, query } from './database.ts'

const MAX_REMEMBERED = 10_000

/** Texts by their number and back. A symbol never changes, so what was read once is remembered. */
export class Symbols {
  readonly #ids = new Map<string, number>()
  readonly #texts = new Map<number, string>()
  readonly #findId: Query<[number]>
  readonly #findText: Query<[string]>

  constructor(db: DatabaseSync) {
    this.#findId = query(db, 'SELECT id FROM symbol WHERE text = ?')
    this.#findText = query(db, 'SELECT text FROM symbol WHERE id = ?')
  }

  /** Null if no commit has used the text. */
  find(text: string): number | null {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const row = this.#findId.get(text)
    return row === undefined ? null : this.remember(row[0], text)
  }

  textOf(id: number): string {
    const known = this.#texts.get(id)
    if (known !== undefined) return known
    const row = this.#findText.get(id)
    if (row === undefined) throw new Error(`the log has no symbol ${id}`)
    this.remember(id, row[0])
    return row[0]
  }

  protected remember(id: number, text: string): number {
    if (this.#ids.size >= MAX_REMEMBERED) this.forget()
    this.#ids.set(text, id)
    this.#texts.set(id, text)
    return id
  }

  forget(): void {
    this.#ids.clear()
    this.#texts.clear()
  }
}

/** Adds symbols within the caller's transaction: if that is rolled back, `forget`. */
export class WritableSymbols extends Symbols {
  readonly #insert: StatementSync

  constructor(db: DatabaseSync) {
    super(db)
    this.#insert = db.prepare('INSERT INTO symbol (text) VALUES (?)')
  }

  intern(text: string): number {
    return this.find(text) ?? this.remember(Number(this.#insert.run(text).lastInsertRowid), text)
  }
}
