import type { Fetcher, FetcherParams } from '@graphiql/toolkit'
import { type ExecutionResult, getOperationAST, type OperationDefinitionNode, parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { type Credentials, credentialHeaders } from './credentials.ts'

type Headers = Readonly<Record<string, string>>

/**
 * Queries and mutations over HTTP, subscriptions over a WebSocket of their own, each with the credentials: GraphiQL never has them, since
 * it keeps what it has. Headers of the headers editor win, however they are spelled.
 */
export function createFetcher(path: string, credentials: Credentials): Fetcher {
  return ({ query, variables, operationName }, options) => {
    const operation = operationIn(query, operationName)
    const params = { query, variables, operationName: operation?.name?.value }
    const headers = { ...credentialHeaders(credentials), ...lowerCased(options?.headers ?? {}) }
    return operation?.operation === 'subscription'
      ? subscribe(path, params, headers)
      : post(path, params, headers)
  }
}

/**
 * The named operation or, if there is no such one, the only one: for a moment after a change of tabs GraphiQL still names the
 * operation of the tab before. Undefined for what does not parse: the server says why.
 */
function operationIn(query: string, name?: string | null): OperationDefinitionNode | undefined {
  try {
    const document = parse(query)
    return getOperationAST(document, name) ?? getOperationAST(document) ?? undefined
  } catch {
    return undefined
  }
}

async function post(path: string, params: FetcherParams, headers: Headers): Promise<ExecutionResult> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(params),
    credentials: 'omit',
    cache: 'no-store',
  })
  return (await response.json()) as ExecutionResult
}

/**
 * One socket a subscription: it closes when the subscription ends, so that the next one carries the credentials of then.
 * No generator, since one of those could not be stopped while it waits.
 */
function subscribe(path: string, params: FetcherParams, headers: Headers): AsyncIterable<ExecutionResult> {
  const client = createClient({
    url: new URL(path, location.href.replace(/^http/, 'ws')).href,
    connectionParams: connectionParams(headers),
    retryAttempts: 10,
  })
  const results = client.iterate({
    ...params,
    variables: params.variables as Record<string, unknown> | undefined,
  })
  return results as AsyncIterableIterator<ExecutionResult>
}

/** What connection_init carries in place of the two headers. */
function connectionParams({ authorization, 'rollcall-tenant': tenant }: Headers): Record<string, string> {
  return { ...(authorization !== undefined && { authorization }), ...(tenant !== undefined && { tenant }) }
}

const lowerCased = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
