import { Client } from '../../support/client.ts'
import { type Change, keyOf, type Told, type Vector } from '../../validators/history.ts'
import type { Recorder } from '../../validators/Recorder.ts'
import { READ_MAY_FAIL, unanswered } from './allowed.ts'
import type { ChaosNode, Cluster } from './Cluster.ts'

const SEEN = {
  user: 'query ($id: ID!, $atLeast: ConsistencyToken) { user(id: $id, atLeast: $atLeast) { token } }',
  group: 'query ($id: ID!, $atLeast: ConsistencyToken) { group(id: $id, atLeast: $atLeast) { token } }',
} as const

export interface Subject {
  readonly kind: keyof typeof SEEN
  readonly id: string
}

/** Looks at users and groups, at once, and records what it saw. */
export class Eye {
  readonly #cluster: Cluster
  readonly #recorder: Recorder
  readonly #looking = new Set<Promise<void>>()

  constructor(cluster: Cluster, recorder: Recorder) {
    this.#cluster = cluster
    this.#recorder = recorder
  }

  /** Whether a change that was just told on a node is seen there. */
  look(node: ChaosNode, { stream, seq, event }: Change): void {
    this.#see(node, subjectOf(event), { [stream]: seq }, `told of ${keyOf({ stream, seq })}`)
  }

  /** Whether who passes the token of a write sees it on a node. */
  lookWith(node: ChaosNode, subject: Subject, token: string): void {
    const wanted = Object.entries(this.#cluster.vectorOf(token)).filter(
      ([stream]) => stream.split('/').slice(1, 3).join('/') === `${subject.kind}/${subject.id}`,
    )
    this.#see(node, subject, Object.fromEntries(wanted), 'with its token', token)
  }

  /** Once it has seen all that it looks at. */
  async closed(): Promise<void> {
    await Promise.all(this.#looking)
  }

  #see(node: ChaosNode, subject: Subject, wanted: Vector, why: string, atLeast?: string): void {
    const looking = this.#ask(node, subject, atLeast).then((seen) => {
      this.#looking.delete(looking)
      if (seen !== undefined) this.#recorder.observes({ node: node.name, why, wanted, seen })
    })
    this.#looking.add(looking)
  }

  /** Undefined where the node gave no answer. */
  async #ask(node: ChaosNode, { kind, id }: Subject, atLeast?: string): Promise<Vector | null | undefined> {
    const client = new Client(node.url, this.#cluster.operatorKey)
    const answer = await client.send(SEEN[kind], { id, atLeast }).catch(unanswered)
    if (answer === null) return undefined
    const [error] = answer.errors
    if (error !== undefined) {
      if (!READ_MAY_FAIL.includes(error.extensions.code)) {
        this.#recorder.unexcused.push(`${node.name} answered a query with ${JSON.stringify(error)}`)
      }
      return undefined
    }
    const found = answer.data[kind]
    return found === null ? null : this.#cluster.vectorOf(found.token)
  }
}

const subjectOf = ({ groupId, userId }: Told): Subject =>
  groupId === undefined ? { kind: 'user', id: String(userId) } : { kind: 'group', id: String(groupId) }
