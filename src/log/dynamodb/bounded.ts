/** As `Promise.all` of a map, with so many under way at a time: each in a lane, from 0, where it meets no other. */
export async function mapBounded<A, B>(
  atOnce: number,
  items: readonly A[],
  map: (item: A, lane: number) => Promise<B>,
): Promise<B[]> {
  const results: B[] = []
  const left = items.entries()
  const work = async (lane: number) => {
    for (const [index, item] of left) results[index] = await map(item, lane)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, (_, lane) => work(lane)))
  return results
}
