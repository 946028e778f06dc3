import { type Change, type Followed, type History, keyOf, type Received } from './history.ts'

/** The order that all followers are held against: the journal as the first node tells it. */
export class Journal {
  readonly changes: readonly Change[]
  readonly #places: ReadonlyMap<string, number>
  readonly #history: History

  constructor(history: History) {
    this.#history = history
    this.changes = Object.values(history.journals)[0] ?? []
    this.#places = new Map(this.changes.map((change, place) => [keyOf(change), place]))
  }

  /** Of a change, from 0; undefined where the journal has none such. */
  placeOf(change: Change): number | undefined {
    return this.#places.get(keyOf(change))
  }

  /** The changes that a follower is to be told of, from a place on. */
  for(follower: Followed, from = 0, to = this.changes.length): readonly Change[] {
    return this.changes.slice(from, to).filter((change) => isFor(follower, change))
  }

  /**
   * The place of the first change that came after a follower's start, as a replay from the cursor there tells: the journal's end where
   * nothing came, null where no replay was recorded.
   */
  startOf(follower: Followed): number | null {
    const cursor = startCursor(follower)
    const replay = this.#history.replays.find(
      (each) => each.follower === follower.name && each.cursor === cursor,
    )
    if (replay === undefined) return null
    const [first] = replay.rest
    return (first && this.placeOf(first)) ?? replay.journal
  }
}

/** Where a follower starts: undefined until it was told. */
export function startCursor({ start, connections }: Followed): string | undefined {
  if (start === 'cursor') return connections[0]?.after ?? undefined
  return connections.flatMap(({ received }) => received).find(({ kind }) => kind === 'CAUGHT_UP')?.cursor
}

export const isFor = ({ filter, mayAudit }: Followed, { event }: Change): boolean =>
  isOneOf(filter.userIds, event.userId) &&
  isOneOf(filter.groupIds, event.groupId) &&
  isOneOf(filter.events, event.__typename) &&
  (mayAudit || event.__typename !== 'SetApiKey')

const isOneOf = (wanted: readonly string[] | undefined, value: unknown): boolean =>
  wanted?.includes(value as string) ?? true

/** What each connection received as part of a snapshot, which has an order of its own, and what as part of the journal. */
export function partsOf({ start, connections }: Followed): { state: Received[]; journal: Received[] }[] {
  let isLevel = start !== 'snapshot'
  return connections.map(({ received }) => {
    const end = isLevel ? 0 : 1 + received.findIndex(({ kind }) => kind === 'CAUGHT_UP')
    const isWhole = isLevel || end > 0
    isLevel = isWhole
    return isWhole
      ? { state: received.slice(0, end), journal: received.slice(end) }
      : { state: [...received], journal: [] }
  })
}

export const changesIn = (received: readonly Received[]): Change[] =>
  received.flatMap(({ change }) => (change === null ? [] : [change]))

/** The changes of the journal that a follower received, over all of its connections, in order of arrival. */
export const followedBy = (follower: Followed): Change[] =>
  partsOf(follower).flatMap(({ journal }) => changesIn(journal))
