import { LRUCache } from 'lru-cache'
import { type ChangeFilter, filterKey, passes } from '../domain/changeFilter.ts'
import type { RecordedEvent } from '../domain/events.ts'
import type { JournalCursors } from '../domain/JournalCursors.ts'
import { may } from '../domain/viewer.ts'
import type { Journal } from '../feed/journal.ts'
import type { SnapshotEvent } from '../feed/snapshot.ts'
import type { JournalMessage } from '../feed/tail.ts'
import { shownTo } from '../services/changes.ts'
import { type Change, changesFor, journalCursors } from './change.ts'
import type { RequestContext } from './context.ts'

export interface Message {
  readonly kind: 'CHANGE' | 'CAUGHT_UP' | 'BOOKMARK'
  readonly cursor: string
  readonly change: Change | null
}

type Events = readonly RecordedEvent[]

const NOTHING: Events = []

/**
 * Followers who are told the same: of one tenant, by one filter, who may see the same. What they are told of a page of the journal is
 * made once for all of them.
 */
export class Channel {
  readonly cursors: JournalCursors
  readonly #context: RequestContext
  readonly #filter: ChangeFilter
  readonly #selected = new WeakMap<Events, Events>()
  readonly #messages = new WeakMap<Events, readonly Message[]>()
  /** The last mark: many idle followers are at the same place. */
  #mark: readonly Message[] = []
  #markedAt: readonly [Message['kind'], number] | null = null

  constructor(context: RequestContext, filter: ChangeFilter) {
    this.#context = context
    this.#filter = filter
    this.cursors = journalCursors(context, filterKey(filter))
  }

  /** Those of the events that its followers are told of. */
  readonly select = (events: Events): Events => {
    let selected = this.#selected.get(events)
    if (selected === undefined) {
      selected = events.filter(this.#wants)
      if (selected.length === 0) selected = NOTHING
      this.#selected.set(events, selected)
    }
    return selected
  }

  readonly #wants = (event: RecordedEvent): boolean =>
    shownTo(this.#context.viewer, event) !== null && passes(this.#filter, event)

  /** What is told of events that were selected, or of a mark. */
  messages(message: JournalMessage): readonly Message[] {
    if (message.kind !== 'changes') {
      return this.#marks(message.kind === 'level' ? 'CAUGHT_UP' : 'BOOKMARK', message.position)
    }
    let messages = this.#messages.get(message.events)
    if (messages === undefined) {
      messages = this.#changes(message.events, ({ position }) => this.cursors.at(position))
      this.#messages.set(message.events, messages)
    }
    return messages
  }

  /** What is told of a page of a snapshot as of a position. */
  state(page: readonly SnapshotEvent[], position: number): readonly Message[] {
    const wanted = page.filter(({ event }) => this.#wants(event))
    const places = new Map(wanted.map(({ event, place }) => [event, place]))
    return this.#changes([...places.keys()], (event) => {
      const place = places.get(event)
      return place === undefined ? this.cursors.at(position) : this.cursors.inSnapshot(position, place)
    })
  }

  #changes(events: Events, cursorOf: (event: RecordedEvent) => string): readonly Message[] {
    return changesFor(this.#context, events, cursorOf).map((change) => ({
      kind: 'CHANGE',
      get cursor() {
        return change.cursor
      },
      change,
    }))
  }

  #marks(kind: Message['kind'], position: number): readonly Message[] {
    if (this.#markedAt?.[0] !== kind || this.#markedAt[1] !== position) {
      this.#markedAt = [kind, position]
      this.#mark = [{ kind, cursor: this.cursors.at(position), change: null }]
    }
    return this.#mark
  }
}

/** Of filters, in characters: past this the channels that were longest not asked for are forgotten, and only share less. */
const MAX_FILTER_CHARS = 4_000_000
const channels = new WeakMap<Journal, LRUCache<string, Channel>>()

/** The channel of this viewer and filter, the same for all who ask for the same. */
export function channelOf(context: RequestContext, filter: ChangeFilter): Channel {
  const { gateway, viewer } = context
  let known = channels.get(gateway.journal)
  if (known === undefined) {
    known = new LRUCache({ maxSize: MAX_FILTER_CHARS, sizeCalculation: (_, key) => key.length + 256 })
    channels.set(gateway.journal, known)
  }
  const key = JSON.stringify([viewer.tenant, may(viewer, 'AUDIT_READ'), filterKey(filter)])
  let channel = known.get(key)
  if (channel === undefined) {
    channel = new Channel(context, filter)
    known.set(key, channel)
  }
  return channel
}
