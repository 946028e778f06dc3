import type { Claim } from '../domain/claims.ts'
import type { Event, UnknownEvent } from '../domain/events.ts'
import {
  groupStream,
  type StreamName,
  type StreamParts,
  TENANTS_STREAM,
  userStream,
} from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import type { LogProblem } from './LogProblem.ts'

type Said = Event | UnknownEvent

/** A claim's owner is null where the events do not say it: whoever made a tenant. */
export type HeldClaim = Omit<Claim, 'owner'> & { readonly owner: string | null }

/** The names that all events of a stream, in order, say are held. Null if it has events that this release does not know, or cannot read. */
export function heldClaims({ kind, tenant, id }: StreamParts, events: readonly Said[]): HeldClaim[] | null {
  if (events.some(({ type }) => type === 'Unknown')) return null
  const newest = <T extends Event['type']>(type: T) =>
    events.findLast((event): event is Extract<Event, { type: T }> => event.type === type)
  const claim = (claimKind: Claim['kind'], name: string | null | undefined): HeldClaim[] =>
    name == null ? [] : [{ tenant, kind: claimKind, value: fold(name), owner: id }]

  switch (kind) {
    case 'user':
      if (newest('SetUserStatus')?.status === 'DELETED') return []
      return [
        ...claim('username', newest('SetUsername')?.username),
        ...claim('email', newest('SetUserEmail')?.email),
      ]
    case 'group':
      return newest('SetGroupStatus')?.status === 'DELETED'
        ? []
        : claim('groupName', newest('SetGroupName')?.name)
    case 'tenants':
      return [
        ...new Set(events.flatMap((event) => (event.type === 'SetTenant' ? [event.tenantId] : []))),
      ].map((tenantId) => ({ tenant: tenantId, kind: 'tenant', value: tenantId, owner: null }))
    case 'profile':
    case 'keys':
    case 'members':
      return []
  }
}

/** The stream whose events say that the name is held. */
export function holderOf({ tenant, kind, owner }: Claim): StreamName {
  if (kind === 'tenant') return TENANTS_STREAM
  return kind === 'groupName' ? groupStream(tenant, owner) : userStream(tenant, owner)
}

/** Whether its holder has the name. True also where it cannot be told. */
export const isAmong = (held: readonly HeldClaim[] | null, { kind, value }: Claim): boolean =>
  held?.some((name) => name.kind === kind && name.value === value) ?? true

/** Whether the name is claimed, and by its holder. */
export const isClaimed = ({ owner }: HeldClaim, claimedBy: string | null): boolean =>
  claimedBy !== null && (owner === null || owner === claimedBy)

export const claimWithoutOwner = ({ tenant, kind, value, owner }: Claim): LogProblem => ({
  kind: 'CLAIM_WITHOUT_OWNER',
  stream: null,
  message: `${owner} claims the ${kind} ${JSON.stringify(value)} of ${tenant}, and does not have it`,
})

export const ownerWithoutClaim = (
  stream: string,
  { tenant, kind, value }: HeldClaim,
  claimedBy: string | null,
): LogProblem => ({
  kind: 'OWNER_WITHOUT_CLAIM',
  stream,
  message: `it has the ${kind} ${JSON.stringify(value)} of ${tenant}, and ${claimedBy === null ? 'nobody claims it' : `it is claimed by ${claimedBy}`}`,
})
