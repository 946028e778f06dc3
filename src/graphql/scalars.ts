import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { GraphQLDateTimeISO, GraphQLJSONObject } from 'graphql-scalars'

/** Texts that clients pass back as they got them; their content is checked by whoever uses them. */
const opaque = (name: string, description: string) =>
  new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: (value) => value as string,
    parseValue: (value) => text(name, value),
    parseLiteral: (node: ValueNode) => text(name, node.kind === Kind.STRING ? node.value : null),
  })

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new GraphQLError(`${name} must be a string`)
}

export const ConsistencyToken = opaque(
  'ConsistencyToken',
  'Opaque, authenticated vector of stream positions. Compare by using it, never by reading it.',
)

export const Cursor = opaque('Cursor', "Opaque position in a tenant's journal, or in a list.")

/** Rows hold their times as ISO 8601 texts: nothing to convert on the way out. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant as ISO 8601 in UTC with milliseconds, such as 2026-01-31T12:00:00.000Z.',
  serialize: (value) => value as string,
  parseValue: GraphQLDateTimeISO.parseValue as (value: unknown) => Date,
  parseLiteral: GraphQLDateTimeISO.parseLiteral as (node: ValueNode) => Date,
})

export const JSONObject = new GraphQLScalarType({
  ...GraphQLJSONObject.toConfig(),
  name: 'JSONObject',
  description: 'A JSON object.',
  specifiedByURL: null,
  serialize: (value) => value,
})
