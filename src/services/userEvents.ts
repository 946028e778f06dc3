import type { Claim } from '../domain/claims.ts'
import type { Event } from '../domain/events.ts'
import { profileStream, type TenantId } from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import { type Append, readHead } from '../ops/command.ts'
import { type Program, perform } from '../ops/program.ts'
import { latest, type UserState } from './entities.ts'
import type { CheckedPatch, UserFields } from './userInput.ts'

export function identityEvents(userId: string, fields: UserFields): Event[] {
  const events: Event[] = [{ type: 'SetUsername', userId, username: fields.username }]
  if (fields.email !== null) events.push({ type: 'SetUserEmail', userId, email: fields.email })
  events.push({ type: 'SetUserStatus', userId, status: 'ACTIVE' })
  return events
}

export function profileEvents(userId: string, { name, attributes }: UserFields): Event[] {
  const events: Event[] = []
  if (name !== null) events.push({ type: 'SetUserName', userId, name })
  if (attributes !== null) events.push({ type: 'SetUserAttributes', userId, attributes })
  return events
}

/** Only what differs from now: a patch that changes nothing writes nothing. */
export function identityChanges(userId: string, current: UserState, wanted: CheckedPatch): Event[] {
  const { username, email, status } = wanted
  const events: Event[] = []
  if (username !== undefined && username !== current.username)
    events.push({ type: 'SetUsername', userId, username })
  if (email !== undefined && email !== current.email) events.push({ type: 'SetUserEmail', userId, email })
  if (status !== undefined && status !== current.status)
    events.push({ type: 'SetUserStatus', userId, status })
  return events
}

/** As identityChanges, of the profile stream. */
export function* profileChanges(tenant: TenantId, userId: string, wanted: CheckedPatch): Program<Append> {
  const stream = profileStream(tenant, userId)
  const head = yield* perform(readHead(stream))
  const name = latest(head.latest, 'SetUserName')?.name ?? null
  const attributes = latest(head.latest, 'SetUserAttributes')?.attributes ?? {}
  const events: Event[] = []
  if (wanted.name !== undefined && wanted.name !== name)
    events.push({ type: 'SetUserName', userId, name: wanted.name })
  if (wanted.attributes !== undefined && JSON.stringify(wanted.attributes) !== JSON.stringify(attributes)) {
    events.push({ type: 'SetUserAttributes', userId, attributes: wanted.attributes })
  }
  return { stream, expected: head.seq, events }
}

/** The names that a user holds. */
export function identityClaims(
  tenant: TenantId,
  owner: string,
  names: { username: string; email: string | null },
): Claim[] {
  const claims: Claim[] = [{ tenant, kind: 'username', value: fold(names.username), owner }]
  if (names.email !== null) claims.push({ tenant, kind: 'email', value: fold(names.email), owner })
  return claims
}

export const sameName = (a: Claim, b: Claim): boolean => a.kind === b.kind && a.value === b.value
