import { groupStream, type StreamName, type TenantId, userStream } from '../domain/streams.ts'
import type { Json, UserStatus } from '../domain/user.ts'
import { listGroups, listUsers } from '../ops/query.ts'
import type { Page } from '../ops/rows.ts'
import type { VerifyContext } from './context.ts'
import type { Problem } from './problems.ts'

const PAGE = 1_000

export const ANY_USER = {
  status: null,
  email: null,
  usernamePrefix: null,
  groupId: null,
  createdAfter: null,
  updatedAfter: null,
  attribute: null,
} as const
export const ANY_GROUP = { parentId: null, userId: null, namePrefix: null } as const

interface Row {
  readonly id: string
}

/** Rows that the views list and the log knows nothing of. */
export async function* checkStrangers(context: VerifyContext, tenant: TenantId): AsyncGenerator<Problem> {
  const { views } = context
  for (const status of [null, 'DELETED'] as const) {
    yield* strangersIn(context, tenant, 'user', (after) => usersAfter(context, tenant, status, after))
  }
  yield* strangersIn(context, tenant, 'group', async (after) => {
    const op = listGroups({ search: null, filter: ANY_GROUP, page: { first: PAGE, after } })
    return (await views.listGroups(tenant, [op]))[0]
  })
}

async function usersAfter(
  { views }: VerifyContext,
  tenant: TenantId,
  status: UserStatus | null,
  after: Json | null,
) {
  const filter = { ...ANY_USER, status }
  const op = listUsers({ search: null, filter, order: 'CREATED_AT', page: { first: PAGE, after } })
  return (await views.listUsers(tenant, [op]))[0]
}

async function* strangersIn(
  { log, tally }: VerifyContext,
  tenant: TenantId,
  kind: 'user' | 'group',
  pageAfter: (after: Json | null) => Promise<Page<Row> | undefined>,
): AsyncGenerator<Problem> {
  const streamOf = (id: string): StreamName => (kind === 'user' ? userStream : groupStream)(tenant, id)
  for (let after: Json | null = null; ; ) {
    const page: Page<Row> | undefined = await pageAfter(after)
    const rows = page?.rows ?? []
    const seqs = await log.seqs(rows.map(({ id }) => streamOf(id)))
    tally.lookups += rows.length
    for (const [i, { id }] of rows.entries()) {
      if (seqs[i] !== 0) continue
      yield { entity: { kind, tenant, id }, stream: streamOf(id), what: 'row', log: null, view: 'a row' }
    }
    if (!page?.hasNextPage) return
    after = page.cursors.at(-1) ?? null
  }
}
