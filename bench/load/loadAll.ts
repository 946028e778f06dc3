import type { LoadOptions, LoadResult, LoadTool } from './Load.ts'

/** Loads all servers at once, each over its share of the connections. */
export async function loadAll(
  tool: LoadTool,
  servers: readonly Pick<LoadOptions, 'url'>[],
  { connections, ...options }: Omit<LoadOptions, 'url'>,
): Promise<LoadResult> {
  const share = connections / servers.length
  const results = await Promise.all(
    servers.map(({ url }) => tool.run({ ...options, url, connections: share })),
  )
  const sum = (pick: (result: LoadResult) => number) =>
    results.reduce((total, result) => total + pick(result), 0)
  return {
    count: sum(({ count }) => count),
    perSecond: sum(({ perSecond }) => perSecond),
    // Those of the worst.
    p50Ms: Math.max(...results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
    failed: sum(({ failed }) => failed),
  }
}
