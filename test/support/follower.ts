import { createClient, type Client as WsClient } from 'graphql-ws'
import { WebSocket } from 'ws'

export interface ChangeMessage {
  readonly kind: 'CHANGE' | 'CAUGHT_UP' | 'BOOKMARK'
  readonly cursor: string
  readonly change: {
    readonly cursor: string
    readonly stream: string
    readonly seq: number
    readonly at: string
    readonly actor: { readonly kind: string }
    readonly cause: string | null
    readonly token: string
    readonly event: { readonly __typename: string } & Readonly<Record<string, unknown>>
  } | null
}

/** A change with all that a copy needs, as the subscription and the query give it. */
export const CHANGE_FIELDS = `
  cursor stream seq at actor { kind } cause token
  event {
    __typename
    ... on SetUsername { userId username }
    ... on SetUserEmail { userId email }
    ... on SetUserName { userId name }
    ... on SetUserStatus { userId status }
    ... on SetUserAttributes { userId attributes }
    ... on SetApiKey { userId keyId label }
    ... on SetGroupName { groupId groupName: name }
    ... on SetGroupDescription { groupId description }
    ... on SetGroupParent { groupId parentId }
    ... on SetGroupStatus { groupId groupStatus: status }
    ... on SetMembership { groupId userId role }
  }`

export const CHANGES = `subscription ($after: Cursor, $snapshot: Boolean, $filter: ChangeFilter) {
  changes(after: $after, snapshot: $snapshot, filter: $filter) { kind cursor change {${CHANGE_FIELDS}} }
}`

export interface FollowOptions {
  readonly snapshot?: boolean
  readonly filter?: Readonly<Record<string, unknown>>
}

interface Message {
  readonly data?: unknown
  readonly errors?: readonly unknown[]
}

/** A subscription over a real WebSocket, as an async iterator of its messages. */
export class Follower {
  readonly #client: WsClient
  readonly #messages: AsyncIterator<Message>
  lastCursor: string | null

  constructor(
    url: string,
    key: string,
    after: string | null = null,
    tenant = 'default',
    options: FollowOptions = {},
  ) {
    this.lastCursor = after
    this.#client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${key}`, tenant },
    })
    this.#messages = this.#client.iterate({
      query: CHANGES,
      variables: { after, ...options },
    }) as AsyncIterator<Message>
  }

  async next(): Promise<ChangeMessage> {
    const { value, done } = await this.#messages.next()
    if (done) throw new Error('the subscription ended')
    if (value.errors) throw new Error(JSON.stringify(value.errors))
    const message = (value.data as { changes: ChangeMessage }).changes
    this.lastCursor = message.cursor
    return message
  }

  /** The next message that is a change. */
  async nextChange(): Promise<NonNullable<ChangeMessage['change']>> {
    for (;;) {
      const { change } = await this.next()
      if (change !== null) return change
    }
  }

  /** Reads until the replay has ended; returns the changes before. */
  async untilCaughtUp(): Promise<NonNullable<ChangeMessage['change']>[]> {
    const changes: NonNullable<ChangeMessage['change']>[] = []
    for (;;) {
      const message = await this.next()
      if (message.kind === 'CAUGHT_UP') return changes
      if (message.change !== null) changes.push(message.change)
    }
  }

  async close(): Promise<void> {
    await this.#client.dispose()
  }
}
