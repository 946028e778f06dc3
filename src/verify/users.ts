import type { RecordedEvent } from '../domain/events.ts'
import { foldKeys, foldUser, type UserFacts, upTo } from '../domain/fold.ts'
import { keysStream, type TenantId, type UserStreams, userStream, userStreams } from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import { keyRow, userRow } from '../ops/factRows.ts'
import { listApiKeys, listMemberships } from '../ops/query.ts'
import type { ApiKeyRow, UserRow } from '../ops/rows.ts'
import { compareRows } from './compare.ts'
import { atOneMoment, noteUnsettled, problemsOf, type VerifyContext } from './context.ts'
import type { Difference, Entity, Problem } from './problems.ts'
import { checkStanding, standingOf } from './standing.ts'

const MEMBERSHIPS = { first: 1_000, after: null } as const

/** What the views show of one user. */
interface SeenUser {
  readonly row: UserRow | null
  readonly keys: readonly ApiKeyRow[]
  readonly byUsername: LookedUp
  readonly byEmail: LookedUp
}

/** Undefined: it was not looked up. */
type LookedUp = UserRow | null | undefined

const NOT_LOOKED_UP = { byUsername: undefined, byEmail: undefined }

/** Compares users, their keys and how they are found by name and email. What seems wrong at first sight is read again with care. */
export async function* checkUsers(
  context: VerifyContext,
  tenant: TenantId,
  ids: readonly string[],
): AsyncGenerator<Problem> {
  const { log, views, tally } = context
  const position = await views.position()
  const rows = await views.users(tenant, ids)
  const keys = await views.apiKeys(tenant, ids.map(listApiKeys))
  const all = await log.readAll(ids.flatMap((id) => userStreams(tenant, id)))
  const folded = ids.map((id, i) => factsAt(id, eventsAt(all, i), seqsOf(rows[i], eventsAt(all, i))))
  const sampled = folded.filter((_, n) => context.isSampled(n))
  const found = await findByTexts(context, tenant, sampled)

  for (const [i, id] of ids.entries()) {
    const entity: Entity = { kind: 'user', tenant, id }
    const streams = userStreams(tenant, id)
    const { facts, wanted, wantedKeys, seqs } = folded[i] as Folded
    const seen: SeenUser = {
      row: rows[i] ?? null,
      keys: keys[i] ?? [],
      ...(found.get(id) ?? NOT_LOOKED_UP),
    }
    tally.users += 1
    tally.apiKeys += wantedKeys.length
    const suspect = compareUser(streams, facts, wanted, wantedKeys, seen).length > 0
    yield* problemsOf(entity, suspect ? await checkOne(context, entity, streams) : [])
    if (seen.row === null && !suspect && wanted === null) continue
    const standings = streams.map((stream, n) => standingOf(stream, seqs[n] ?? 0, eventsAt(all, i)[n] ?? []))
    if (!suspect) yield* problemsOf(entity, await checkStanding(context, position, standings))
  }
  yield* checkDeleted(context, tenant, rows)
  yield* checkHashes(context, tenant, all)
}

/** One user as of one moment: what is wrong with it is wrong. */
async function checkOne(
  context: VerifyContext,
  entity: Entity,
  streams: UserStreams,
): Promise<readonly Difference[]> {
  const { log, views } = context
  const { tenant, id } = entity
  const position = await views.position()
  const look = () => views.applied(streams)
  const moment = await atOneMoment(context, look, async () => {
    const [row = null] = await views.users(tenant, [id])
    const [keys = []] = await views.apiKeys(tenant, [listApiKeys(id)])
    const events = await log.readAll(streams)
    const { facts } = factsAt(id, events, seqsOf(row ?? undefined, events))
    const found = await findByTexts(context, tenant, [{ facts }])
    return { row, keys, ...(found.get(id) ?? NOT_LOOKED_UP) }
  })
  if (moment === null) {
    noteUnsettled(context, entity)
    return []
  }
  const events = await log.readAll(streams)
  const { facts, wanted, wantedKeys } = factsAt(id, events, moment.look)
  const standings = streams.map((stream, n) => standingOf(stream, moment.look[n] ?? 0, events[n] ?? []))
  return [
    ...compareUser(streams, facts, wanted, wantedKeys, moment.seen),
    ...(await checkStanding(context, position, standings)),
  ]
}

/** Who is found by the names and emails of these users. */
async function findByTexts(
  { views, tally }: VerifyContext,
  tenant: TenantId,
  users: readonly Pick<Folded, 'facts'>[],
): Promise<ReadonlyMap<string, Pick<SeenUser, 'byUsername' | 'byEmail'>>> {
  tally.lookups += users.length * 2
  const byUsername = await views.usersByUsername(
    tenant,
    users.map(({ facts }) => fold(facts.username ?? '')),
  )
  const byEmail = await views.usersByEmail(
    tenant,
    users.map(({ facts }) => fold(facts.email ?? '')),
  )
  return new Map(
    users.map(({ facts }, n) => [
      facts.id,
      { byUsername: byUsername[n] ?? null, byEmail: byEmail[n] ?? null },
    ]),
  )
}

interface Folded {
  readonly facts: UserFacts
  readonly wanted: UserRow | null
  readonly wantedKeys: readonly ApiKeyRow[]
  readonly seqs: readonly number[]
}

type UserEvents = readonly (readonly RecordedEvent[])[]

/** Of all users' events, those of the nth: one list for each of its streams. */
const eventsAt = (all: UserEvents, n: number): UserEvents => all.slice(n * 3, n * 3 + 3)

/** What a row says has been applied; without a row, all that there is. */
const seqsOf = (row: UserRow | null | undefined, events: UserEvents): readonly number[] =>
  row ? [row.seqs.user, row.seqs.profile, row.seqs.keys] : events.map(({ length }) => length)

function factsAt(id: string, events: UserEvents, seqs: readonly number[]): Folded {
  const [user = [], profile = [], keys = []] = events.map((stream, n) => upTo(stream, seqs[n] ?? 0))
  const facts = foldUser(id, user, profile)
  const wanted = userRow(facts, { user: seqs[0] ?? 0, profile: seqs[1] ?? 0, keys: seqs[2] ?? 0 })
  const wantedKeys = [...foldKeys(keys).values()].map(keyRow)
  return { facts, wanted, wantedKeys, seqs }
}

function compareUser(
  [user, profile, keys]: UserStreams,
  { id, username, email, status }: UserFacts,
  wanted: UserRow | null,
  wantedKeys: readonly ApiKeyRow[],
  seen: SeenUser,
): readonly Difference[] {
  const rows = compareRows(wanted, seen.row, 'row', (field) =>
    field === 'name' || field === 'attributes' ? profile : user,
  )
  const seenKeys = new Map(seen.keys.map((key) => [key.id, key]))
  const differences = [...rows]
  for (const key of wantedKeys) {
    differences.push(...compareRows(key, seenKeys.get(key.id) ?? null, `API key ${key.id}`, () => keys))
    seenKeys.delete(key.id)
  }
  for (const key of seenKeys.values()) {
    differences.push(...compareRows<ApiKeyRow>(null, key, `API key ${key.id}`, () => keys))
  }
  if (wanted === null || seen.row === null || status === 'DELETED') return differences
  const isFound = (found: LookedUp, field: 'username' | 'email', text: string | null) =>
    found === undefined ||
    text === null ||
    fold(text) === '' ||
    found?.id === id ||
    fold(found?.[field] ?? '') === fold(text)
  for (const [field, text, found] of [
    ['username', username, seen.byUsername],
    ['email', email, seen.byEmail],
  ] as const) {
    if (isFound(found, field, text)) continue
    differences.push({ stream: user, what: `found by ${field}`, log: id, view: found?.id ?? null })
  }
  return differences
}

/** Nobody is a member once deleted. */
async function* checkDeleted(
  { views, tally }: VerifyContext,
  tenant: TenantId,
  rows: readonly (UserRow | null)[],
): AsyncGenerator<Problem> {
  const deleted = rows.filter((row): row is UserRow => row?.status === 'DELETED')
  if (deleted.length === 0) return
  tally.lookups += deleted.length
  const lists = await views.listMemberships(
    tenant,
    deleted.map(({ id }) => listMemberships(id, false, MEMBERSHIPS)),
  )
  for (const [i, { id }] of deleted.entries()) {
    for (const { groupId, role } of lists[i]?.rows ?? []) {
      const difference = {
        stream: userStream(tenant, id),
        what: `member of group ${groupId}`,
        log: null,
        view: role,
      }
      yield { entity: { kind: 'user', tenant, id }, ...difference }
    }
  }
}

/** Each key is found by its hash, which no row shows. */
async function* checkHashes(
  { views, tally }: VerifyContext,
  tenant: TenantId,
  all: UserEvents,
): AsyncGenerator<Problem> {
  for (let n = 2; n < all.length; n += 3) {
    const events = all[n] ?? []
    for (const { userId, keyId, hash } of foldKeys(events).values()) {
      tally.lookups += 1
      const stream = keysStream(tenant, userId)
      const [applied = 0] = await views.applied([stream])
      const found = await views.apiKeyByHash(hash)
      const isFound = found?.id === keyId && found.userId === userId && found.tenant === tenant
      // What the views have not applied yet, they need not find.
      if (isFound || applied < events.length) continue
      yield {
        entity: { kind: 'user', tenant, id: userId },
        stream,
        what: `API key ${keyId} found by its hash`,
        log: keyId,
        view: found?.id ?? null,
      }
    }
  }
}
