import type { Filling } from './directory.ts'
import type { FeedFinding } from './feed/measureFeed.ts'
import type { Measurement } from './measure.ts'
import type { Memory } from './proc.ts'
import type { Rebuild } from './rebuild/rebuild.ts'
import type { RowName } from './rows.ts'
import type { Contender } from './servers.ts'
import type { StackFinding } from './stack/measureStack.ts'

/** What is known of a directory as a whole. */
export interface DirectoryFinding {
  readonly users: number
  readonly filling: Filling
  /** Median of several starts. */
  readonly secondsToReady: number
  /** Of the server, after all load. */
  readonly memory: Memory | null
  /** Of log and views on disk. */
  readonly bytes: number
}

/** What each part of a run found. */
export interface Found {
  readonly operations: OperationsFinding
  readonly feed: FeedFinding
  readonly rebuild: Rebuild
  /** Null where its engines cannot be started. */
  readonly stack: StackFinding | null
}

export interface OperationsFinding {
  /** By size, ascending. */
  readonly directories: readonly DirectoryFinding[]
  /** The import of the real history; null where it was not at hand. */
  readonly history: Filling | null
  readonly measurements: readonly Measurement[]
}

/** All that a run found. What was not asked for is empty, or null. */
export class Findings implements OperationsFinding {
  readonly directories: readonly DirectoryFinding[]
  readonly history: Filling | null
  readonly measurements: readonly Measurement[]
  readonly feed: FeedFinding | null
  readonly rebuild: Rebuild | null
  readonly stack: StackFinding | null

  constructor({ operations, feed, rebuild, stack }: Partial<Found>) {
    this.directories = operations?.directories ?? []
    this.history = operations?.history ?? null
    this.measurements = operations?.measurements ?? []
    this.feed = feed ?? null
    this.rebuild = rebuild ?? null
    this.stack = stack ?? null
  }

  get smallest(): number {
    return this.directories[0]?.users ?? 0
  }

  get largest(): number {
    return this.directories.at(-1)?.users ?? 0
  }

  of(row: RowName, users: number, contender: Contender): Measurement | undefined {
    return this.measurements.find(
      (each) => each.row === row && each.users === users && each.contender === contender,
    )
  }
}
