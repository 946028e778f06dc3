/**
 * The two media types of GraphQL over HTTP. With the first, the status says how the request fared; with the second, which older
 * clients expect, every well-formed request is answered with 200 and failures stand in `errors`. As events of a stream, which subscriptions
 * need, it is the same; queries and mutations may have it too.
 */
export const GRAPHQL_RESPONSE = 'application/graphql-response+json; charset=utf-8'
export const JSON_RESPONSE = 'application/json; charset=utf-8'
export const EVENT_STREAM = 'text/event-stream; charset=utf-8'
export type MediaType = typeof GRAPHQL_RESPONSE | typeof JSON_RESPONSE | typeof EVENT_STREAM

/** Clients send few different ones; past this many they are worked out each time. */
const MAX_KNOWN = 100
const known = new Map<string, MediaType>()

/**
 * What a client with this Accept header gets: application/graphql-response+json where it asks for it at least as much as for
 * application/json, events where it asks for them more than for both. Everything else gets application/json, whatever it asks for: an
 * answer that it can read beats a 406.
 */
export function negotiate(accept: string | undefined): MediaType {
  if (accept === undefined) return JSON_RESPONSE
  let type = known.get(accept)
  if (type === undefined) {
    type = weigh(accept)
    if (known.size < MAX_KNOWN) known.set(accept, type)
  }
  return type
}

/** Whether a client can read a stream of events, however much it would like something else. */
export const takesEvents = (accept: string | undefined): boolean =>
  accept !== undefined && weightsOf(accept).of('text/event-stream') > 0

function weigh(accept: string): MediaType {
  const { of } = weightsOf(accept)
  const [response, json] = [of('application/graphql-response+json'), of('application/json')]
  if (of('text/event-stream') > Math.max(response, json)) return EVENT_STREAM
  return response > 0 && response >= json ? GRAPHQL_RESPONSE : JSON_RESPONSE
}

/** How much each type is wanted; 0 for those that are not named. */
function weightsOf(accept: string): { readonly of: (type: string) => number } {
  const weights = new Map<string, number>()
  for (const part of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(type, q === undefined ? 1 : Number(q.slice(2)) || 0)
  }
  return { of: (type) => weights.get(type) ?? 0 }
}
