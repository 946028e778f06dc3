import type { GraphQLResponse, Payload } from './engine.ts'

/** What a subscription's resolvers get as their root. */
export interface SourceEvent {
  readonly cursor?: string
  readonly kind?: string
}

/** One follower's way to answer an event. */
export interface Answerer {
  /** The same for all whose answers are the same for the same event: the document, and the variables that answers depend on. */
  readonly key: string
  answer(event: SourceEvent): GraphQLResponse | Promise<GraphQLResponse>
}

type Written = readonly Payload[] | Promise<readonly Payload[]>

/**
 * Answers to events, executed and serialised once for all followers who ask the same of the same batch. Batches that several followers
 * get are the same object: whoever publishes them sees to it that all of those may see the same.
 */
export class SharedPayloads {
  readonly #ofBatch = new WeakMap<readonly SourceEvent[], Map<string, Written>>()

  of(batch: readonly SourceEvent[], answerer: Answerer): Written {
    let known = this.#ofBatch.get(batch)
    if (known === undefined) {
      known = new Map()
      this.#ofBatch.set(batch, known)
    }
    let payloads = known.get(answerer.key)
    if (payloads === undefined) {
      payloads = write(batch, answerer)
      known.set(answerer.key, payloads)
    }
    return payloads
  }
}

function write(batch: readonly SourceEvent[], { answer }: Answerer): Written {
  const answers = batch.map(answer)
  return answers.some((each) => each instanceof Promise)
    ? Promise.all(answers).then((all) => all.map((each, i) => payloadOf(each, batch[i])))
    : answers.map((each, i) => payloadOf(each as GraphQLResponse, batch[i]))
}

const payloadOf = (response: GraphQLResponse, event: SourceEvent | undefined): Payload => ({
  json: JSON.stringify(response),
  isLevel: event?.kind === 'CAUGHT_UP',
  get cursor() {
    return event?.cursor ?? null
  },
})
