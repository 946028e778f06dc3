import type { Held } from '../../src/feed/aws/external/Marks.ts'
import { type TransformParts, transformSource } from '../../stack/lambdas/transformSource.ts'

const POLL_MS = 100

type StartedParts = Omit<TransformParts, 'onTrouble' | 'onHeld' | 'pollMs'> &
  Partial<Pick<TransformParts, 'onHeld'>>

/** The transform, with what it tells of, until it is closed. */
export function startTransform({ onHeld = () => {}, ...parts }: StartedParts) {
  const troubles: unknown[] = []
  const held: Held[] = []
  const source = transformSource({
    ...parts,
    onTrouble: (trouble) => troubles.push(trouble),
    onHeld(each) {
      held.push(each)
      onHeld(each)
    },
    pollMs: POLL_MS,
  })
  return { troubles, held, close: () => source.close() }
}
