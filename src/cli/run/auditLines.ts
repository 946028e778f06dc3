import type { Event, RecordedEvent, UnknownEvent } from '../../domain/events.ts'
import { groupStream, type StreamName, type TenantId, userStream } from '../../domain/streams.ts'
import type { LogReader } from '../../log/EventLog.ts'
import { Columns } from './Columns.ts'
import { type NameOf, wordsOf } from './changeWords.ts'

/** All that is kept of a change but what may be a secret: the hash of a key, and the data of a kind that is not known. */
export function jsonLine({ position, stream, seq, meta, event }: RecordedEvent): string {
  const { at, actor, cause, ip, idempotencyKey } = meta
  const { hash: _hash, data: _data, ...shown } = event as { readonly hash?: string; readonly data?: string }
  return JSON.stringify({ position, at, stream, seq, actor, cause, ip, idempotencyKey, event: shown })
}

/** Names that are remembered, so that a long trail does not read them again. */
const MAX_NAMES = 10_000

/** Changes as lines to read, in columns. Users and groups go by the name that they had then. */
export class TextLines {
  readonly #log: Pick<LogReader, 'readAll'>
  readonly #tenant: TenantId
  readonly #columns: Columns
  readonly #names = new Map<StreamName, readonly RecordedEvent[]>()

  constructor(log: Pick<LogReader, 'readAll'>, tenant: TenantId, colors: boolean) {
    this.#log = log
    this.#tenant = tenant
    this.#columns = new Columns(colors)
  }

  async of(changes: readonly RecordedEvent[]): Promise<readonly string[]> {
    await this.#learnNames(changes)
    return this.#columns.lines(
      changes.map(({ meta, event, position }) => wordsOf({ ...meta, event }, this.#namesAt(position))),
    )
  }

  async #learnNames(changes: readonly RecordedEvent[]): Promise<void> {
    if (this.#names.size > MAX_NAMES) this.#names.clear()
    const tenant = this.#tenant
    const streams = changes.flatMap(({ event }) => [
      ...('userId' in event ? [userStream(tenant, event.userId)] : []),
      ...('groupId' in event ? [groupStream(tenant, event.groupId)] : []),
      ...('parentId' in event && event.parentId !== null ? [groupStream(tenant, event.parentId)] : []),
    ])
    const wanted = [...new Set(streams)]
    for (let at = 0; at < wanted.length; at += BATCH) {
      const some = wanted.slice(at, at + BATCH)
      for (const [i, events] of (await this.#log.readAll(some)).entries()) {
        this.#names.set(
          some[i] as StreamName,
          events.filter(({ event }) => nameIn(event) !== null),
        )
      }
    }
  }

  #namesAt(position: number): NameOf {
    return (what, id) => {
      const stream = what === 'user' ? userStream(this.#tenant, id) : groupStream(this.#tenant, id)
      const named = this.#names.get(stream) ?? []
      const then = named.findLast((event) => event.position <= position) ?? named[0]
      return (then && nameIn(then.event)) ?? id
    }
  }
}

const BATCH = 500

const nameIn = (event: Event | UnknownEvent): string | null =>
  event.type === 'SetUsername' ? event.username : event.type === 'SetGroupName' ? event.name : null
