import { styleText } from 'node:util'
import { excerpt } from '../../domain/errors.ts'
import type { Actor, Event, RecordedEvent, UnknownEvent } from '../../domain/events.ts'
import { groupStream, type StreamName, type TenantId, userStream } from '../../domain/streams.ts'
import type { LogReader } from '../../log/EventLog.ts'

/** All that is kept of a change but what may be a secret: the hash of a key, and the data of a kind that is not known. */
export function jsonLine({ position, stream, seq, meta, event }: RecordedEvent): string {
  const { at, actor, cause, ip, idempotencyKey } = meta
  const { hash: _hash, data: _data, ...shown } = event as { readonly hash?: string; readonly data?: string }
  return JSON.stringify({ position, at, stream, seq, actor, cause, ip, idempotencyKey, event: shown })
}

type Columns = readonly [when: string, who: string, whose: string, what: string, why: string]
type Style = Parameters<typeof styleText>[0]

const STYLES: readonly (Style | null)[] = ['dim', 'cyan', 'bold', null, 'dim']
/** A column is not made wider than this for one long text. */
const MAX_WIDTHS = [20, 24, 40, 60, 0]
/** Names that are remembered, so that a long trail does not read them again. */
const MAX_NAMES = 10_000

/** Changes as lines to read, in columns. Users and groups go by the name that they had then. */
export class TextLines {
  readonly #log: Pick<LogReader, 'readAll'>
  readonly #tenant: TenantId
  readonly #colors: boolean
  readonly #names = new Map<StreamName, readonly RecordedEvent[]>()
  /** They grow with what is seen, so that what follows stays aligned. */
  readonly #widths = MAX_WIDTHS.map(() => 0)

  constructor(log: Pick<LogReader, 'readAll'>, tenant: TenantId, colors: boolean) {
    this.#log = log
    this.#tenant = tenant
    this.#colors = colors
  }

  async of(changes: readonly RecordedEvent[]): Promise<readonly string[]> {
    await this.#learnNames(changes)
    const rows = changes.map((change) => this.#columns(change))
    for (const [column, max] of MAX_WIDTHS.entries()) {
      const longest = rows.map((row) => row[column]?.length ?? 0).filter((length) => length <= max)
      this.#widths[column] = longest.reduce((a, b) => Math.max(a, b), this.#widths[column] ?? 0)
    }
    return rows.map((row) => row.map((text, column) => this.#cell(text, column)).join('  '))
  }

  #cell(text: string, column: number): string {
    const padding = ' '.repeat(Math.max(0, (this.#widths[column] ?? 0) - text.length))
    const style = STYLES[column]
    return `${this.#colors && style ? styleText(style, text, { validateStream: false }) : text}${padding}`
  }

  #columns({ event, meta, position }: RecordedEvent): Columns {
    const nameOf = (stream: StreamName, id: string) => this.#nameAt(stream, id, position)
    const when = `${meta.at.slice(0, 19).replace('T', ' ')}Z`
    const why = meta.cause === null ? '-' : printable(meta.cause)
    return [when, whoIs(meta.actor), this.#whose(event, nameOf), this.#what(event, nameOf), why]
  }

  #whose(event: Event | UnknownEvent, nameOf: (stream: StreamName, id: string) => string): string {
    if ('groupId' in event) return `group ${nameOf(groupStream(this.#tenant, event.groupId), event.groupId)}`
    if ('userId' in event) return `user ${nameOf(userStream(this.#tenant, event.userId), event.userId)}`
    return '-'
  }

  #what(event: Event | UnknownEvent, nameOf: (stream: StreamName, id: string) => string): string {
    switch (event.type) {
      case 'SetUsername':
        return `username ${excerpt(event.username)}`
      case 'SetUserEmail':
        return `email ${excerptOrNone(event.email)}`
      case 'SetUserName':
        return `name ${excerptOrNone(event.name)}`
      case 'SetUserStatus':
      case 'SetGroupStatus':
        return event.status
      case 'SetUserAttributes':
        return `attributes ${excerpt(event.attributes)}`
      case 'SetApiKey':
        return `key ${excerpt(event.label)} ${event.revokedAt === null ? event.scopes.join(', ') : 'revoked'}`
      case 'SetGroupName':
        return `name ${excerpt(event.name)}`
      case 'SetGroupDescription':
        return `description ${excerpt(event.description)}`
      case 'SetGroupParent':
        return event.parentId === null
          ? 'parent none'
          : `parent ${nameOf(groupStream(this.#tenant, event.parentId), event.parentId)}`
      case 'SetMembership':
        return `${nameOf(userStream(this.#tenant, event.userId), event.userId)} ${event.role ?? 'is out'}`
      case 'SetTenant':
        return `tenant ${excerpt(event.name)}`
      case 'Unknown':
        return `${printable(event.name)}, which this release does not know`
    }
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

  #nameAt(stream: StreamName, id: string, position: number): string {
    const named = this.#names.get(stream) ?? []
    const then = named.findLast((event) => event.position <= position) ?? named[0]
    return printable((then && nameIn(then.event)) ?? id)
  }
}

const BATCH = 500

const nameIn = (event: Event | UnknownEvent): string | null =>
  event.type === 'SetUsername' ? event.username : event.type === 'SetGroupName' ? event.name : null

const whoIs = ({ kind, id, label }: Actor): string =>
  printable([kind, label ?? id].filter((part) => part !== null).join(' '))

const excerptOrNone = (text: string | null): string => (text === null ? 'none' : excerpt(text))

/** What was given by others must not steer a terminal. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)
