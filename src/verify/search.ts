import { groupStream, profileStream, type StreamName, type TenantId, userStream } from '../domain/streams.ts'
import { fold } from '../domain/text.ts'
import { listChildren, listGroups, listUsers } from '../ops/query.ts'
import type { GroupRow, Page, UserRow } from '../ops/rows.ts'
import { atOneMoment, noteUnsettled, type VerifyContext } from './context.ts'
import type { Entity, Problem } from './problems.ts'
import { ANY_GROUP, ANY_USER } from './strangers.ts'

const PAGE = { first: 1_000, after: null } as const

type Found = Page<{ readonly id: string }> | undefined

/** A way to find a row that must lead to it, unless too many others come first. */
interface Way {
  readonly what: string
  readonly stream: StreamName
  find(): Promise<Found>
}

/** Whether users are found by a search for each of their texts, and by each attribute that a filter can name. */
export async function* searchUsers(
  context: VerifyContext,
  tenant: TenantId,
  ids: readonly string[],
): AsyncGenerator<Problem> {
  for (const id of ids) {
    const entity: Entity = { kind: 'user', tenant, id }
    const read = async () => (await context.views.users(tenant, [id]))[0] ?? null
    yield* follow(context, entity, read, (row) =>
      row.status === 'DELETED' ? [] : waysToUser(context, tenant, row),
    )
  }
}

/** Whether groups are found by a search for their names, and among the children of their parents. */
export async function* searchGroups(
  context: VerifyContext,
  tenant: TenantId,
  ids: readonly string[],
): AsyncGenerator<Problem> {
  for (const id of ids) {
    const entity: Entity = { kind: 'group', tenant, id }
    const read = async () => (await context.views.groups(tenant, [id]))[0] ?? null
    yield* follow(context, entity, read, (row) => waysToGroup(context, tenant, row))
  }
}

async function* follow<Row extends { readonly id: string }>(
  context: VerifyContext,
  entity: Entity,
  read: () => Promise<Row | null>,
  waysTo: (row: Row) => readonly Way[],
): AsyncGenerator<Problem> {
  const row = await read()
  if (row === null) return
  for (const { what, stream, find } of waysTo(row)) {
    context.tally.lookups += 1
    if (leadsTo(row.id, await find())) continue
    const moment = await atOneMoment(context, read, async () => {
      const now = await read()
      const way = now && waysTo(now).find((other) => other.what === what)
      return way == null || leadsTo(entity.id, await way.find())
    })
    if (moment === null) noteUnsettled(context, entity)
    else if (!moment.seen) yield { entity, stream, what, log: entity.id, view: null }
  }
}

/** A full page says nothing of who stands behind it. */
const leadsTo = (id: string, found: Found): boolean =>
  found === undefined || found.hasNextPage || found.rows.some((row) => row.id === id)

function waysToUser({ views }: VerifyContext, tenant: TenantId, row: UserRow): readonly Way[] {
  const stream = userStream(tenant, row.id)
  const profile = profileStream(tenant, row.id)
  const users = (args: Pick<Parameters<typeof listUsers>[0], 'search' | 'filter'>) => async () =>
    (await views.listUsers(tenant, [listUsers({ ...args, order: 'USERNAME', page: PAGE })]))[0]
  const texts = [
    [row.username, stream],
    [row.email, stream],
    [row.name, profile],
  ] as const
  const searches = texts.flatMap(([text, from]): Way[] => {
    const search = fold(text ?? '')
    if (search === '') return []
    return [
      { what: `search for ${JSON.stringify(text)}`, stream: from, find: users({ search, filter: ANY_USER }) },
    ]
  })
  const filters = Object.entries(row.attributes).flatMap(([name, value]): Way[] => {
    if (!['string', 'number', 'boolean'].includes(typeof value)) return []
    const attribute = { name, equals: String(value) }
    const filter = { ...ANY_USER, usernamePrefix: fold(row.username), attribute }
    return [{ what: `filter by attribute ${name}`, stream: profile, find: users({ search: null, filter }) }]
  })
  return [...searches, ...filters]
}

function waysToGroup({ views }: VerifyContext, tenant: TenantId, row: GroupRow): readonly Way[] {
  const stream = groupStream(tenant, row.id)
  const search = fold(row.name)
  const ways: Way[] = [
    {
      what: `search for ${JSON.stringify(row.name)}`,
      stream,
      find: async () =>
        (await views.listGroups(tenant, [listGroups({ search, filter: ANY_GROUP, page: PAGE })]))[0],
    },
  ]
  const { parentId } = row
  if (parentId !== null) {
    const find = async () => (await views.listChildren(tenant, [listChildren(parentId, PAGE)]))[0]
    ways.push({ what: `child of ${parentId}`, stream, find })
  }
  return ways
}
