import { GraphQLError, GraphQLScalarType, type ValueNode, valueFromASTUntyped } from 'graphql'
import { GraphQLDateTimeISO, GraphQLJSONObject } from 'graphql-scalars'
import { badInput } from '../domain/errors.ts'

/** For which variable or argument the value was given, GraphQL says. */
function unfit(scalar: string, value: unknown, wanted: string, node?: ValueNode): GraphQLError {
  const { message, details } = badInput(scalar, value, wanted)
  const extensions = { value: details?.value, wanted }
  return new GraphQLError(message, { extensions, ...(node && { nodes: [node] }) })
}

/** How a scalar is read from variables and from documents, where whatever fails is that the value is none of it. */
function reading<A>(
  scalar: string,
  wanted: string,
  parseValue: (value: unknown) => A,
  parseLiteral: (node: ValueNode, variables?: Variables) => A,
) {
  return {
    parseValue(value: unknown): A {
      try {
        return parseValue(value)
      } catch {
        throw unfit(scalar, value, wanted)
      }
    },
    parseLiteral(node: ValueNode, variables?: Variables): A {
      try {
        return parseLiteral(node, variables)
      } catch {
        throw unfit(scalar, valueFromASTUntyped(node, variables), wanted, node)
      }
    },
  }
}

type Variables = Record<string, unknown> | null

function string(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('no string')
}

/** Texts that clients pass back as they got them; their content is checked by whoever uses them. */
const opaque = (name: string, description: string) =>
  new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: (value) => value as string,
    ...reading(name, 'must be a string', string, (node) => string(valueFromASTUntyped(node))),
  })

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
  ...reading(
    'DateTime',
    'must be an instant such as 2026-01-31T12:00:00.000Z',
    GraphQLDateTimeISO.parseValue as (value: unknown) => Date,
    GraphQLDateTimeISO.parseLiteral as (node: ValueNode) => Date,
  ),
})

export const JSONObject = new GraphQLScalarType({
  ...GraphQLJSONObject.toConfig(),
  name: 'JSONObject',
  description: 'A JSON object.',
  specifiedByURL: null,
  serialize: (value) => value,
  ...reading(
    'JSONObject',
    'must be a JSON object',
    GraphQLJSONObject.parseValue,
    GraphQLJSONObject.parseLiteral,
  ),
})
