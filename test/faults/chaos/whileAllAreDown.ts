interface Killable {
  kill(meanwhile: () => Promise<void>): Promise<void>
}

/** Kills them all, acts, and lets them come up again. */
export async function whileAllAreDown(nodes: readonly Killable[], act: () => Promise<void>): Promise<void> {
  const done = Promise.withResolvers<void>()
  let down = 0
  const back = nodes.map((node) =>
    node.kill(async () => {
      down += 1
      if (down === nodes.length) await act().then(done.resolve, done.reject)
      await done.promise
    }),
  )
  await Promise.all(back)
}
