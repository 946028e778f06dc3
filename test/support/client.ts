import { expect } from 'vitest'

export interface Answer<Data = Record<string, never>> {
  readonly status: number
  readonly headers: Headers
  readonly data: Data | null
  readonly errors: readonly {
    readonly message: string
    readonly path?: readonly (string | number)[]
    readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string }
  }[]
  readonly extensions: { readonly token?: string }
}

// biome-ignore lint/suspicious/noExplicitAny: what a test asks for is known to the test alone
type Loose = any

/** A client over real HTTP, as one key in one tenant. */
export class Client {
  readonly url: string
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, key: string, tenant?: string) {
    this.url = `${url}/graphql`
    this.#headers = {
      authorization: `Bearer ${key}`,
      ...(tenant !== undefined && { 'rollcall-tenant': tenant }),
    }
  }

  async send<Data = Loose>(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Answer<Data>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers, ...headers },
      body: JSON.stringify({ query, variables }),
      ...(signal !== undefined && { signal }),
    })
    const body = (await response.json()) as Answer<Data>
    return {
      status: response.status,
      headers: response.headers,
      data: body.data ?? null,
      errors: body.errors ?? [],
      extensions: body.extensions ?? {},
    }
  }

  /** The data of a request that must succeed. */
  async ask<Data = Loose>(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Data> {
    const answer = await this.send<Data>(query, variables, headers)
    expect(answer.errors).toEqual([])
    return answer.data as Data
  }

  /** The first error of a request that must fail. */
  async refused(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer['errors'][number]['extensions'] & { readonly message: string }> {
    const { errors } = await this.send(query, variables, headers)
    expect(errors).toHaveLength(1)
    const [error] = errors
    return { ...(error?.extensions as { code: string }), message: error?.message ?? '' }
  }
}

export const CREATE_USER = `mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) { user { id username email name status attributes createdAt updatedAt token } token }
}`

export const CREATE_GROUP = `mutation CreateGroup($input: CreateGroupInput!) {
  createGroup(input: $input) { group { id name description token } token }
}`

export const SET_MEMBERSHIP = `mutation SetMembership($groupId: ID!, $userId: ID!, $role: MembershipRole, $atLeast: [ConsistencyToken!], $ifMatch: ConsistencyToken) {
  setMembership(groupId: $groupId, userId: $userId, role: $role, atLeast: $atLeast, ifMatch: $ifMatch) {
    membership { userId groupId role since token user { username } group { name } } token
  }
}`

export const USER = `query User($id: ID!, $atLeast: ConsistencyToken) {
  user(id: $id, atLeast: $atLeast) { id username email name status token }
}`
