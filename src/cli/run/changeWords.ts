import { excerpt } from '../../domain/errors.ts'
import { type Actor, type Event, type UnknownEvent, whyUnknown } from '../../domain/events.ts'

/** What a user or a group is called. */
export type NameOf = (what: 'user' | 'group', id: string) => string

/** A change in words, by column. */
export type Words = readonly [when: string, who: string, whose: string, what: string, why: string]

/** What is told of a change, wherever it came from. */
export interface ToldChange {
  readonly at: string
  readonly actor: Pick<Actor, 'id' | 'label'> & { readonly kind: string }
  readonly cause: string | null
  readonly event: Event | UnknownEvent
}

export function wordsOf({ at, actor, cause, event }: ToldChange, nameOf: NameOf): Words {
  const named: NameOf = (what, id) => printable(nameOf(what, id))
  const when = `${at.slice(0, 19).replace('T', ' ')}Z`
  const why = cause === null ? '-' : printable(cause)
  return [when, whoIs(actor), whoseIs(event, named), whatIs(event, named), why]
}

const whoIs = ({ kind, id, label }: ToldChange['actor']): string =>
  printable([kind, label ?? id].filter((part) => part !== null).join(' '))

function whoseIs(event: Event | UnknownEvent, nameOf: NameOf): string {
  if ('groupId' in event) return `group ${nameOf('group', event.groupId)}`
  if ('userId' in event) return `user ${nameOf('user', event.userId)}`
  return '-'
}

function whatIs(event: Event | UnknownEvent, nameOf: NameOf): string {
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
      return event.parentId === null ? 'parent none' : `parent ${nameOf('group', event.parentId)}`
    case 'SetMembership':
      return `${nameOf('user', event.userId)} ${event.role ?? 'is out'}`
    case 'SetTenant':
      return `tenant ${excerpt(event.name)}`
    case 'Unknown':
      return `${printable(event.name)}, which ${printable(whyUnknown(event))}`
  }
}

const excerptOrNone = (text: string | null): string => (text === null ? 'none' : excerpt(text))

/** What was given by others must not steer a terminal. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)
