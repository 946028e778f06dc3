/**
 * The two media types of GraphQL over HTTP. With the first, the status says how the request fared; with the second, which older
 * clients expect, every well-formed request is answered with 200 and failures stand in `errors`.
 */
export const GRAPHQL_RESPONSE = 'application/graphql-response+json; charset=utf-8'
export const JSON_RESPONSE = 'application/json; charset=utf-8'
export type MediaType = typeof GRAPHQL_RESPONSE | typeof JSON_RESPONSE

/** Clients send few different ones; past this many they are worked out each time. */
const MAX_KNOWN = 100
const known = new Map<string, MediaType>()

/**
 * What a client with this Accept header gets: application/graphql-response+json where it asks for it at least as much as for
 * application/json. Everything else gets the latter, whatever it asks for: an answer that it can read beats a 406.
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

function weigh(accept: string): MediaType {
  const weights = new Map<string, number>()
  for (const part of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(type, q === undefined ? 1 : Number(q.slice(2)) || 0)
  }
  const wanted = weights.get('application/graphql-response+json') ?? 0
  return wanted > 0 && wanted >= (weights.get('application/json') ?? 0) ? GRAPHQL_RESPONSE : JSON_RESPONSE
}
