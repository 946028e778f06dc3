import type { StoredEvent } from '../../../domain/events.ts'
import type { StreamName } from '../../../domain/streams.ts'
import type { PlatformRecord } from '../platformRecord.ts'

/** An event that came, or the news of one that cannot be carried. */
export interface Arrival {
  readonly stream: StreamName
  readonly seq: number
  readonly event: StoredEvent | null
  /** Its place in the batch. */
  readonly index: number
}

export interface Run extends PlatformRecord {
  /** The first place in the batch that one of its events has. */
  readonly index: number
}

/** Of a run's data; a record of Kinesis may have 1 MiB. */
const MAX_RUN_BYTES = 900_000

/**
 * The batch as runs, in rounds: a round has one run of a stream at most, so that whatever fails of it, nothing of the same stream
 * comes before. There is a second round only where a stream has more than a record holds.
 */
export function inRounds(arrivals: readonly Arrival[], epoch: string): readonly (readonly Run[])[] {
  const rounds: Run[][] = []
  for (const own of Map.groupBy(arrivals, ({ stream }) => stream).values()) {
    for (const [n, run] of runsOf(own, epoch).entries()) {
      rounds[n] ??= []
      rounds[n].push(run)
    }
  }
  return rounds
}

/** By seq, whatever the order in which the items of a transaction came. */
function runsOf(arrivals: readonly Arrival[], epoch: string): Run[] {
  const runs: Arrival[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const arrival of arrivals.toSorted((a, b) => a.seq - b.seq)) {
    const bytes = arrival.event === null ? 0 : Buffer.byteLength(JSON.stringify(arrival.event))
    size += bytes
    if (size > MAX_RUN_BYTES) {
      runs.push([])
      size = bytes
    }
    runs.at(-1)?.push(arrival)
  }
  return runs.map((run) => {
    const [{ stream }] = run as [Arrival]
    const index = Math.min(...run.map((arrival) => arrival.index))
    const events = run.flatMap(({ event }) => event ?? [])
    return { epoch, stream, seq: Math.max(...run.map(({ seq }) => seq)), events, index }
  })
}
