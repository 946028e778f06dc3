import { ask, bearer } from '../api.ts'
import { OPERATOR_KEY } from '../servers.ts'
import { CHANGE, Swarm } from './Swarm.ts'

/** How fast a whole journal is read from its beginning, in changes per second. */
export interface CatchUp {
  readonly changes: number
  /** By one follower, from its first change to its last. */
  readonly subscription: number
  /** By one reader of the query, in pages of 1,000. */
  readonly pages: number
}

interface Page {
  readonly changes: {
    readonly nodes: readonly { readonly cursor: string }[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  }
}

const PAGE = `query ($after: Cursor, $first: Int) {
  changes(after: $after, first: $first) { nodes { cursor ${CHANGE} } pageInfo { hasNextPage endCursor } }
}`

export async function catchUp(url: string): Promise<CatchUp> {
  const started = performance.now()
  let changes = 0
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await page(url, after, 1_000)
    changes += nodes.length
    after = pageInfo.endCursor
    if (!pageInfo.hasNextPage) break
  }
  const pages = (changes / (performance.now() - started)) * 1_000
  const [first] = (await page(url, null, 1)).nodes
  const swarm = await Swarm.start(url, 1, { after: first?.cursor })
  const { received, firstMs, lastMs } = await swarm.until(changes - 1)
  await swarm.stop()
  return { changes, pages, subscription: (received / (lastMs - firstMs)) * 1_000 }
}

async function page(url: string, after: string | null, first: number): Promise<Page['changes']> {
  return (await ask<Page>(url, bearer(OPERATOR_KEY), PAGE, { after, first })).changes
}
