import type { StreamName } from '../../../domain/streams.ts'
import type { PlacedEvent } from '../../StoredLog.ts'

/** Events that are written together: those of a stream stand in it one after the other. */
export type Together = readonly PlacedEvent[]

/**
 * Brings commits into an order in which that of each stream holds. They come by their times, which clocks that differ and imports of
 * what was long ago may have against it: a commit that comes before what its streams need first waits for that, whole.
 */
export class Arranger {
  readonly #seqOf: (stream: StreamName) => number
  readonly #write: (events: Together) => void
  /** By the event that they wait for. */
  readonly #waiting = new Map<string, Together[]>()

  constructor(seqOf: (stream: StreamName) => number, write: (events: Together) => void) {
    this.#seqOf = seqOf
    this.#write = write
  }

  add(events: Together): void {
    const ready = [events]
    for (const group of ready) {
      const missing = firsts(group).find(({ stream, seq }) => this.#seqOf(stream) + 1 < seq)
      if (missing !== undefined) this.#wait(missing, group)
      else {
        this.#write(group)
        for (const event of group) ready.push(...this.#waitingFor(event))
      }
    }
  }

  /** Commits that each need the other first cannot be told from one another: they are taken apart. */
  end(): void {
    const left = [...this.#waiting.values()].flat(2)
    this.#waiting.clear()
    for (const events of Map.groupBy(left, ({ stream }) => stream).values()) {
      for (const event of events.toSorted((a, b) => a.seq - b.seq)) this.add([event])
    }
  }

  #wait({ stream, seq }: PlacedEvent, group: Together): void {
    const key = keyOf(stream, seq - 1)
    const others = this.#waiting.get(key)
    if (others === undefined) this.#waiting.set(key, [group])
    else others.push(group)
  }

  #waitingFor({ stream, seq }: PlacedEvent): readonly Together[] {
    if (this.#waiting.size === 0) return []
    const key = keyOf(stream, seq)
    const groups = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    return groups
  }
}

const keyOf = (stream: StreamName, seq: number): string => `${seq} ${stream}`

/** Of each stream its first event. */
function firsts(group: Together): readonly PlacedEvent[] {
  const seen = new Set<StreamName>()
  return group.filter(({ stream }) => !seen.has(stream) && seen.add(stream))
}

/** Divides events with one provenance: what a commit cannot hold together, being apart in its stream or of another time, comes after it. */
export function divide(events: Together): readonly Together[] {
  const last = new Map<StreamName, PlacedEvent>()
  const together: PlacedEvent[] = []
  const rest: PlacedEvent[] = []
  const cut = new Set<StreamName>()
  for (const event of events) {
    const before = last.get(event.stream)
    const follows = before === undefined || (before.seq + 1 === event.seq && before.meta.at === event.meta.at)
    if (!follows || cut.has(event.stream)) {
      cut.add(event.stream)
      rest.push(event)
    } else {
      together.push(event)
      last.set(event.stream, event)
    }
  }
  return rest.length === 0 ? [together] : [together, ...divide(rest)]
}
