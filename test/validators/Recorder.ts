import { isDeepStrictEqual } from 'node:util'
import type { DirectoryState } from '../support/DirectoryCopy.ts'
import type { ChangeMessage } from '../support/follower.ts'
import {
  type Change,
  type Connection,
  type Followed,
  type History,
  keyOf,
  type Observation,
  type Received,
  type Replay,
  type Write,
} from './history.ts'

type Mutable<Record> = { -readonly [Field in keyof Record]: Record[Field] }

/** A follower while it follows. */
export interface FollowerRecord extends Followed {
  readonly connections: ConnectionRecord[]
}

export interface ConnectionRecord extends Mutable<Connection> {
  readonly received: Received[]
}

/** Writes down what happens while a directory is used. What it was told can be taken as a history at every quiet point. */
export class Recorder {
  readonly writes: Write[] = []
  readonly followers: FollowerRecord[] = []
  readonly replays: Replay[] = []
  readonly unexcused: string[] = []
  readonly #totalOrder: boolean
  readonly #observations: Observation[] = []
  readonly #journals = new Map<string, Change[]>()
  #directories: Record<string, DirectoryState> = {}
  /** One object for a change that many are told of alike. */
  readonly #known = new Map<string, Change>()

  constructor(totalOrder: boolean) {
    this.#totalOrder = totalOrder
  }

  now(): number {
    return performance.now()
  }

  follows(follower: Omit<Followed, 'connections'>): FollowerRecord {
    const record = { ...follower, connections: [] }
    this.followers.push(record)
    return record
  }

  connects(follower: FollowerRecord, node: string, after: string | null): ConnectionRecord {
    const record = { node, after, received: [], refusal: null }
    follower.connections.push(record)
    return record
  }

  receives({ received }: ConnectionRecord, { kind, cursor, change }: ChangeMessage): void {
    received.push({ kind, cursor, change: change === null ? null : this.change(change), at: this.now() })
  }

  /** What of a change is kept. */
  change({ stream, seq, cause, event }: Change): Change {
    const key = keyOf({ stream, seq })
    const known = this.#known.get(key)
    const change = { stream, seq, cause, event }
    if (known === undefined) this.#known.set(key, change)
    return isDeepStrictEqual(known, change) ? (known as Change) : change
  }

  observes(observation: Observation): void {
    this.#observations.push(observation)
  }

  journal(node: string): Change[] {
    const changes = this.#journals.get(node) ?? []
    this.#journals.set(node, changes)
    return changes
  }

  /** As all nodes show it now. */
  shows(directories: Record<string, DirectoryState>): void {
    this.#directories = directories
  }

  history(): History {
    return {
      totalOrder: this.#totalOrder,
      writes: this.writes,
      followers: this.followers,
      replays: this.replays,
      observations: this.#observations,
      journals: Object.fromEntries(this.#journals),
      unexcused: this.unexcused,
      directories: this.#directories,
    }
  }
}
