import { countItems, type EncodedCommit } from '../encodeCommit.ts'
import { Group, type Thing } from './group.ts'

interface Placed {
  readonly commit: EncodedCommit
  /** See `thingsOf`. */
  readonly things: ReadonlySet<Thing>
}

/** So much may begin in a round. */
export interface Room {
  readonly groups: number
  /** What has begun may be more in the end. */
  readonly items: number
}

/** Who of those that wait goes now, and with whom. They are placed in the order in which they came. */
export class Round<Waiting extends Placed> {
  readonly groups = new Set<Group<Waiting>>()
  readonly #room: Room
  #items = 0
  readonly #groupOf = new Map<Thing, Group<Waiting>>()
  /** What nobody else may be about in this round: others are, or someone waits for it who came before. */
  readonly #taken: Set<Thing>

  constructor(busy: ReadonlySet<Thing>, room: Room) {
    this.#taken = new Set(busy)
    this.#room = room
  }

  /** False: it waits for another round, and whoever shares something with it behind it. */
  place(waiting: Waiting): boolean {
    const things = [...waiting.things]
    const group = things.some((thing) => this.#taken.has(thing))
      ? null
      : this.#groupFor(waiting.commit, things)
    if (group === null) {
      for (const thing of things) this.#taken.add(thing)
      return false
    }
    group.add(waiting)
    this.#items += countItems(waiting.commit)
    this.groups.add(group)
    for (const thing of things) this.#groupOf.set(thing, group)
    return true
  }

  /** The one that it has something in common with, or a new one. Null if it has so with several, or does not fit. */
  #groupFor(commit: EncodedCommit, things: readonly Thing[]): Group<Waiting> | null {
    const [near, ...others] = new Set(things.flatMap((thing) => this.#groupOf.get(thing) ?? []))
    if (near === undefined) return this.#hasRoom() ? new Group<Waiting>() : null
    return others.length === 0 && near.fits(commit) ? near : null
  }

  #hasRoom(): boolean {
    return this.groups.size < this.#room.groups && this.#items < this.#room.items
  }
}
