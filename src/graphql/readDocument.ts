import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { type DomainError, domainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { Limits } from './engine.ts'
import { presented, presentRefusal } from './errors.ts'

type Read = Result<DocumentNode, readonly GraphQLFormattedError[]>

/** Parses and validates documents. What is wrong with one is BAD_USER_INPUT; QUERY_TOO_COMPLEX where it is too much to tell. */
export function documentReader(schema: GraphQLSchema, limits: Limits): (query: string) => Read {
  const rules = limits.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule]
  const options = { maxErrors: 5, hideSuggestions: !limits.introspection }

  function read(query: string): Read {
    const document = parse(query, { maxTokens: limits.maxTokens })
    const errors = validate(schema, document, rules, options)
    if (errors.length === 0) return ok(document)
    return err(
      errors.map((error) => (error.message === ABORTED ? presented(REPETITIVE) : presentRefusal(error))),
    )
  }

  return (query) => {
    try {
      return read(query)
    } catch (error) {
      // The stack is out.
      if (error instanceof RangeError) return err([presented(NESTED)])
      if (!(error instanceof GraphQLError)) throw error
      if (!error.message.includes('tokens')) return err([presentRefusal(error)])
      return err([presented(tooManyTokens(limits.maxTokens))])
    }
  }
}

/** What graphql-js says where repeated fields would take too many comparisons. */
const ABORTED = 'Validation aborted.'

const REPETITIVE = domainError(
  'QUERY_TOO_COMPLEX',
  'The document repeats fields so often that they cannot all be compared. Repeat them less',
  { limit: 'repetition' },
)

const NESTED = domainError(
  'QUERY_TOO_COMPLEX',
  'The document is nested too deep to be read. Nest values and fields less, or send values as variables',
  { limit: 'nesting' },
)

const tooManyTokens = (maxTokens: number): DomainError =>
  domainError('QUERY_TOO_COMPLEX', `The document has more than ${maxTokens} tokens, the most that are read`, {
    limit: 'tokens',
    allowed: maxTokens,
  })
