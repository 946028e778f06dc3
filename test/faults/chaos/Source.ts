import type { ChangeMessage } from '../../support/follower.ts'
import type { Filter } from '../../validators/history.ts'
import { READ_MAY_FAIL } from './allowed.ts'

/** Where a follower reads from: one connection, or one run of polls. */
export interface Source {
  /** Rejects with `Ended` when nothing comes any more. */
  next(): Promise<ChangeMessage>
  /** Reads nothing for so long, while the server sends. */
  stall(ms: number): void
  close(): void
}

export interface Query {
  readonly url: string
  readonly key: string
  readonly after: string | null
  readonly snapshot: boolean
  readonly filter: Filter
}

/** Why a source ended: `refusal` is null where it is worth trying again. */
export class Ended extends Error {
  readonly refusal: string | null
  constructor(refusal: string | null) {
    super(refusal ?? 'the connection is gone')
    this.name = 'Ended'
    this.refusal = refusal
  }
}

interface GraphQLErrors {
  readonly message: string
  readonly extensions?: { readonly code?: string }
}

export function endedBy(errors: readonly GraphQLErrors[]): Ended {
  const [first] = errors
  const code = first?.extensions?.code ?? ''
  return new Ended(READ_MAY_FAIL.includes(code) ? null : `${code}: ${first?.message}`)
}
