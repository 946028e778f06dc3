import { split } from '../../split.ts'

/** As `split`, of answers that take a while. */
export async function splitLater<Op extends { readonly transitive: boolean }, Answer>(
  ops: readonly Op[],
  answer: (transitive: boolean, ops: readonly Op[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const ofKind = async (transitive: boolean) => {
    const part = ops.filter((op) => op.transitive === transitive)
    return part.length === 0 ? [] : answer(transitive, part)
  }
  const [indirect, direct] = await Promise.all([ofKind(true), ofKind(false)])
  return split(ops, (transitive) => (transitive ? indirect : direct))
}
