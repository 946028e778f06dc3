import type { StreamName } from '../../../domain/streams.ts'

/**
 * What the transform knows of itself, for one epoch of the log: the newest seq of each stream that was published. A mark never goes
 * back, and never comes before what it says.
 */
export interface Marks {
  /** Those that there are. */
  load(streams: readonly StreamName[]): Promise<ReadonlyMap<StreamName, number>>
  save(marks: ReadonlyMap<StreamName, number>): Promise<void>
  /** The stream cannot go on; somebody may be able to later. */
  hold(held: Held): Promise<void>
  release(stream: StreamName): Promise<void>
  /** By name, from null on. */
  held(after: StreamName | null, limit: number): Promise<readonly Held[]>
}

export interface Held {
  readonly stream: StreamName
  /** Of the event that cannot be published. */
  readonly seq: number
  readonly reason: string
}
