/** As `Promise.all` of a map, with so many under way at a time. */
export async function mapBounded<A, B>(
  atOnce: number,
  items: readonly A[],
  map: (item: A) => Promise<B>,
): Promise<B[]> {
  const results: B[] = []
  const left = items.entries()
  const work = async () => {
    for (const [index, item] of left) results[index] = await map(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work))
  return results
}
