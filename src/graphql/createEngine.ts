import 'reflect-metadata'
import { hash } from 'node:crypto'
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
  print,
  printSchema,
} from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import { andThen, type Soon } from '../domain/soon.ts'
import { tooLong } from './answerSize.ts'
import type { RequestContext } from './context.ts'
import type {
  GraphQLEngine,
  GraphQLRequest,
  GraphQLResponse,
  Limits,
  Prepared,
  PreparedOperation,
} from './engine.ts'
import { presentError, presented, presentRefusal, type ReportFailure } from './errors.ts'
import { exceeded, type Measured, measure, tooCostly } from './limits.ts'
import { PayloadStream } from './PayloadStream.ts'
import { documentReader } from './readDocument.ts'
import { SharedPayloads, type SourceEvent } from './SharedPayloads.ts'
import { buildSchema } from './schema.ts'

/** Characters of document text that are kept parsed and validated. */
const CACHE_CHARS = 4_000_000
/** Compiling costs milliseconds: only a document that comes again is worth it. */
const USES_BEFORE_COMPILING = 2

type Run = (
  root: object,
  context: RequestContext,
  variables: Record<string, unknown>,
) => ExecutionResult | Promise<ExecutionResult>

/** A document that passed parsing, validation and the limits that do not depend on variables. */
interface Known {
  readonly document: DocumentNode
  readonly kind: PreparedOperation['kind']
  readonly label: string
  readonly operationName: string | undefined
  readonly measured: Measured
  readonly id: number
  /** The names of its variables that are cursors: where to begin is all that they decide. */
  readonly cursors: readonly string[]
  uses: number
  /** As graphql-js does it. */
  readonly interpret: Run
  /** The quickest way that there is by now. */
  run: Run
}

type Remembered = Known | { readonly refused: Prepared & { ok: false } }

export function createEngine(limits: Limits, report: ReportFailure): GraphQLEngine {
  const schema = buildSchema()
  const hideSuggestions = !limits.introspection
  const read = documentReader(schema, limits)
  const cache = new LRUCache<string, Remembered>({
    maxSize: CACHE_CHARS,
    sizeCalculation: (_, key) => key.length + 256,
  })

  const payloads = new SharedPayloads()
  let documents = 0

  function lookUp({ query, operationName }: GraphQLRequest): Remembered {
    const key = operationName ? `${operationName}\n${query}` : query
    let found = cache.get(key)
    if (found === undefined) {
      found = examine(query, operationName ?? undefined)
      cache.set(key, found)
    }
    return found
  }

  function examine(query: string, operationName: string | undefined): Remembered {
    const found = read(query)
    if (!found.ok) return refuse(found.error)
    const document = found.value
    const operation = getOperationAST(document, operationName)
    if (operation == null) return refuse([presentRefusal(new GraphQLError(unknownOperation(operationName)))])
    const measured = measure(schema, document, operation)
    const excess = exceeded(measured, limits)
    if (excess !== null) return refuse([presented(excess)])
    const first = operation.selectionSet.selections[0]
    const interpret: Run = (rootValue, contextValue, variableValues) =>
      execute({ schema, document, rootValue, contextValue, variableValues, operationName, hideSuggestions })
    const label = operation.name?.value ?? (first?.kind === 'Field' ? first.name.value : 'anonymous')
    return {
      document,
      kind: operation.operation,
      label,
      operationName,
      measured,
      id: ++documents,
      cursors: cursorVariables(operation),
      uses: 0,
      interpret,
      run: interpret,
    }
  }

  function compile(known: Known): void {
    const compiled = compileQuery(schema, known.document, known.operationName)
    if (isCompiledQuery(compiled)) known.run = compiled.query
  }

  const executeIt = (
    known: Known,
    context: RequestContext,
    variables: Record<string, unknown>,
  ): Soon<GraphQLResponse> =>
    andThen(runOnce(known, NO_ROOT, context, variables), (result) =>
      isRefused(result)
        ? andThen(known.interpret(NO_ROOT, context, variables), (why) => respond(why, context, known))
        : respond(result, context, known),
    )

  function runOnce(known: Known, ...args: Parameters<Run>): ReturnType<Run> {
    if (++known.uses === USES_BEFORE_COMPILING) compile(known)
    return known.run(...args)
  }

  const respond = (
    result: ExecutionResult,
    context: RequestContext,
    { kind }: Known,
  ): Soon<GraphQLResponse> =>
    andThen(context.seenToken(), (token) => {
      const response = present(result, context, token)
      const excess = tooLong(response, limits.maxAnswerChars, kind === 'mutation')
      return excess === null ? response : { errors: [presented(excess)], extensions: response.extensions }
    })

  function present(result: ExecutionResult, context: RequestContext, token: string | null): GraphQLResponse {
    const extensions = token === null ? undefined : { token }
    if (result.errors === undefined) return { data: result.data, extensions }
    const errors = result.errors.map((error) => presentError(error, context, report))
    return result.data === undefined ? { errors, extensions } : { data: result.data, errors, extensions }
  }

  async function subscribeTo(
    known: Known,
    contextValue: RequestContext,
    variableValues: Record<string, unknown>,
  ) {
    const { document, operationName } = known
    const source = await createSourceEventStream({
      schema,
      document,
      contextValue,
      variableValues,
      operationName,
      hideSuggestions,
    })
    if (!(Symbol.asyncIterator in source)) return respond(source, contextValue, known)
    const shared = JSON.stringify(variableValues, (name, value) =>
      known.cursors.includes(name) ? undefined : value,
    )
    return new PayloadStream(source as AsyncIterable<readonly SourceEvent[]>, payloads, {
      key: `${known.id} ${shared}`,
      answer(event) {
        const result = runOnce(known, event, contextValue, variableValues)
        return result instanceof Promise
          ? result.then((later) => present(later, contextValue, null))
          : present(result, contextValue, null)
      },
    })
  }

  return {
    schemaHash: hash('sha256', printSchema(schema), 'base64url'),
    prepare(request) {
      const known = lookUp(request)
      if ('refused' in known) return known.refused
      const variables = (request.variables ?? {}) as Record<string, unknown>
      const excess = tooCostly(known.measured.cost(variables), limits)
      if (excess !== null) return { ok: false, errors: [presented(excess)] }
      return {
        ok: true,
        operation: {
          kind: known.kind,
          label: known.label,
          execute: (context) => executeIt(known, context, variables),
          subscribe: (context) => subscribeTo(known, context, variables),
        },
      }
    },
  }
}

const NO_ROOT = {}

/** For its variables, before anything was run: of those the interpreter says best what is amiss. */
const isRefused = ({ data, errors }: ExecutionResult): boolean => data === undefined && errors !== undefined

const cursorVariables = ({ variableDefinitions = [] }: OperationDefinitionNode): string[] =>
  variableDefinitions
    .filter(({ type }) => print(type).startsWith('Cursor'))
    .map(({ variable }) => variable.name.value)

const refuse = (errors: (Prepared & { ok: false })['errors']): Remembered => ({
  refused: { ok: false, errors },
})

const unknownOperation = (name: string | undefined): string =>
  name === undefined
    ? 'operationName: the document has several operations; name the one to run'
    : `operationName: the document has no operation ${JSON.stringify(name)}`
