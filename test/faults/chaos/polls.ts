import { setTimeout as delay } from 'node:timers/promises'
import { Client } from '../../support/client.ts'
import { CHANGE_FIELDS, type ChangeMessage } from '../../support/follower.ts'
import type { Filter } from '../../validators/history.ts'
import { unanswered } from './allowed.ts'
import { Ended, endedBy, type Query, type Source } from './Source.ts'

const PAGE = `query ($first: Int!, $after: Cursor, $filter: ChangeFilter) {
  changes(first: $first, after: $after, filter: $filter) { nodes {${CHANGE_FIELDS}} pageInfo { hasNextPage endCursor } }
}`
const POLL_MS = 30

type Change = NonNullable<ChangeMessage['change']>

export interface ChangesPage {
  readonly nodes: readonly Change[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
}

/** Rejects with `Ended`. */
export async function changesPage(
  client: Client,
  first: number,
  after: string | null,
  filter: Filter,
): Promise<ChangesPage> {
  const { data, errors } = await client.send(PAGE, { first, after, filter }).catch((error) => {
    unanswered(error)
    throw new Ended(null)
  })
  if (errors.length > 0) throw endedBy(errors)
  return data.changes
}

/** The `changes` query again and again, as messages: those of a page, then its end as a bookmark. */
export class Polls implements Source {
  readonly #client: Client
  readonly #query: Query
  readonly #first: number
  #after: string | null
  #waiting: ChangeMessage[] = []
  #isAtEnd = false
  #isClosed = false

  constructor(query: Query, first: number) {
    this.#client = new Client(query.url, query.key)
    this.#query = query
    this.#first = first
    this.#after = query.after
  }

  async next(): Promise<ChangeMessage> {
    while (this.#waiting.length === 0) {
      if (this.#isAtEnd) await delay(POLL_MS)
      if (this.#isClosed) throw new Ended(null)
      const { nodes, pageInfo } = await changesPage(
        this.#client,
        this.#first,
        this.#after,
        this.#query.filter,
      )
      this.#waiting = nodes.map((change) => ({ kind: 'CHANGE', cursor: change.cursor, change }))
      if (pageInfo.endCursor !== this.#after)
        this.#waiting.push({ kind: 'BOOKMARK', cursor: pageInfo.endCursor, change: null })
      this.#after = pageInfo.endCursor
      this.#isAtEnd = !pageInfo.hasNextPage
    }
    return this.#waiting.shift() as ChangeMessage
  }

  /** Nothing is sent to one who does not ask. */
  stall(): void {}

  close(): void {
    this.#isClosed = true
  }
}
