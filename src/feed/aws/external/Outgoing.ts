import { type RecordedEvent, whyUnknown } from '../../../domain/events.ts'
import type { StreamName } from '../../../domain/streams.ts'
import { type LogReader, LogUnavailable } from '../../../log/EventLog.ts'
import { cloudEvent } from '../../cloudEvent.ts'
import type { KinesisEntry } from '../Publisher.ts'
import { missing } from './missing.ts'
import type { Wanted } from './wanted.ts'

export interface Ready extends KinesisEntry {
  readonly seq: number
  readonly of: Outgoing
}

/** Of a record of Kinesis, its key included. */
const MAX_RECORD_BYTES = 2 ** 20

/**
 * `open`: there is more, or may be. `level`: all that is known of is published. `held`: the next event cannot be published as things
 * are, whoever tries. `later`: it could not be now.
 */
export type OutgoingState = 'open' | 'level' | 'held' | 'later'

/** The events of one stream on their way out, one after the other. */
export class Outgoing {
  readonly wanted: Wanted
  state: OutgoingState = 'open'
  /** Where it is `held` or `later`. */
  reason = ''
  /** The newest seq that is published. */
  published: number
  readonly #epoch: string
  readonly #events: AsyncGenerator<RecordedEvent, void, undefined>

  constructor(log: Pick<LogReader, 'epoch' | 'read'>, wanted: Wanted, published: number) {
    this.wanted = wanted
    this.published = published
    this.#epoch = log.epoch
    this.#events = missing(log, wanted, published)
  }

  get stream(): StreamName {
    return this.wanted.stream
  }

  /** The next one. Null where there is none to be had: the state says why. */
  async next(): Promise<Ready | null> {
    try {
      const { value: recorded } = await this.#events.next()
      if (recorded === undefined) return this.#end('level', '')
      const { seq, event } = recorded
      if (event.type === 'Unknown') return this.#end('held', `event ${seq} ${whyUnknown(event)}`)
      const data = Buffer.from(JSON.stringify(cloudEvent(this.#epoch, recorded)))
      const size = data.byteLength + Buffer.byteLength(this.stream)
      if (size > MAX_RECORD_BYTES) return this.#end('held', `event ${seq} has ${size} bytes`)
      return { key: this.stream, data, seq, of: this }
    } catch (error) {
      return this.#end(error instanceof LogUnavailable ? 'later' : 'held', String(error))
    }
  }

  /** Of the first event that is not published. */
  get seq(): number {
    return this.published + 1
  }

  /** `next` is not asked any more. */
  postpone(reason: string): void {
    this.#end('later', reason)
  }

  #end(state: OutgoingState, reason: string): null {
    this.state = state
    this.reason = reason
    return null
  }
}
