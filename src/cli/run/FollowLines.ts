import {
  type Change,
  type Client,
  type DirectoryCopy,
  GroupDocument,
  type Mark,
  UserDocument,
} from '../../client/index.ts'
import { EVENT_TYPES, type Event, type UnknownEvent } from '../../domain/events.ts'
import type { Terminal } from '../terminal.ts'
import { Columns } from './Columns.ts'
import { type NameOf, wordsOf } from './changeWords.ts'

/** Wide enough for most, so that lines seldom move. */
const WIDTHS = [20, 16, 24, 34, 0]
/** Names that are remembered; then they are learned again. */
const MAX_NAMES = 10_000

/** Prints what a follower is told: in columns for people, or as JSON for programs. */
export class FollowLines {
  readonly #client: Client
  readonly #copy: DirectoryCopy | null
  readonly #terminal: Terminal
  readonly #isJson: boolean
  readonly #columns: Columns
  /** By what it is of and its id. */
  readonly #names = new Map<string, string>()

  /** Names come from the changes, from the copy if there is one, and else from the server. */
  constructor(
    client: Client,
    copy: DirectoryCopy | null,
    { json, terminal }: { readonly json: boolean; readonly terminal: Terminal },
  ) {
    this.#client = client
    this.#copy = copy
    this.#terminal = terminal
    this.#isJson = json
    this.#columns = new Columns(terminal.colors, WIDTHS)
  }

  async change(change: Change): Promise<void> {
    const { at, actor, cause, stream, seq, cursor } = change
    const event = eventOf(change)
    if (this.#isJson) {
      return this.#terminal.print(
        JSON.stringify({ kind: 'CHANGE', cursor, at, stream, seq, actor, cause, event }),
      )
    }
    await this.#learnNames(event)
    const nameOf: NameOf = (what, id) => this.#names.get(`${what} ${id}`) ?? id
    const words = wordsOf(
      { at, cause, event, actor: { ...actor, id: actor.id ?? null, label: actor.label ?? null } },
      nameOf,
    )
    for (const line of this.#columns.lines([words])) this.#terminal.print(line)
  }

  mark({ kind, cursor }: Mark): void {
    if (this.#isJson) this.#terminal.print(JSON.stringify({ kind, cursor }))
  }

  async #learnNames(event: Event | UnknownEvent): Promise<void> {
    if (this.#names.size > MAX_NAMES) this.#names.clear()
    if (event.type === 'SetUsername') this.#names.set(`user ${event.userId}`, event.username)
    if (event.type === 'SetGroupName') this.#names.set(`group ${event.groupId}`, event.name)
    if ('userId' in event) await this.#learn('user', event.userId)
    if ('groupId' in event) await this.#learn('group', event.groupId)
    if ('parentId' in event && event.parentId !== null) await this.#learn('group', event.parentId)
  }

  async #learn(what: 'user' | 'group', id: string): Promise<void> {
    const key = `${what} ${id}`
    if (this.#names.has(key)) return
    const known = what === 'user' ? this.#copy?.user(id)?.username : this.#copy?.group(id)?.name
    // A name is a courtesy: without one the id will do.
    this.#names.set(key, known ?? (await this.#ask(what, id).catch(() => null)) ?? id)
  }

  async #ask(what: 'user' | 'group', id: string): Promise<string | null> {
    if (what === 'user') return (await this.#client.request(UserDocument, { id })).user?.username ?? null
    return (await this.#client.request(GroupDocument, { id })).group?.name ?? null
  }
}

/** As the rest of rollcall names it: the client's documents have two names of their own, groupName and groupStatus. */
function eventOf({ event: { __typename: type, ...fields } }: Change): Event | UnknownEvent {
  if (!Object.hasOwn(EVENT_TYPES, type)) return { type: 'Unknown', name: type, data: '' }
  const { groupName, groupStatus, ...others } = fields as {
    readonly groupName?: string
    readonly groupStatus?: string
  }
  return {
    type,
    ...others,
    ...(groupName !== undefined && { name: groupName }),
    ...(groupStatus !== undefined && { status: groupStatus }),
  } as Event
}
