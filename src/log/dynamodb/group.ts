import type { Claim } from '../../domain/claims.ts'
import type { StreamName } from '../../domain/streams.ts'
import { type LogCommit, MAX_COMMIT_BYTES, MAX_COMMIT_ITEMS } from '../EventLog.ts'
import { countItems, type EncodedCommit } from '../encodeCommit.ts'
import type { Submitted } from '../Submitted.ts'

/** Streams, names and idempotency keys by what they are called; commits, where one was decided on the other. */
export type Thing = string | LogCommit

/** What commits have in common if they cannot go side by side. */
export const thingsOf = ({ source, commit }: Submitted): ReadonlySet<Thing> =>
  new Set([
    ...streamsOf(commit).map(({ stream }) => stream),
    ...singlesOf(commit),
    source,
    ...(source.after ?? []),
  ])

/** The same stream at two places: whatever the log has, this has lost. */
export function contradictsItself(commit: EncodedCommit): boolean {
  const expected = new Map(streamsOf(commit).map((each) => [each.stream, each.expected]))
  return streamsOf(commit).some((each) => expected.get(each.stream) !== each.expected)
}

/**
 * Commits for one transaction: each expects of a stream what those before it leave, so that all of them can win or none. No two of
 * them speak of the same name or key: there the first decides what becomes of the second.
 */
export class Group<Waiting extends { readonly commit: EncodedCommit }> {
  readonly members: Waiting[] = []
  readonly #seqs = new Map<StreamName, number>()
  readonly #singles = new Set<string>()
  #items = 0
  #bytes = 0

  get items(): number {
    return this.#items
  }

  /** Of a commit that contradicts itself, nobody may ask. */
  fits(commit: EncodedCommit): boolean {
    return (
      this.#items + this.#itemsOf(commit) <= MAX_COMMIT_ITEMS &&
      this.#bytes + commit.bytes <= MAX_COMMIT_BYTES &&
      streamsOf(commit).every(({ stream, expected }) => (this.#seqs.get(stream) ?? expected) === expected) &&
      !singlesOf(commit).some((single) => this.#singles.has(single))
    )
  }

  add(waiting: Waiting): void {
    const { commit } = waiting
    this.members.push(waiting)
    this.#items += this.#itemsOf(commit)
    this.#bytes += commit.bytes
    for (const { stream, expected } of commit.checks) this.#seqs.set(stream, expected)
    for (const { stream, expected, events } of commit.appends) {
      this.#seqs.set(stream, expected + events.length)
    }
    for (const single of singlesOf(commit)) this.#singles.add(single)
  }

  /** A stream's head is one item, however many append to it. */
  #itemsOf(commit: EncodedCommit): number {
    return countItems(commit) - streamsOf(commit).filter(({ stream }) => this.#seqs.has(stream)).length
  }
}

const streamsOf = ({ appends, checks }: EncodedCommit) => [...appends, ...checks]

const singlesOf = ({ tenant, claims, releases, idempotency }: EncodedCommit): readonly string[] => [
  ...[...claims, ...releases].map(nameOf),
  ...idempotency.map(({ key }) => `key ${tenant} ${key}`),
]

const nameOf = ({ tenant, kind, value }: Claim): string => `${kind} ${tenant} ${value}`
