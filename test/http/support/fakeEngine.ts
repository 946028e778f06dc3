import {
  buildSchema,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
  parse,
  subscribe,
  validate,
} from 'graphql'
import { DomainFailure } from '../../../src/domain/errors.ts'
import { vectorAt } from '../../../src/domain/token.ts'
import type { RequestContext } from '../../../src/graphql/context.ts'
import type {
  GraphQLEngine,
  GraphQLRequest,
  GraphQLResponse,
  Payload,
  PreparedOperation,
} from '../../../src/graphql/engine.ts'
import { perform } from '../../../src/ops/program.ts'
import { atLeast } from '../../../src/ops/query.ts'
import type { Ticker } from './Ticker.ts'

const schema = buildSchema(`
  type Query { ping: String! tenant: String! actor: String requestId: String ip: String key: String fail(code: String!): String crash: String wait: Boolean long(chars: Int!): String! seen: Int }
  type Mutation { write: Int! }
  type Subscription { ticks: String! never: Int }
`)

/** An engine as the transports see one, over a schema that does what a test of them needs. */
export function fakeEngine(ticker: Ticker): GraphQLEngine {
  const rootValue = {
    ping: async (_: unknown, context: RequestContext) => {
      await context.run(function* () {
        yield* perform(atLeast(vectorAt(0)))
      })
      context.saw(vectorAt(await context.gateway.views.position()))
      return 'pong'
    },
    tenant: (_: unknown, { viewer }: RequestContext) => viewer.tenant,
    actor: (_: unknown, { viewer }: RequestContext) => viewer.keyId ?? viewer.actor.kind,
    requestId: (_: unknown, { requestId }: RequestContext) => requestId,
    fail: ({ code }: { code: string }) => {
      throw new DomainFailure({ code: code as 'NOT_FOUND', message: `failed with ${code}` })
    },
    crash: () => {
      throw new Error('secret detail')
    },
    wait: () => ticker.wait(),
    long: ({ chars }: { chars: number }) => 'x'.repeat(chars),
    write: () => ticker.write(),
    ticks: (_: unknown, context: RequestContext) => ticker.follow(context),
    never: () => {
      throw new DomainFailure({ code: 'BAD_CURSOR', message: 'no such place' })
    },
  }

  function prepared({
    query,
    variables,
    operationName,
  }: GraphQLRequest): ReturnType<GraphQLEngine['prepare']> {
    const document = parse(query)
    const errors = validate(schema, document)
    if (errors.length > 0) return { ok: false, errors: errors.map(refusal) }
    const operation = getOperationAST(document, operationName)
    if (operation == null) return { ok: false, errors: [refusal(new GraphQLError('no such operation'))] }
    const args = (contextValue: RequestContext) => ({
      schema,
      document,
      rootValue,
      contextValue,
      variableValues: variables as Record<string, unknown>,
      operationName: operationName ?? undefined,
    })
    const runnable: PreparedOperation = {
      kind: operation.operation,
      label: operation.name?.value ?? 'anonymous',
      execute: async (context) => respond(await execute(args(context)), context),
      async subscribe(context) {
        const result = await subscribe(args(context))
        return Symbol.asyncIterator in result ? payloads(result) : respond(result, context)
      },
    }
    return { ok: true, operation: runnable }
  }

  return {
    schemaHash: 'schema-1',
    prepare(request) {
      try {
        return prepared(request)
      } catch (error) {
        return { ok: false, errors: [refusal(error as GraphQLError)] }
      }
    },
  }
}

async function* payloads(results: AsyncIterable<ExecutionResult>): AsyncGenerator<readonly Payload[]> {
  for await (const { data } of results)
    yield [{ json: JSON.stringify({ data }), cursor: null, isLevel: true }]
}

const refusal = (error: GraphQLError) => ({ message: error.message, extensions: { code: 'BAD_USER_INPUT' } })

async function respond(result: ExecutionResult, context: RequestContext): Promise<GraphQLResponse> {
  const token = await context.seenToken()
  const extensions = token === null ? undefined : { token }
  const errors = result.errors?.map(({ message, originalError }) => {
    if (originalError instanceof DomainFailure)
      return { message, extensions: { code: originalError.error.code } }
    return originalError == null
      ? refusal(new GraphQLError(message))
      : { message: 'masked', extensions: { code: 'INTERNAL' } }
  })
  return { ...(result.data !== undefined && { data: result.data }), ...(errors && { errors }), extensions }
}
