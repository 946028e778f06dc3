import type { Change, Place, Replica } from './Replica.ts'

/** Of a follower that keeps no copy: where it is. */
export class CursorOnly implements Replica {
  #place: Place | null
  /** Some changes of a snapshot may come twice, after it none do. */
  readonly #seqs = new Map<string, number>()

  constructor(
    scope: string,
    { after, snapshot }: { readonly after: string | null; readonly snapshot: boolean },
  ) {
    this.#place = after === null && snapshot ? null : { scope, cursor: after, isWhole: true }
  }

  place(): Place | null {
    return this.#place
  }

  begin(scope: string): void {
    this.#place = { scope, cursor: null, isWhole: false }
    this.#seqs.clear()
  }

  seq(stream: string): number {
    return this.#seqs.get(stream) ?? 0
  }

  apply(changes: readonly Change[], cursor: string): void {
    if (this.#place === null) return
    this.#place = { ...this.#place, cursor }
    if (this.#place.isWhole) return
    for (const { stream, seq } of changes) this.#seqs.set(stream, Math.max(seq, this.seq(stream)))
  }

  complete(cursor: string): void {
    if (this.#place !== null) this.#place = { ...this.#place, cursor, isWhole: true }
    this.#seqs.clear()
  }
}
