import type { RecordedEvent } from '../domain/events.ts'
import { parseStream, type StreamName, type StreamParts } from '../domain/streams.ts'
import { transitionSeq } from '../domain/transition.ts'
import { applyEvent, seqsOf } from './applyEvent.ts'
import { Batch, type Tables } from './Batch.ts'
import type { Applied } from './ViewStore.ts'

/** Applies events within a transaction that the caller has begun and will commit. `onApplied` hears of each that was applied. */
export function applyBatch(
  tables: Tables,
  events: Iterable<RecordedEvent>,
  onApplied: (event: RecordedEvent) => void = () => {},
): Applied {
  const run = new Run(tables)
  for (const event of events) if (run.take(event) === 'applied') onApplied(event)
  return run.finish()
}

type Fate = 'applied' | 'duplicate' | 'gap' | 'quarantined'

class Run {
  readonly #tables: Tables
  readonly #batch: Batch
  readonly #start: number
  readonly #inQuarantine: Set<string>
  readonly #quarantined: StreamName[] = []
  readonly #gaps = new Set<StreamName>()
  #lastStream: StreamName | null = null
  #lastParts: StreamParts | null = null
  readonly #counts = { applied: 0, duplicate: 0, gap: 0, quarantined: 0 }

  constructor(tables: Tables) {
    this.#tables = tables
    this.#batch = new Batch(tables)
    this.#start = this.#batch.progress.position
    this.#inQuarantine = new Set(tables.progress.quarantined().map(({ stream }) => stream))
  }

  /**
   * The position moves over events that follow it without a hole, and stops before the first that was left out for a gap. So a
   * batch from a scan moves it to its end, while events of single streams, read ahead of the rest, do not: what lies between is
   * still to come. Events that a quarantine leaves out do not hold it up (rule 10).
   */
  take(recorded: RecordedEvent): Fate {
    // The size first: to look a text up it is hashed.
    const stands = this.#inQuarantine.size > 0 && this.#inQuarantine.has(recorded.stream)
    const fate = stands ? 'quarantined' : this.#apply(recorded)
    this.#counts[fate] += 1
    const { progress } = this.#batch
    if (this.#gaps.size === 0 && recorded.position === progress.position + 1) {
      progress.position = recorded.position
    }
    return fate
  }

  finish(): Applied {
    const { position } = this.#batch.progress
    const { applied, duplicate } = this.#counts
    if (applied > 0 || position > this.#start) this.#batch.save()
    return {
      position,
      applied,
      duplicates: duplicate,
      gaps: [...this.#gaps].map((stream) => ({ stream, applied: this.#reached(stream) })),
      quarantined: this.#quarantined,
    }
  }

  #apply(recorded: RecordedEvent): Fate {
    const { stream, seq } = recorded
    const parts = this.#parse(stream)
    if (parts === null) return this.#quarantine(recorded, new Error('this is no name of a stream'))
    const seqs = seqsOf(this.#batch, parts)
    switch (transitionSeq(seqs[parts.kind] ?? 0, seq)) {
      case 'duplicate':
        return 'duplicate'
      case 'gap':
        this.#gaps.add(stream)
        return 'gap'
      case 'apply':
        try {
          applyEvent(this.#batch, recorded, parts)
        } catch (error) {
          return this.#quarantine(recorded, error)
        }
        seqs[parts.kind] = seq
        return 'applied'
    }
  }

  /** Neighbours are often of one stream. */
  #parse(stream: StreamName): StreamParts | null {
    if (stream !== this.#lastStream) this.#lastParts = parseStream(stream)
    this.#lastStream = stream
    return this.#lastParts
  }

  /** Trouble with the store is no fault of the event: it ends the transaction. */
  #quarantine({ stream, seq }: RecordedEvent, error: unknown): Fate {
    if (this.#tables.isTrouble(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    this.#tables.progress.quarantine({ stream, seq, reason })
    this.#inQuarantine.add(stream)
    this.#quarantined.push(stream)
    return 'quarantined'
  }

  #reached(stream: StreamName): number {
    const parts = parseStream(stream)
    return parts === null ? 0 : (seqsOf(this.#batch, parts)[parts.kind] ?? 0)
  }
}
