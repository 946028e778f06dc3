import { type Stats, statSync } from 'node:fs'

/** Thrown when the file that is open is not the one that stands under its name any more. */
export class FileGone extends Error {}

/** A file that was deleted or replaced still takes what is written by whoever has it open, and nobody will ever read that. */
export class OpenedFile {
  readonly #name: string
  readonly #opened: Stats

  /** Of a file that was opened just now. */
  constructor(name: string) {
    this.#name = name
    this.#opened = statSync(name)
  }

  /** Takes some microseconds. */
  requireInPlace(): void {
    const now = statSync(this.#name, { throwIfNoEntry: false })
    if (now === undefined) throw new FileGone(`${this.#name} was deleted or moved away`)
    const isSame = now.ino === this.#opened.ino && now.dev === this.#opened.dev
    if (!isSame) throw new FileGone(`${this.#name} was replaced by another`)
  }
}
