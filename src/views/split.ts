/** Answers the transitive ops of a batch and the others apart, each with one call, and puts the answers back in order. */
export function split<Op extends { readonly transitive: boolean }, Answer>(
  ops: readonly Op[],
  answer: (transitive: boolean, ops: readonly Op[]) => readonly Answer[],
): readonly Answer[] {
  const parts = [true, false].map((transitive) => {
    const part = ops.filter((op) => op.transitive === transitive)
    return (part.length === 0 ? [] : answer(transitive, part)).values()
  })
  return ops.flatMap((op) => {
    const next = parts[op.transitive ? 0 : 1]?.next()
    return next === undefined || next.done ? [] : [next.value]
  })
}
