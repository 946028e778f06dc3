import { setTimeout as delay } from 'node:timers/promises'
import type { Filter } from '../../validators/history.ts'
import type { FollowerRecord, Recorder } from '../../validators/Recorder.ts'
import type { ChaosNode } from './Cluster.ts'
import type { Eye } from './Eye.ts'
import { Polls } from './polls.ts'
import { Ended, type Query, type Source } from './Source.ts'
import { Subscription } from './subscription.ts'

/** One way to follow. */
export interface FollowerKind {
  readonly name: string
  readonly start: FollowerRecord['start']
  readonly filter: Filter
  readonly mayAudit: boolean
  /** The size of its pages; null: by subscription. */
  readonly polls: number | null
  /** Whether each connection goes to the next node. */
  readonly wanders: boolean
  /** How long it takes over a message. */
  readonly pauseMs: number
  /** Hangs up after so many messages of a connection, as apps do that are put away. */
  readonly leavesAfter: number
}

export interface FollowerParts {
  readonly recorder: Recorder
  readonly eye: Eye
  readonly nodes: readonly ChaosNode[]
  readonly key: string
}

const RETRY_MS = 50
/** Of the changes it is told of, it looks whether it sees one in so many. */
const LOOK_AT_ONE_IN = 7

/** Follows for ever: keeps its last cursor, and connects again from there whenever it is cut off. */
export class LiveFollower {
  readonly record: FollowerRecord
  readonly kind: FollowerKind
  readonly key: string
  lastCursor: string | null
  hasCaughtUp: boolean
  readonly #parts: FollowerParts
  #source: Source | null = null
  #isStopped = false
  #turns: number
  readonly #running: Promise<void>

  /** On the node with this number, from a cursor where its kind starts with one. */
  constructor(parts: FollowerParts, kind: FollowerKind, name: string, node: number, after: string | null) {
    this.#parts = parts
    this.kind = kind
    this.key = parts.key
    this.lastCursor = after
    this.hasCaughtUp = kind.start === 'cursor'
    this.#turns = node
    const { start, filter, mayAudit } = kind
    this.record = parts.recorder.follows({ name, start, filter, mayAudit })
    this.#running = this.#run()
  }

  get node(): ChaosNode {
    return this.#parts.nodes[this.#turns % this.#parts.nodes.length] as ChaosNode
  }

  stall(ms: number): void {
    this.#source?.stall(ms)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#source?.close()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const isRefused = await this.#connect()
      if (isRefused) return
      await delay(RETRY_MS * (1 + Math.random()))
      if (this.kind.wanders) this.#turns += 1
    }
  }

  /** Follows on one connection until it ends; true where it was refused for good. */
  async #connect(): Promise<boolean> {
    const { recorder } = this.#parts
    const { node } = this
    const connection = recorder.connects(this.record, node.name, this.lastCursor)
    this.#source = this.#open(node)
    try {
      for (let n = 0; n < this.kind.leavesAfter; n++) {
        const message = await this.#source.next()
        recorder.receives(connection, message)
        this.lastCursor = message.cursor
        this.hasCaughtUp ||= message.kind === 'CAUGHT_UP'
        if (message.change !== null && n % LOOK_AT_ONE_IN === 0) this.#parts.eye.look(node, message.change)
        if (this.kind.pauseMs > 0) await delay(this.kind.pauseMs)
      }
      return false
    } catch (error) {
      if (!(error instanceof Ended)) throw error
      connection.refusal = error.refusal
      return error.refusal !== null
    } finally {
      this.#source.close()
    }
  }

  #open({ url }: ChaosNode): Source {
    const { start, filter, polls } = this.kind
    const snapshot = start === 'snapshot' && this.lastCursor === null
    const query: Query = { url, key: this.key, after: this.lastCursor, snapshot, filter }
    return polls === null ? new Subscription(query) : new Polls(query, polls)
  }
}
