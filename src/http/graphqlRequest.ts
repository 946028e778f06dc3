import { badInput, type DomainError, domainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { GraphQLRequest } from '../graphql/engine.ts'

type Parameters = Readonly<Record<string, unknown>>
/** `extensions` hold what is demanded of the request: see demandsOf. */
export interface ParsedRequest extends GraphQLRequest {
  readonly extensions: Parameters | null
}

type Parsed = Result<ParsedRequest, DomainError>

/** The parameters of a POST: its body, parsed as JSON. BAD_USER_INPUT. */
export function requestInBody(body: unknown): Parsed {
  if (Array.isArray(body)) return err(NO_BATCHES)
  return isMap(body) ? requestOf(body) : err(NO_BODY)
}

/** The parameters of a GET: `variables` and `extensions` are JSON. BAD_USER_INPUT. */
export function requestInUrl(query: Parameters): Parsed {
  const variables = fromJson('variables', query.variables)
  if (!variables.ok) return variables
  const extensions = fromJson('extensions', query.extensions)
  if (!extensions.ok) return extensions
  return requestOf({ ...query, variables: variables.value, extensions: extensions.value })
}

/** Only what GraphQL over HTTP names is looked at; other parameters are no mistake. */
function requestOf({ query, operationName, variables, extensions }: Parameters): Parsed {
  if (typeof query !== 'string' || query === '')
    return err(badInput('query', query, 'must be a GraphQL document'))
  if (operationName != null && typeof operationName !== 'string') {
    return err(badInput('operationName', operationName, 'must be a string'))
  }
  if (!isOptionalMap(variables)) return err(badInput('variables', variables, 'must be a map'))
  if (!isOptionalMap(extensions)) return err(badInput('extensions', extensions, 'must be a map'))
  return ok({
    query,
    operationName: operationName ?? null,
    variables: variables ?? null,
    extensions: extensions ?? null,
  })
}

const isMap = (value: unknown): value is Parameters =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isOptionalMap = (value: unknown): value is Parameters | null | undefined =>
  value == null || isMap(value)

function fromJson(field: string, text: unknown): Result<unknown, DomainError> {
  if (text === undefined || text === '') return ok(null)
  try {
    return ok(JSON.parse(String(text)))
  } catch {
    return err(badInput(field, text, 'must be JSON'))
  }
}

const NO_BODY = domainError('BAD_USER_INPUT', 'The body must be a JSON object with a "query"')
const NO_BATCHES = domainError(
  'BAD_USER_INPUT',
  'Batches are not supported: send each operation in a request of its own, or several fields in one operation',
)
