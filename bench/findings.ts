import type { Filling } from './directory.ts'
import type { Measurement } from './measure.ts'
import type { Memory } from './proc.ts'
import type { RowName } from './rows.ts'
import type { Contender } from './servers.ts'

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

/** All that a run found. */
export class Findings {
  /** By size, ascending. */
  readonly directories: readonly DirectoryFinding[]
  /** The import of the real history; null where it was not at hand. */
  readonly history: Filling | null
  readonly measurements: readonly Measurement[]

  constructor(
    directories: readonly DirectoryFinding[],
    history: Filling | null,
    measurements: readonly Measurement[],
  ) {
    this.directories = directories
    this.history = history
    this.measurements = measurements
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
