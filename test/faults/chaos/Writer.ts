import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, Client } from '../../support/client.ts'
import type { Write } from '../../validators/history.ts'
import type { Recorder } from '../../validators/Recorder.ts'
import { READ_MAY_FAIL, unanswered, WRITE_REFUSED, WRITE_UNKNOWN, WRITE_UNSEEN } from './allowed.ts'
import type { ChaosNode, Cluster } from './Cluster.ts'
import type { Command } from './commands.ts'
import type { Eye, Subject } from './Eye.ts'
import type { Known } from './Known.ts'
import { type Mutation, mutationOf } from './mutations.ts'

const RETRY_MS = 50
const PATIENCE_MS = 30_000
/** Past it nobody will answer. */
const MAX_ATTEMPTS = 1_000

interface Done {
  readonly token: string
  readonly apiKey?: { readonly id: string }
}

type Outcome = Pick<Write, 'outcome' | 'code'> & { readonly done: Done | null }

export interface WriterParts {
  readonly cluster: Cluster
  readonly recorder: Recorder
  readonly eye: Eye
  readonly known: Known
}

/** Carries out commands one after the other, each at the next node, and records what became of them. */
export class Writer {
  readonly #parts: WriterParts
  readonly #name: string
  #turns: number
  #count = 0

  constructor(parts: WriterParts, name: string, node: number) {
    this.#parts = parts
    this.#name = name
    this.#turns = node
  }

  async carryOut(command: Command): Promise<void> {
    this.#count += 1
    const id = `${this.#name}-${this.#count}`
    const mutation = mutationOf(command, id, this.#parts.known)
    if (mutation !== null) await this.#write(command, id, mutation)
  }

  async #write({ op, how }: Command, id: string, mutation: Mutation): Promise<void> {
    const { recorder, cluster } = this.#parts
    const canMatch = mutation.document.includes('$ifMatch')
    const ifMatch = how.conditional && canMatch ? await this.#tokenOf(mutation.subject) : null
    const variables = { ...mutation.variables, ...(ifMatch !== null && { ifMatch }) }
    const headers = { 'x-request-id': id, ...(how.idempotent && { 'idempotency-key': id }) }
    const calledAt = recorder.now()
    let attempts = 0
    let result: Outcome
    do {
      attempts += 1
      const patienceMs = how.idempotent && attempts === 1 ? how.patienceMs : PATIENCE_MS
      result = await this.#attempt(mutation.document, variables, headers, patienceMs)
      if (result.outcome === 'unknown') await delay(RETRY_MS)
    } while (how.idempotent && result.outcome === 'unknown' && attempts < MAX_ATTEMPTS)
    recorder.writes.push({
      id,
      op,
      calledAt,
      answeredAt: recorder.now(),
      outcome: result.outcome,
      code: result.code,
      attempts,
      sets: mutation.sets,
      vector: result.done === null ? null : cluster.vectorOf(result.done.token),
      ifMatch: ifMatch === null ? null : cluster.vectorOf(ifMatch),
    })
    if (result.done !== null) this.#learn(mutation, result.done, how.readsBack)
  }

  #learn({ subject, variables }: Mutation, { token, apiKey }: Done, readsBack: boolean): void {
    const { eye, known } = this.#parts
    if (apiKey !== undefined) known.keys.push({ userId: subject.id, keyId: apiKey.id })
    // A token speaks of what was written; of who was only named in it, others tell.
    if (readsBack && variables.input === undefined) eye.lookWith(this.#nextNode(), subject, token)
  }

  /** Null where there is no answer, or nobody. */
  async #tokenOf({ kind, id }: Subject): Promise<string | null> {
    const query = `query ($id: ID!) { subject: ${kind}(id: $id) { token } }`
    const answer = await this.#client().send(query, { id }).catch(unanswered)
    this.#mayFailWith(READ_MAY_FAIL, answer?.errors[0])
    return answer?.data?.subject?.token ?? null
  }

  async #attempt(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>>,
    patienceMs: number,
  ): Promise<Outcome> {
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await this.#client()
      .send<{ done: Done }>(document, variables, headers, signal)
      .catch(unanswered)
    return answer === null ? { outcome: 'unknown', code: null, done: null } : this.#outcomeOf(answer)
  }

  #outcomeOf({ data, errors: [error] }: Answer<{ done: Done }>): Outcome {
    if (error === undefined) return { outcome: 'acknowledged', code: null, done: data?.done ?? null }
    const { code, committed, wanted } = error.extensions
    if (committed === true) {
      this.#mayFailWith(WRITE_UNSEEN, error)
      return { outcome: 'acknowledged', code, done: { token: String(wanted) } }
    }
    this.#mayFailWith([...WRITE_REFUSED, ...WRITE_UNKNOWN], error)
    return { outcome: WRITE_UNKNOWN.includes(code) ? 'unknown' : 'refused', code, done: null }
  }

  #mayFailWith(codes: readonly string[], error: Answer['errors'][number] | undefined): void {
    if (error === undefined || codes.includes(error.extensions.code)) return
    this.#parts.recorder.unexcused.push(`a writer was answered with ${JSON.stringify(error)}`)
  }

  #client(): Client {
    return new Client(this.#nextNode().url, this.#parts.cluster.operatorKey)
  }

  #nextNode(): ChaosNode {
    const { nodes } = this.#parts.cluster
    this.#turns += 1
    return nodes[this.#turns % nodes.length] as ChaosNode
  }
}
